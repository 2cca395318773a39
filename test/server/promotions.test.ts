/** What changed in one config namespace, carried to another one, at the API and the command line of the operator as it is deployed. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commandsUnder } from '../setup/rules-page.ts';
import { ObjectsWorld } from './objects-world.ts';

const cli = join(import.meta.dirname, '../../cli/main.ts');
const path = 'limits/eu.yaml';
let world: ObjectsWorld;
let staging: string;
let prod: string;

beforeAll(async () => {
  world = await ObjectsWorld.start('promotions');
});
afterAll(() => world?.[Symbol.asyncDispose]());
beforeEach(async () => {
  staging = await world.kube.namespace('staging');
  prod = await world.kube.namespace('prod');
  await world.known(staging);
  await world.known(prod);
});

const save = async (namespace: string, body_raw: string, base_version: number, where = path) => {
  const url = `/configs/${namespace}/${where}`;
  const { status, json } = await world.ask(url, { method: 'PUT', body: { body_raw, base_version } });
  expect(status, JSON.stringify(json)).toBeLessThan(300);
};
const promote = (more: object = {}) =>
  world.ask('/promotions', { body: { from: staging, to: prod, paths: [path], ...more } });
/** Looks, and confirms what was shown. */
const promoted = async (more: object = {}) => {
  const shown = await promote(more);
  expect(shown.json, JSON.stringify(shown.json)).toMatchObject({ reason: 'ConfirmationRequired' });
  return promote({ ...more, confirm: shown.json.token });
};
const latest = async (namespace: string, where = path) => {
  const { json } = await world.ask(`/configs/${namespace}/${where}`);
  return json.latest;
};
const pawl = async (...args: string[]) => {
  const env = { ...process.env, ...world.client };
  return promisify(execFile)(process.execPath, [cli, ...args], { env, cwd: '/' });
};

describe('a promotion', () => {
  it('carries what changed since the last one, and leaves what differs on purpose', async () => {
    await save(staging, 'cap: 1\n\nhost: staging\n', 0);
    const created = await promoted();
    expect(created).toMatchObject({
      status: 200,
      json: {
        items: [{ operation: 'create', result: 'promoted', new_version: 1, promoted_from: { version: 1 } }],
      },
    });
    await save(prod, 'cap: 1\n\nhost: prod\n', 1);
    await save(staging, 'cap: 2\n\nhost: staging\n', 1);
    await save(staging, 'cap: 3\n\nhost: staging\n', 2);

    const shown = await promote();
    expect(shown).toMatchObject({
      status: 409,
      json: {
        reason: 'ConfirmationRequired',
        items: [
          { since_version: 1, promoted_from: { namespace: staging, path, version: 3 }, old_version: 2 },
        ],
      },
    });
    expect(shown.json.items[0].change).toMatch(/-cap: 1\n\+cap: 3/);
    expect((await latest(prod)).version).toBe(2);
    expect(await promote({ confirm: shown.json.token, comment: 'limits of spring' })).toMatchObject({
      status: 200,
    });
    expect(await latest(prod)).toMatchObject({
      ...{ version: 3, kind: 'promoted', body_raw: 'cap: 3\n\nhost: prod\n' },
      comment: `limits of spring\n\nPromoted-From: ${staging}/${path}@3`,
      promoted_from: { namespace: staging, path, version: 3 },
    });

    await save(staging, 'cap: 3\nfee: 1\n\nhost: staging\n', 3);
    expect((await promoted()).json).toMatchObject({ items: [{ since_version: 3, new_version: 4 }] });
    expect((await latest(prod)).body_raw).toBe('cap: 3\nfee: 1\n\nhost: prod\n');
  });

  it('with a token of another result saves nothing, and shows what it would be now', async () => {
    await save(staging, 'cap: 1\n', 0);
    await promoted();
    await save(staging, 'cap: 2\n', 1);
    const shown = await promote();
    await save(prod, 'cap: 1\nhost: prod\n', 1);
    const again = await promote({ confirm: shown.json.token });
    expect(again).toMatchObject({ status: 409, json: { reason: 'ConfirmationRequired' } });
    expect(again.json.token).not.toBe(shown.json.token);
    expect((await latest(prod)).version).toBe(2);
  });

  it('of a place that was changed otherwise there is refused with the place', async () => {
    await save(staging, 'cap: 1\n', 0);
    await promoted();
    await save(staging, 'cap: 2\n', 1);
    await save(prod, 'cap: 9\n', 1);
    expect(await promote()).toMatchObject({
      status: 409,
      json: { reason: 'VersionConflict', places: [{ path: 'cap', current: '9', proposed: '2' }] },
    });
  });

  it('that clashes is saved as it was decided, and the next one counts from there', async () => {
    await save(staging, 'cap: 1\n', 0);
    await promoted();
    await save(staging, 'cap: 2\n', 1);
    await save(prod, 'cap: 9\n', 1);
    const { json: clash } = await promote();
    expect(clash).toMatchObject({
      current_version: 2,
      promoted_from: { namespace: staging, path, version: 2 },
    });
    const decided = {
      body_raw: 'cap: 5\n',
      source_version: clash.promoted_from.version,
      base_version: clash.current_version,
    };
    const dry = await world.ask('/promotions?dry_run=true', {
      body: { from: staging, to: prod, paths: [path], decided },
    });
    expect(dry).toMatchObject({ status: 200, json: { items: [{ operation: 'update', old_version: 2 }] } });
    expect(dry.json.items[0].change).toMatch(/-cap: 9\n\+cap: 5/);
    const ask = () =>
      world.ask('/promotions', {
        body: { from: staging, to: prod, paths: [path], decided },
        idempotencyKey: 'decided-once',
      });
    expect(await ask()).toMatchObject({
      status: 200,
      json: { items: [{ result: 'promoted', new_version: 3, promoted_from: { version: 2 } }] },
    });
    // The answer was lost: asked again, it is told of its own save, though neither side is what it was.
    expect(await ask()).toMatchObject({ status: 200, json: { items: [{ new_version: 3 }] } });
    expect(await latest(prod)).toMatchObject({
      ...{ version: 3, kind: 'promoted', body_raw: 'cap: 5\n' },
      promoted_from: { namespace: staging, path, version: 2 },
    });
    await save(staging, 'cap: 2\nfee: 1\n', 2);
    expect((await promoted()).json).toMatchObject({ items: [{ since_version: 2, new_version: 4 }] });
    expect((await latest(prod)).body_raw).toBe('cap: 5\nfee: 1\n');
  });

  it('that was decided on a version that is not the latest any more, on either side, saves nothing', async () => {
    await save(staging, 'cap: 1\n', 0);
    await promoted();
    await save(staging, 'cap: 2\n', 1);
    await save(prod, 'cap: 9\n', 1);
    const decided = { body_raw: 'cap: 5\n', source_version: 2, base_version: 2 };
    for (const [late, words] of [
      [{ source_version: 1 }, `${staging}/${path} is at version 2, and this was decided on version 1.`],
      [{ base_version: 1 }, `${prod}/${path} is at version 2, and this was decided on version 1.`],
    ] as const) {
      const { status, json } = await promote({ decided: { ...decided, ...late } });
      expect({ status, ...json }).toMatchObject({ status: 409, reason: 'VersionConflict' });
      expect(json.detail).toContain(words);
    }
    expect(await promote({ paths: [path, 'other.yaml'], decided })).toMatchObject({ status: 422 });
    expect((await latest(prod)).version).toBe(2);
  });

  it('without a promotion before counts from the newest text that both had, or asks from where', async () => {
    await save(staging, 'cap: 1\n', 0);
    await save(prod, 'cap: 1\n', 0);
    await save(prod, 'cap: 1\nhost: prod\n', 1);
    await save(staging, 'cap: 2\n', 1);
    expect((await promoted()).json).toMatchObject({ items: [{ since_version: 1 }] });
    expect((await latest(prod)).body_raw).toBe('cap: 2\nhost: prod\n');

    const other = 'fees.yaml';
    await save(staging, 'fee: 1\n', 0, other);
    await save(staging, 'fee: 2\n', 1, other);
    await save(prod, 'fee: 1\nhost: prod\n', 0, other);
    expect(await promote({ paths: [other] })).toMatchObject({
      status: 428,
      json: { reason: 'BaseVersionRequired' },
    });
    await promoted({ paths: [other], since: 1 });
    expect((await latest(prod, other)).body_raw).toBe('fee: 2\nhost: prod\n');
  });

  it('of a prefix is one deployment: all or none', async () => {
    await save(staging, 'a: 1\n', 0, 'limits/a.yaml');
    await save(staging, 'b: 1\n', 0, 'limits/b.yaml');
    await save(prod, 'b: 9\n', 0, 'limits/b.yaml');
    const all = { paths: undefined, prefix: 'limits/' };
    expect(await promote(all)).toMatchObject({ json: { reason: 'BaseVersionRequired' } });
    await save(prod, 'b: 1\n', 1, 'limits/b.yaml');
    await save(staging, 'b: 2\n', 1, 'limits/b.yaml');
    expect((await promoted(all)).json.items).toMatchObject([
      { path: 'limits/a.yaml', operation: 'create', new_version: 1 },
      { path: 'limits/b.yaml', operation: 'update', new_version: 3 },
    ]);
    const { json } = await world.ask(`/deployments?namespace=${prod}&limit=1`);
    expect(json.items[0].change_count).toBe(2);
  });

  it('needs the right to read there and to write here, and says what it misses', async () => {
    await save(staging, 'cap: 1\n', 0);
    world.namespace = prod;
    const rule = {
      apiGroups: ['store.pawl.dev'],
      resources: ['configs'],
      verbs: ['get', 'create', 'update'],
    };
    const token = await world.person('prod-only', rule);
    const body = { from: staging, to: prod, paths: [path] };
    expect(await world.ask('/promotions', { body, token })).toMatchObject({ status: 403 });
  });

  it('by the command line is shown, confirmed and saved; PATH@N without --to restores, as it did', async () => {
    await save(staging, 'cap: 1\n', 0);
    await save(staging, 'cap: 2\n', 1);
    // As docs/rules.md has them.
    const here = (word: string) => word.replace('payments-staging', staging).replace('payments-prod', prod);
    const [one, all] = commandsUnder('Promotion between environments').map(words => words.map(here));
    const first = await pawl(...one!, '--yes');
    expect(first.stdout).toContain(`${staging}/${path}@2`);
    expect(await latest(prod)).toMatchObject({ version: 1, kind: 'promoted', body_raw: 'cap: 2\n' });
    const again = await pawl(...all!, '--yes');
    expect(again.stderr).toContain('Nothing to promote');
    await pawl('promote', `${path}@1`, '-n', staging, '--yes');
    expect(await latest(staging)).toMatchObject({ version: 3, kind: 'promoted', body_raw: 'cap: 1\n' });
  });
});
