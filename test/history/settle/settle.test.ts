/** What settling a proposal promises: its answer is what the store holds then, and it is given once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Law } from '../../../history/core/law.ts';
import type { Proposal } from '../../../history/core/proposal.ts';
import type { HighestSeen } from '../../../history/settle/floor.ts';
import { Settler } from '../../../history/settle/settle.ts';
import { Thinker } from '../../../history/settle/thinker.ts';
import type { View } from '../../../history/words/model.ts';
import type { Save } from '../../../history/words/save.ts';
import type { Offload } from '../../../runtime/offload.ts';
import { MemoryStore } from '../../operator/memory-store.ts';
import { aProposal, law, person } from '../core/make.ts';

const { signal } = new AbortController();
/** Without a thread: no text here is heavy. */
const thinker = new Thinker(null as unknown as Offload, { maxBodyBytes: 1 << 20 });
const path = 'limits/eu.yaml';
const config = { namespace: 'payments', path };

interface Facts {
  readonly generation?: number;
  readonly baseVersion?: number;
}

/** A proposal of the object of that name. */
const proposes = (name: string, body: string, { generation = 1, baseVersion }: Facts = {}): Proposal => ({
  ...aProposal(
    { path, body, ...(baseVersion !== undefined && { baseVersion }) },
    {
      ...{ name, uid: `uid-${name}`, generation },
    },
  ),
  actor: person(name),
});

const lookFor = (store: MemoryStore, { source, baseVersion }: Proposal): Promise<View> =>
  store.look({ config, source, baseVersion });

function make(store = new MemoryStore(), highestSeen?: HighestSeen) {
  const settler = new Settler(store, thinker, highestSeen);
  const settle = (proposal: Proposal, guess: View | null = null, rights: Law = law) =>
    settler.settle(proposal, rights, signal, guess);
  const settled = async (proposal: Proposal, guess?: View | null) => {
    const answer = await settle(proposal, guess);
    if (typeof answer === 'string') throw new Error(answer);
    return answer;
  };
  return { store, settler, settle, settled };
}

/** Somebody else saves between the look and the save of the first who looks. */
class Overtaken extends MemoryStore {
  override async look(query: Parameters<MemoryStore['look']>[0]): Promise<View> {
    const view = await super.look(query);
    if (this.looks === 1) await make(this).settled(proposes('bob', 'a: 9\n'));
    return view;
  }
}

class Failing extends MemoryStore {
  readonly #error: Error;

  constructor(reason: string) {
    super();
    this.#error = Object.assign(new Error('a NUL'), { name: 'StoreError', reason });
  }

  override async save(): Promise<never> {
    throw this.#error;
  }
}

describe('a proposal', () => {
  it('of a new config is saved as its first version, and answered with what was saved', async () => {
    const { store, settled } = make();
    expect(await settled(proposes('ada', 'a: 1\n'))).toMatchObject({
      ...{ saved: true, refusal: null, headText: 'a: 1\n' },
      head: { version: 1n },
      line: { uid: 'uid-ada', generation: 1n, version: 1n, acceptedAs: 'Saved' },
    });
    expect(store.headOf(config)).toBe(1n);
  });

  it('that the latest says already saves nothing, and its source stands on the latest', async () => {
    const { store, settled } = make();
    await settled(proposes('ada', 'a: 1\n'));
    expect(await settled(proposes('bob', 'a: 1\n'))).toMatchObject({
      ...{ saved: false, refusal: null, head: { version: 1n } },
      line: { uid: 'uid-bob', version: 1n, acceptedAs: 'Unchanged' },
    });
    expect(store.headOf(config)).toBe(1n);
  });

  it('made on an older version that merges waits for a confirmation of the merged text', async () => {
    const { store, settled } = make();
    await settled(proposes('ada', 'a: 1\nb: 1\n'));
    await settled(proposes('ada', 'a: 2\nb: 1\n', { generation: 2 }));
    const merged = 'a: 2\nb: 3\n';
    const edit = proposes('bob', 'a: 1\nb: 3\n', { baseVersion: 1 });
    expect(await settled(edit)).toMatchObject({ saved: false, refusal: { kind: 'unconfirmed', merged } });
    expect(store.headOf(config)).toBe(2n);
    expect(await settled({ ...edit, onStale: 'Merge' })).toMatchObject({
      ...{ saved: true, headText: merged, head: { version: 3n } },
      line: { uid: 'uid-bob', version: 3n, acceptedAs: 'Merged' },
    });
  });

  it('without the right to write is refused with that, and nothing is written', async () => {
    const { store, settle } = make();
    const write = { kind: 'no-right', right: 'write' } as unknown as NonNullable<Law['write']>;
    const answer = await settle(proposes('ada', 'a: 1\n'), null, { ...law, write });
    expect(answer).toMatchObject({ saved: false, line: null, refusal: { kind: 'no-right' } });
    expect(store.headOf(config)).toBeNull();
  });

  it('that the database cannot hold is refused; any other failure is not an answer', async () => {
    const refused = await make(new Failing('Unstorable')).settled(proposes('ada', 'a: 1\n'));
    expect(refused).toMatchObject({ saved: false, refusal: { kind: 'unstorable', why: 'a NUL' } });
    await expect(make(new Failing('Unavailable')).settle(proposes('ada', 'a: 1\n'))).rejects.toMatchObject({
      reason: 'Unavailable',
    });
  });
});

describe('when somebody else saves', () => {
  it('between the look and the save, the proposal is not answered, and nothing of it is written', async () => {
    const { store, settle } = make(new Overtaken());
    expect(await settle(proposes('ada', 'a: 1\n'))).toBe('raced');
    expect(store.headOf(config)).toBe(1n);
    expect(await lookFor(store, proposes('ada', ''))).toMatchObject({
      line: null,
      head: { actor: person('bob') },
    });
  });

  it('as the same object of a later generation, the earlier one is outdated', async () => {
    const { settled, settle } = make();
    await settled(proposes('ada', 'a: 2\n', { generation: 2 }));
    expect(await settle(proposes('ada', 'a: 1\n', { generation: 1 }))).toBe('outdated');
  });

  it('and the store knows the source as another object by now, the proposal is outdated', async () => {
    class Replaced extends MemoryStore {
      // The store's answer where a source's line is of a later object.
      override save = async (_: Save) => ({ kind: 'taken' }) as never;
    }
    expect(await make(new Replaced()).settle(proposes('ada', 'a: 1\n'))).toBe('outdated');
  });
});

describe('an answer given before', () => {
  it('is recalled with one look and no text, for exactly the same proposal', async () => {
    const { store, settler, settled } = make();
    const proposal = proposes('ada', 'a: 1\n');
    expect(await settler.recall(proposal, signal)).toBeNull();
    await settled(proposal);
    const looks = store.looks;
    const { text: _, ...terms } = proposal;
    expect(await settler.recall(terms, signal)).toMatchObject({ saved: false, line: { version: 1n } });
    expect(store.looks).toBe(looks + 1);
    expect(await settler.recall(proposes('ada', 'a: 2\n', { generation: 2 }), signal)).toBeNull();
  });

  it('is given again, whatever was saved since, and nothing is written', async () => {
    const { store, settled } = make();
    await settled(proposes('ada', 'a: 1\n'));
    await settled(proposes('bob', 'a: 2\n', { baseVersion: 1 }));
    const again = await settled(proposes('ada', 'a: 1\n'));
    expect(again).toMatchObject({ saved: false, line: { version: 1n, supersededBy: 2n } });
    expect(store.headOf(config)).toBe(2n);
  });
});

describe('a number that is seen in the cluster and that the store has lost', () => {
  const nine = () => ({ highest: 9n, untold: 0n });

  it('is waited for while nobody knows whether it is to be believed, and only where it is higher', async () => {
    const { store, settle } = make(new MemoryStore(), () => ({ highest: 0n, untold: 9n }));
    expect(await settle(proposes('ada', 'a: 1\n'))).toBe('untold');
    expect(store.headOf(config)).toBeNull();
    const told = make(new MemoryStore(), () => ({ highest: 9n, untold: 9n }));
    expect(await told.settle(proposes('ada', 'a: 1\n'))).toBe('raced');
    expect(await told.settled(proposes('ada', 'a: 1\n'))).toMatchObject({ head: { version: 10n } });
  });

  it('is learned before anything is decided, and never used again', async () => {
    const { store, settle, settled } = make(new MemoryStore(), nine);
    expect(await settle(proposes('ada', 'a: 1\n'))).toBe('raced');
    expect(store.headOf(config)).toBeNull();
    expect(await settled(proposes('ada', 'a: 1\n'))).toMatchObject({ head: { version: 10n } });
  });

  it('makes no guess and no recalled answer good', async () => {
    const { store, settler, settle } = make();
    const proposal = proposes('ada', 'a: 1\n');
    const guess = await lookFor(store, proposal);
    await settle(proposal);
    const wary = make(store, nine);
    expect(await wary.settler.recall(proposal, signal)).toBeNull();
    expect(await settler.recall(proposal, signal)).not.toBeNull();
    const other = make(new MemoryStore(), nine);
    expect(await other.settle(proposal, guess)).toBe('raced');
  });
});

describe('a guess of what the store holds', () => {
  it('that is right saves the look', async () => {
    const { store, settled } = make();
    const first = proposes('ada', 'a: 1\n');
    await settled(first, await lookFor(new MemoryStore(), first));
    const second = proposes('ada', 'a: 2\n', { generation: 2, baseVersion: 1 });
    const guess = await lookFor(store, second);
    const looks = store.looks;
    expect(await settled(second, guess)).toMatchObject({ saved: true, head: { version: 2n } });
    expect(store.looks).toBe(looks);
  });

  it('is not taken where the object’s own line has moved without the head since', async () => {
    const answers = await Promise.all(
      [false, true].map(async guessing => {
        const { store, settled } = make();
        await settled(proposes('ada', 'a: 1\nb: 1\n', { generation: 1 }));
        await settled(proposes('ada', 'a: 2\nb: 1\n', { generation: 2 }));
        const last = proposes('ada', 'a: 1\nb: 1\n', { generation: 4 });
        const guess = guessing ? await lookFor(store, last) : null;
        // It changes nothing on its base, so the latest says it already: the line moves, and the head stays.
        const between = proposes('ada', 'a: 1\nb: 1\n', { generation: 3, baseVersion: 1 });
        expect(await settled(between)).toMatchObject({ saved: false, line: { acceptedAs: 'Unchanged' } });
        return settled(last, guess);
      }),
    );
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ saved: false, head: { version: 2n } });
  });

  it('changes no answer, be it of this moment or of an earlier one', async () => {
    const step = fc.record({
      name: fc.constantFrom('ada' as const, 'bob' as const),
      /** Edits of its object that were never looked at. */
      skipped: fc.constantFrom(0, 0, 0, 1),
      text: fc.constantFrom('a: 1\nb: 1\n', 'a: 2\nb: 1\n', 'a: 1\nb: 2\n'),
      base: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 8 }),
        fc.nat({ max: 6 }),
        async (steps, ago) => {
          const generations = { ada: 0, bob: 0 };
          const proposals = steps.map(({ name, text, base, skipped }) => {
            generations[name] += 1 + skipped;
            const generation = generations[name];
            return proposes(name, text, { generation, ...(base !== undefined && { baseVersion: base }) });
          });
          const [plain, guessing] = [make(), make()];
          for (const [at, proposal] of proposals.entries()) {
            const earlier = make();
            for (const one of proposals.slice(0, Math.max(0, at - ago))) await earlier.settle(one);
            const expected = await plain.settle(proposal);
            expect(await guessing.settle(proposal, await lookFor(earlier.store, proposal))).toEqual(expected);
            expect(guessing.store.headOf(config)).toBe(plain.store.headOf(config));
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
