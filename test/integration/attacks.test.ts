/**
 * A tenant of a shared cluster attacks another one, and the operator that serves both. `npm run campaign` has some more
 * attacks, which take longer.
 */
import { appendFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { attacks } from '../setup/attacks/attacks.ts';
import { AttackWorld } from '../setup/attacks/world.ts';

const report = process.env.PAWL_CAMPAIGN_REPORT;
const tried = attacks.filter(({ long }) => report !== undefined || !long);

let world: AttackWorld;

beforeAll(async () => {
  world = await AttackWorld.open(inject('kubeconfig'));
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

describe('an attack gets its answer, and takes nothing from others:', () => {
  it.each(tried.map(attack => [attack.what, attack] as const))(
    '%s',
    async (what, { run, seen }) => {
      const got = await run(world);
      expect(got).toEqual(seen);
      expect(await world.untouched()).toEqual([]);
      if (report) await appendFile(report, `${JSON.stringify({ attack: what, got })}\n`);
    },
    180_000,
  );
});
