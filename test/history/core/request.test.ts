/** A text by request gets the verdict that an object with the same text and base gets. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../history/core/decide.ts';
import type { Edit } from '../../../history/core/edit.ts';
import type { Law } from '../../../history/core/law.ts';
import type { Refusal } from '../../../history/core/refusal.ts';
import { blame, decideStale } from '../../../history/core/stale.ts';
import type { View } from '../../../history/words/model.ts';
import type { OnStale } from '../../../history/words/policy.ts';
import { readBody } from '../../../text/body.ts';
import type { Format } from '../../../text/format.ts';
import { anEdit, aRequest, aVersion, aView, emptyView, law as free } from './make.ts';

const config = { namespace: 'payments', path: 'limits/eu.yaml' };
const read = (text: string, format: Format) => readBody(text, format);

const ask = (text: string, over: Partial<Edit> = {}): Edit => aRequest(text, { format: 'yaml', ...over });

const history = ['a: 1\nb: 1\n', 'a: 2\nb: 1\n', 'a: 2\nb: 2\n'];
const versions = history.map((text, n) => aVersion(BigInt(n + 1), text));

/** Settles as far as pure code goes, to what is saved or why not; `base` is one of the versions, or none. */
function settle(edit: Edit, view: View, law: Law) {
  const found = decide(edit, view, read, law);
  if (found.kind !== 'stale' || found.base.kind !== 'version') return found;
  const texts = { base: history[Number(found.base.record.version) - 1]!, head: history[2]! };
  const since = versions.map((record, n) => ({ record, text: history[n]! }));
  const decision = decideStale(edit, found, texts, read, law, { versions: since, isCut: false });
  return decision.kind === 'clash'
    ? ({ kind: 'refused', refusal: blame(config, decision, since) } as const)
    : decision;
}

describe('a request that states its base', () => {
  it('gets the verdict of an object with the same text, base and law', () => {
    const body = fc.constantFrom(
      ...history,
      'a: 9\nb: 1\n',
      'a: 1\nb: 9\n',
      'a: 2\nb: 1\nc: 3\n',
      'a: [',
      'a: 1\na: 2\n',
    );
    const denied: Refusal = { kind: 'not-a-path', config, fault: 'no' };
    const law: fc.Arbitrary<Law> = fc.record({
      write: fc.constantFrom(null, denied),
      read: fc.constant(null),
      delete: fc.constant(null),
      policy: fc.constantFrom({}, { requireBaseVersion: true }, { requireGitCommit: true }),
    });
    fc.assert(
      fc.property(
        body,
        fc.nat(5),
        fc.constantFrom<OnStale>('Confirm', 'Merge', 'Reject'),
        law,
        fc.boolean(),
        (text, baseVersion, onStale, rules, exists) => {
          const base = versions[baseVersion - 1] ?? null;
          const view = exists ? aView(versions[2]!, { base }) : emptyView;
          const mine = settle(ask(text, { baseVersion: BigInt(baseVersion), onStale }), view, rules);
          const theirs = settle(anEdit({ body: text, baseVersion, onStale }), view, rules);
          // The one difference: to create what exists is no idle re-apply, it was somebody else who did.
          if (exists && baseVersion === 0 && theirs.kind === 'unchanged') {
            expect(mine).toMatchObject({ kind: 'refused', refusal: { kind: 'exists' } });
            return;
          }
          if (mine.kind === 'refused' && theirs.kind === 'refused') {
            const untold = ({ refusal }: { refusal: Refusal }) => ({ ...refusal, token: '' });
            expect(untold(mine)).toEqual(untold(theirs));
          } else expect(mine).toEqual(theirs);
        },
      ),
    );
  });
});

describe('a request without a base', () => {
  const view = aView(versions[2]!);
  const lenient = { ...free, policy: { requireBaseVersion: false } };

  it('for a config that exists is refused, unless the policy says that it may go without', () => {
    const demanded = { refusal: { kind: 'base-demanded', head: versions[2] } };
    expect(settle(ask('a: 7\n'), view, free)).toMatchObject(demanded);
    expect(settle(ask('a: 7\n'), view, { ...free, policy: { requireBaseVersion: true } })).toMatchObject(
      demanded,
    );
    expect(settle(ask('a: 7\n'), view, lenient)).toMatchObject({ kind: 'save', versionKind: 'direct' });
    expect(settle(ask('a: 7\n'), emptyView, free)).toMatchObject({ kind: 'save', expectedHead: 0n });
    expect(settle(ask(history[2]!), view, free)).toMatchObject({ kind: 'unchanged' });
  });

  it('that asks to overwrite is saved as that, unless the policy wants a base of everybody', () => {
    const overwrite = ask('a: 7\n', { unstated: 'overwrite' });
    expect(settle(overwrite, view, free)).toMatchObject({
      kind: 'save',
      expectedHead: 3n,
      versionKind: 'overwrite',
    });
    const strict = { ...free, policy: { requireBaseVersion: true } };
    expect(settle(overwrite, view, strict)).toMatchObject({ refusal: { kind: 'base-demanded' } });
  });

  it('that may only change what exists creates nothing, also when the config goes at that moment', () => {
    for (const baseVersion of [null, 0n]) {
      const gone = settle(ask('a: 7\n', { baseVersion, mustExist: true }), emptyView, free);
      expect(gone).toMatchObject({ kind: 'refused', refusal: { kind: 'base-gone', head: null } });
    }
    const there = ask('a: 7\n', { unstated: 'overwrite', mustExist: true });
    expect(settle(there, view, free)).toMatchObject({ kind: 'save', versionKind: 'overwrite' });
  });

  it('has the format of the config, or of a new path, when it states none', () => {
    const unsaid = { format: null };
    expect(settle(ask('{"a": 1}', { ...unsaid }), view, lenient)).toMatchObject({ format: 'yaml' });
    const json = { namespace: 'payments', path: 'a.json' };
    expect(settle(ask('a: 1\n', { ...unsaid, config: json }), emptyView, free)).toMatchObject({
      kind: 'refused',
    });
    expect(settle(ask('{}', { format: 'json' }), view, free)).toMatchObject({
      refusal: { kind: 'other-format' },
    });
  });
});

describe('a token', () => {
  it('saves the result it was given for, and no other', () => {
    const view = aView(versions[2]!, { base: versions[0]! });
    const mine = ask('a: 1\nb: 1\nc: 1\n', { baseVersion: 1n, onStale: 'Confirm' });
    const shown = settle(mine, view, free);
    if (shown.kind !== 'refused' || shown.refusal.kind !== 'unconfirmed') throw new Error(shown.kind);
    const { token: confirm, merged } = shown.refusal;
    expect(settle({ ...mine, confirm }, view, free)).toMatchObject({
      kind: 'save',
      versionKind: 'confirmed',
      body: { text: merged },
    });
    const unconfirmed = { refusal: { kind: 'unconfirmed' } };
    expect(settle({ ...mine, text: 'a: 1\nb: 1\nc: 2\n', confirm }, view, free)).toMatchObject(unconfirmed);
    const elsewhere = { ...mine, config: { ...config, path: 'other.yaml' }, confirm };
    expect(settle(elsewhere, view, free)).toMatchObject(unconfirmed);
  });
});
