/**
 * One story, lived through by a program in each language, against the operator as it is deployed: what docs/consumers.md
 * promises of the clients.
 */
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { defaultBodyLimits } from '../../text/body-problem.ts';
import { readYaml } from '../../text/yaml-reader.ts';
import { Rules } from '../setup/rules.ts';
import { until } from '../setup/until.ts';
import { languages } from './languages.ts';
import { Program } from './program.ts';
import { TlsProxy } from './proxy.ts';
import { Served } from './served.ts';

let served: Served;

beforeAll(async () => {
  served = await Served.open('clients');
});
afterAll(() => served[Symbol.asyncDispose]());

/** As the kubelet rotates a projected token: the whole file at once. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

const textOf = (cap: number | string, burst = 20) => `# caps\ncap: ${cap}\n\n\nburst: ${burst}\n`;
/** What programs that read YAML 1.1 take for something else. */
const subtle = [
  'no: no',
  'on: on',
  'clock: 12:30:45',
  'padded: 0123',
  'octal: 0o17',
  'hex: 0xff',
  'day: 2026-01-02',
  'grouped: 1_000',
  'float: 1.50',
  'exponent: 1e3',
  'quoted: "1"',
  'nothing: ~',
  'empty:',
  'word: "null"',
  '12: number',
  'list: [&a {x: 1}, *a]',
  'text: |',
  '  two',
  '  lines',
  '',
].join('\n');
const path = 'limits/eu.yaml';
const patienceMs = 60_000;

describe.each(Object.entries(languages))('a program in %s', (_, command) => {
  it('reads, follows, saves and confirms, outlives the server, and leaves nothing behind', {
    timeout: 600_000,
  }, async ({ skip }) => {
    if (command === null) return skip('its program is not made here; npm run test:clients says why');
    const { api } = served;
    const saveAs = served.saveAs.bind(served);
    const namespace = await served.kube.namespace('story');
    const config = { namespace, path };
    const url = `/configs/${namespace}/${path}`;
    await using tidy = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'pawl-story-'));
    tidy.defer(() => rm(folder, { recursive: true }));
    const proxy = tidy.use(await TlsProxy.open({ url: api.client.PAWL_SERVER, caFile: api.client.PAWL_CA }));
    const tokenFile = join(folder, 'token');
    const cacheFolder = join(folder, 'cache');
    await writeFile(tokenFile, `${api.client.PAWL_TOKEN}\n`);
    const door = { server: proxy.url, caFile: proxy.caFile, tokenFile, cacheFolder, start: 1 };
    const opened = async () => {
      const program = tidy.use(new Program(command));
      expect(await program.ask('open', door)).not.toHaveProperty('error');
      return program;
    };
    await saveAs(url, { body_raw: textOf(1000), base_version: 0 });

    // It reads, and keeps what it read for itself alone.
    const program = await opened();
    expect(await program.ask('watch', { ...config, path: 'none.yaml' })).toMatchObject({
      error: { reason: 'refused' },
    });
    const first = { version: 1, value: { cap: 1000, burst: 20 }, source: 'server' };
    expect(await program.ask('watch', config)).toMatchObject(first);
    const [file] = await readdir(cacheFolder);
    expect((await stat(join(cacheFolder, file!))).mode & 0o777).toBe(0o600);
    const kept = JSON.parse(await readFile(join(cacheFolder, file!), 'utf8'));
    expect(kept).toMatchObject({ ...config, version: 1, format: 'yaml', body_raw: textOf(1000) });

    // It reads YAML as Pawl does.
    const data = JSON.parse(readYaml(subtle, defaultBodyLimits).json);
    expect(await program.ask('decode', { text: subtle })).toMatchObject({ data });

    // It follows.
    await saveAs(url, { body_raw: textOf(1500), base_version: 1 });
    const second = { version: 2, value: { cap: 1500, burst: 20 } };
    expect(await program.untilVersion(2)).toMatchObject({
      old: { version: 1, value: { cap: 1000 } },
      now: second,
    });

    // What does not parse is told, and is never the value.
    await saveAs(url, { body_raw: textOf('lots'), base_version: 2 });
    expect(await program.untilError('invalid')).toMatchObject({ version: 3 });
    expect(await program.ask('get')).toMatchObject(second);
    await saveAs(url, { body_raw: textOf(1600), base_version: 3 });
    expect(await program.untilVersion(4)).toMatchObject({ old: second, now: { value: { cap: 1600 } } });
    expect((await program.ask('get')).staleFor).toBeLessThan(60);

    // It saves: each thing that can become of a text.
    const save = (request: object, where = config) => program.ask('save', { ...where, request });
    const clash = await save({ body_raw: textOf(1), base_version: 1 });
    expect(clash).toMatchObject({
      outcome: 'conflict',
      currentVersion: 4,
      places: [{ pointer: '/cap' }],
    });
    const stale = { body_raw: textOf(1000, 30), base_version: 1 };
    const asked = await save(stale);
    expect(asked).toMatchObject({
      outcome: 'needs-confirmation',
      currentVersion: 4,
      merged: textOf(1600, 30),
    });
    const confirmed = await save({ ...stale, confirm: asked.token });
    expect(confirmed).toMatchObject({
      outcome: 'merged',
      version: 5,
      text: textOf(1600, 30),
      result: 'confirmed',
    });
    await program.untilVersion(5);
    expect(await save({ body_raw: textOf(1600, 30), base_version: 5 })).toMatchObject({
      outcome: 'unchanged',
      version: 5,
    });
    const merged = await save({ body_raw: textOf(1700, 20), base_version: 4, on_stale: 'merge' });
    expect(merged).toMatchObject({ outcome: 'merged', version: 6, text: textOf(1700, 30) });
    expect(await save({ body_raw: 'cap: [', base_version: 6 })).toMatchObject({
      outcome: 'refused',
      reason: 'InvalidBody',
    });
    const made = await save({ body_raw: 'a: 1\n', base_version: 0 }, { namespace, path: 'made/here.yaml' });
    expect(made).toMatchObject({ outcome: 'saved', version: 1 });

    // Of a protected config nothing is saved before it is approved.
    await using rules = await Rules.open(inject('kubeconfig'));
    await rules.apply(namespace, { policy: { approval: [{ paths: ['guarded'], authorMayApprove: true }] } });
    const guarded = { namespace, path: 'guarded/eu.yaml' };
    const waiting = await save({ body_raw: 'a: 1\n', base_version: 0 }, guarded);
    expect(waiting).toMatchObject({ outcome: 'needs-approval', approvalId: expect.any(String), needed: 1 });
    // Sent again, it is the same one.
    expect(await save({ body_raw: 'a: 1\n', base_version: 0 }, guarded)).toMatchObject({
      approvalId: waiting.approvalId,
    });
    const place = `/approvals/${namespace}/${waiting.approvalId}`;
    const { json: shown } = await served.call('GET', place);
    expect((await served.call('POST', `${place}/approve`, { token: shown.token })).json).toMatchObject({
      state: 'saved',
    });
    expect(await save({ body_raw: 'a: 1\n', base_version: 1 }, guarded)).toMatchObject({
      ...{ outcome: 'unchanged', version: 1, text: 'a: 1\n' },
    });

    // An answer that is lost: sent again, saved once.
    const puts = proxy.of('PUT', url).length;
    proxy.loseAnswerTo('PUT');
    expect(await save({ body_raw: textOf(1800, 30), base_version: 6 })).toMatchObject({
      outcome: 'saved',
      version: 7,
    });
    const sent = proxy.of('PUT', url).slice(puts);
    expect(sent.length).toBe(2);
    expect(new Set(sent.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    await program.untilVersion(7);

    // A token that is replaced is used at once, even where the old one was on its way.
    await replace(tokenFile, 'expired');
    proxy.onRequest = async ({ headers }) => {
      if (headers.authorization === 'Bearer expired') await replace(tokenFile, api.client.PAWL_TOKEN);
    };
    expect(await save({ body_raw: textOf(1900, 30), base_version: 7 })).toMatchObject({
      outcome: 'saved',
      version: 8,
    });
    expect(proxy.passed.filter(({ headers }) => headers.authorization === 'Bearer expired').length).toBe(1);
    await program.untilVersion(8);

    // The server is killed. The value stays, and another program starts with the one from disk.
    const watches = proxy.of('GET', '/watch/').length;
    await served.kill();
    await program.untilError('unavailable');
    const eighth = { version: 8, value: { cap: 1900, burst: 30 } };
    expect(await program.ask('get')).toMatchObject({ ...eighth, source: 'server' });
    const later = await opened();
    expect(await later.ask('watch', { ...config, path: 'none.yaml' })).toMatchObject({
      error: { reason: 'unavailable' },
    });
    expect(await later.ask('watch', config)).toMatchObject({ ...eighth, source: 'disk' });
    expect((await later.ask('get')).staleFor).toBeGreaterThan(0);
    await served.start();
    await saveAs(url, { body_raw: textOf(2000, 30), base_version: 8 });
    for (const each of [program, later]) {
      const ninth = { version: 9, value: { cap: 2000, burst: 30 } };
      expect(await each.untilVersion(9)).toMatchObject({ old: eighth, now: ninth });
      expect(await each.ask('get')).toMatchObject({ ...ninth, source: 'server' });
    }
    const again = proxy.of('GET', '/watch/').slice(watches);
    expect(again.some(({ headers }) => headers['last-event-id'] !== undefined)).toBe(true);

    // Every version that parsed was told once, and in order.
    const versions = program.told.flatMap(({ now }) => now?.version ?? []);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    expect(versions).not.toContain(3);

    // Nothing is left of it.
    for (const each of [program, later]) {
      expect(await each.ask('close')).toMatchObject({ left: [] });
    }
    await until('connections are closed', patienceMs, () => proxy.connections === 0);
    for (const each of [program, later]) expect(await each.end()).toBe(0);
  });
});
