/**
 * Texts that a small request makes of long ones, such as a merge onto each of a hundred texts of a megabyte: they take their
 * tenant's share of the server's memory, as a body does.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SmallServer, startSmallServer } from './small-server.ts';

const many = 12;
const rows = Array.from({ length: 10_000 }, (_, row) => `  row ${row} ${'x'.repeat(40)}\n`).join('');
const paths = (count: number) => Array.from({ length: count }, (_, index) => `long/${index}.yaml`);
let server: SmallServer;

beforeAll(async () => {
  const mib = 1 << 20;
  server = await startSmallServer({ underWay: { total: 100 * mib, each: 6 * mib } });
  for (const path of paths(many))
    for (const namespace of ['payments', 'reviewed'])
      for (const body_raw of ['a: 1\nb: 1\n', `a: 1\nb: 1\nrows: |\n${rows}`])
        await server.ask('PUT', `/configs/${namespace}/${path}`, {
          body_raw,
          ...(body_raw.includes('rows') && { base_version: 1 }),
        });
}, 60_000);
afterAll(() => server?.[Symbol.asyncDispose]());

const tooLarge = { status: 413, reason: 'RequestTooLarge', detail: expect.stringContaining('fewer configs') };

const deploy = (count: number, body_raw: string, namespace = 'payments', query = '?dry_run=true') =>
  server.ask('POST', `/deployments${query}`, {
    changes: paths(count).map(path => ({
      ...{ namespace, path, base_version: 1, on_stale: 'merge', body_raw },
    })),
  });

/** On the first version of each, which is short. */
const edits = { 'that merge': 'a: 1\nb: 2\n', 'that clash': 'a: 1\nb: 1\nrows: none\n' };

describe.each(Object.entries(edits))('a deployment of short texts %s with long ones', (_, edit) => {
  it.each(['?dry_run=true', ''])(
    'takes room for what they make, and is refused beyond it (%s)',
    async query => {
      expect((await deploy(many, edit, 'payments', query)).json).toMatchObject(tooLarge);
      const { json } = await server.ask('GET', `/configs/payments/${paths(many).at(-1)}`);
      expect(json.latest.version).toBe(2);
    },
  );

  it('gives the room back with each answer', async () => {
    for (let time = 0; time < 5; time += 1) expect([200, 409]).toContain((await deploy(1, edit)).status);
  });
});

describe('a promotion of long texts', () => {
  const promote = (count: number, to: string) =>
    server.ask('POST', '/promotions?dry_run=true', { from: 'payments', to, paths: paths(count) });

  it('takes room for each that is new there', async () => {
    expect((await promote(many, 'fresh')).json).toMatchObject(tooLarge);
    for (let time = 0; time < 5; time += 1) expect(await promote(2, 'fresh')).toMatchObject({ status: 200 });
  });

  it('takes room for each that is merged there', async () => {
    await server.ask('PUT', `/configs/merged/${paths(1)[0]}`, { body_raw: `a: 1\nb: 1\nrows: |\n${rows}` });
    for (let time = 0; time < 5; time += 1) expect(await promote(1, 'merged')).toMatchObject({ status: 200 });
  });
});

describe('a change of many long texts that waits for an approval', () => {
  it('takes room when it is looked at', async () => {
    server.approval.set('reviewed', [{}]);
    const kept = await deploy(many, edits['that merge'], 'reviewed', '');
    expect(kept.json).toMatchObject(tooLarge);
    const small = await deploy(2, edits['that merge'], 'reviewed', '');
    expect(small).toMatchObject({ status: 202 });
    for (let time = 0; time < 5; time += 1)
      expect(await server.ask('GET', `/approvals/reviewed/${small.json.id}`)).toMatchObject({ status: 200 });
  });
});
