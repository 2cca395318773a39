/** What becomes of texts that bring in secrets, with the real thread in which they are searched. */
import { afterAll, describe, expect, it } from 'vitest';
import { decide as decideText } from '../../../history/core/decide.ts';
import type { Edit } from '../../../history/core/edit.ts';
import type { Law } from '../../../history/core/law.ts';
import { underSecrets } from '../../../history/core/under-secrets.ts';
import { Decider } from '../../../history/settle/decider.ts';
import { Thinker } from '../../../history/settle/thinker.ts';
import type { View } from '../../../history/words/model.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { Offload } from '../../../runtime/offload.ts';
import { anEdit, aRequest, aVersion, aView, emptyView, law, readAnything } from '../core/make.ts';

const module = new URL('../../../history/settle/thinker-thread.ts', import.meta.url);
const offload = new Offload({
  ...{ module, clock: systemClock, taskCpuMs: 60_000, maxHeapMiB: 512, idleMs: 60_000 },
});
const thinker = new Thinker(offload, { maxBodyBytes: 1_048_576 });
afterAll(() => offload.close());

const under = (secrets?: 'Refuse' | 'Warn' | 'Allow'): Law => ({
  ...law,
  policy: secrets === undefined ? {} : { secrets },
});
const source = { cluster: 'default', namespace: 'payments', name: 'limits' };
const { signal } = new AbortController();

/** @param texts of the versions, from 1 */
async function decide(edit: Edit, view: View, at: Law, texts: readonly string[] = []) {
  const asked: bigint[] = [];
  const store = {
    async texts(_: unknown, numbers: readonly bigint[]) {
      asked.push(...numbers);
      return new Map(numbers.map(number => [number, texts[Number(number) - 1]!]));
    },
    between: async () => [],
    lineText: async () => null,
  };
  const decider = new Decider(store as never, thinker);
  const concluded = await decider.decide(edit, view, at, source, signal);
  if (concluded === 'raced') throw new Error(concluded);
  return { decision: concluded.decision, asked, look: await decider.look(edit, view, at) };
}

const leak = 'cap: 1\ndb:\n  password: hunter2\n';

describe('a text that brings in a secret', () => {
  it('is refused at every door where the policy says so, and else saved with a notice', async () => {
    for (const edit of [anEdit({ body: leak }), aRequest(leak)]) {
      const refused = await decide(edit, emptyView, under('Refuse'));
      expect(refused.decision).toMatchObject({
        kind: 'refused',
        refusal: {
          ...{ kind: 'secret', of: 'text', head: null },
          found: { places: [{ path: 'db.password', line: 3, column: 13, rule: 'known-key' }], more: 0 },
        },
      });
      expect(
        JSON.stringify(refused.decision, (_, value) => (typeof value === 'bigint' ? '' : value)),
      ).not.toContain('hunter2');
      for (const policy of [under('Warn'), under()]) {
        const { decision, look } = await decide(edit, emptyView, policy);
        const notices = [{ kind: 'secrets', places: [{ path: 'db.password' }], more: 0 }];
        expect(decision).toMatchObject({ kind: 'save', notices });
        expect(look).toMatchObject({ kind: 'save', notices });
      }
      const allowed = await decide(edit, emptyView, under('Allow'));
      expect(allowed.decision).not.toHaveProperty('notices');
    }
  });

  it('is told in a comment, too', async () => {
    const edit = aRequest('cap: 1 # password: hunter2\n');
    expect((await decide(edit, emptyView, under('Warn'))).decision).toMatchObject({
      notices: [{ kind: 'secrets', places: [{ line: 1, column: 20 }] }],
    });
  });

  it('costs a text without secrets no look at the latest one', async () => {
    const head = aVersion(1n, leak);
    const { decision, asked } = await decide(
      aRequest('cap: 2\n', { baseVersion: 1n }),
      aView(head, { base: head }),
      under('Refuse'),
      [leak],
    );
    expect(decision).toMatchObject({ kind: 'save' });
    expect(decision).not.toHaveProperty('notices');
    expect(asked).toEqual([]);
  });
});

describe('a secret that the config holds already', () => {
  const head = aVersion(1n, leak);
  const onHead = (text: string) =>
    decide(aRequest(text, { baseVersion: 1n }), aView(head, { base: head }), under('Refuse'), [leak]);

  it('is told, and stops no edit, wherever it moves to', async () => {
    for (const text of [leak.replace('1', '2'), 'mail:\n  password: hunter2\n']) {
      const { decision, look } = await onHead(text);
      expect(decision).toMatchObject({ kind: 'save', notices: [{ kind: 'secrets', places: [{}] }] });
      // Without a text to compare with, nothing is saved on a guess.
      expect(look).toMatchObject({ kind: 'refused' });
    }
  });

  it('does not cover another one', async () => {
    expect((await onHead('password: hunter3\nold:\n  password: hunter2\n')).decision).toMatchObject({
      refusal: { kind: 'secret', found: { places: [{ path: 'password' }], more: 0 } },
    });
  });
});

describe('a merge', () => {
  const [base, latest] = ['cap: 1\n\nfee: 1\n', 'cap: 2\n\nfee: 1\n'];
  const [one, two] = [aVersion(1n, base), aVersion(2n, latest)];
  const merge = (text: string, onStale: 'Merge' | 'Confirm', at: Law) =>
    decide(aRequest(text, { baseVersion: 1n, onStale }), aView(two, { base: one }), at, [base, latest]);
  const mine = 'cap: 1\n\nfee: 1\ndb:\n  password: hunter2\n';

  it.each(['Merge', 'Confirm'] as const)(
    'that brings in a secret is refused before it is saved or shown (%s), in the author’s own lines',
    async onStale => {
      const text = `# a\n# b\n${mine}`;
      expect((await merge(text, onStale, under('Refuse'))).decision).toMatchObject({
        refusal: { kind: 'secret', of: 'text', found: { places: [{ path: 'db.password', line: 7 }] } },
      });
    },
  );

  it('is told where the policy only warns', async () => {
    expect((await merge(mine, 'Merge', under('Warn'))).decision).toMatchObject({
      ...{ kind: 'save', versionKind: 'merged' },
      notices: [{ kind: 'secrets', places: [{ path: 'db.password' }] }],
    });
  });
});

describe('a text that takes too long to be searched', () => {
  it('is refused where secrets are, and else saved with a notice that says so', async () => {
    const edit = aRequest('cap: 1\n');
    const found = decideText(edit, emptyView, readAnything, law);
    const search = { kind: 'unfinished', why: 'it takes more than 2 s' } as const;
    const at = (policy: 'Refuse' | 'Warn') =>
      underSecrets(edit, found, { policy, search, head: null, proposed: null });
    expect(at('Refuse')).toMatchObject({ refusal: { kind: 'unsearched', why: search.why } });
    expect(at('Warn')).toMatchObject({ kind: 'save', notices: [{ kind: 'unsearched', why: search.why }] });
  });
});
