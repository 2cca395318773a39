/** One person on one object with one base, from the decision to the tables and back. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Settler } from '../../../history/settle/settle.ts';
import { Thinker } from '../../../history/settle/thinker.ts';
import type { Offload } from '../../../runtime/offload.ts';
import { aProposal, law } from '../core/make.ts';
import { type Fixture, migrated, never } from './fixtures.ts';

let db: Fixture;
beforeAll(async () => {
  db = await migrated();
});
afterAll(() => db[Symbol.asyncDispose]());

// None of these texts is large.
const light = new Thinker(null as unknown as Offload, { maxBodyBytes: 1 << 20 });

it('goes on from what they said themselves, also after a change that said nothing new', async () => {
  const settler = new Settler(db.store, light);
  let generation = 0;
  const apply = (cap: number, facts: object, who = 'ada') => {
    generation += 1;
    const spec = { body: `cap: ${cap}\nfee: 5\n`, ...facts };
    const actor = { name: who, verified: true };
    return settler.settle({ ...aProposal(spec, { generation }), actor }, law, never);
  };
  expect(await apply(1000, {})).toMatchObject({ saved: true, line: { version: 1n } });
  const base = { baseVersion: 1 };
  expect(await apply(1200, base)).toMatchObject({ saved: true, line: { version: 2n } });
  // Labels of the ConfigMap: another generation with the same text.
  expect(await apply(1200, base)).toMatchObject({ saved: false, line: { acceptedAs: 'Unchanged' } });
  expect(await apply(1300, base)).toMatchObject({ saved: true, refusal: null, line: { version: 3n } });
  expect(await apply(1300, base)).toMatchObject({ line: { acceptedAs: 'Unchanged' } });
  // Of another person the same number is a base of its own.
  expect(await apply(1500, base, 'bob')).toMatchObject({ saved: false, refusal: { kind: 'clash' } });
  expect(await apply(1000, base)).toMatchObject({ saved: true, refusal: null, line: { version: 4n } });
});
