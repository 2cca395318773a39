/** A text by request gets the verdict that an object with the same text and base gets, in words for its door. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../history/core/decide.ts';
import type { Law } from '../../../history/core/grants.ts';
import type { OnStale } from '../../../history/core/proposal.ts';
import { type Ask, decideAsk, decideStaleAsk, refuseClash } from '../../../history/core/request.ts';
import { blame, decideStale } from '../../../history/core/stale.ts';
import type { View } from '../../../history/words/model.ts';
import { readBody } from '../../../text/body.ts';
import { aProposal, aVersion, aView, emptyView } from './make.ts';

const config = { namespace: 'payments', path: 'limits/eu.yaml' };
const read = (text: string, format: 'json' | 'yaml') => readBody(text, format);
const free: Law = { write: null, read: null, policy: {} };

function ask(text: string, over: Partial<Ask> = {}): Ask {
  return { config, format: 'yaml', text, baseVersion: null, onStale: null, confirm: null, git: {}, ...over };
}

const history = ['a: 1\nb: 1\n', 'a: 2\nb: 1\n', 'a: 2\nb: 2\n'];
const versions = history.map((text, n) => aVersion(BigInt(n + 1), text));

/** Settles as far as pure code goes, to what is saved or why not; `base` is one of the versions, or none. */
function byRequest(one: Ask, view: View, law: Law) {
  const decision = decideAsk(one, view, read, law);
  if (decision.kind !== 'stale') return decision;
  const texts = { base: history[Number(decision.base.version) - 1]!, head: history[2]! };
  const outcome = decideStaleAsk(one, decision, texts, read, law);
  if (outcome.kind !== 'clash') return outcome;
  const since = versions.map((record, n) => ({ record, text: history[n]! }));
  return { kind: 'refused', refusal: refuseClash(one, outcome, since) } as const;
}

function byObject(spec: { body: string; baseVersion: number; onStale: OnStale }, view: View, law: Law) {
  const proposal = aProposal(spec);
  const decision = decide(proposal, view, read, law);
  if (decision.kind !== 'stale' || decision.base.kind !== 'version') return decision;
  const texts = { base: history[Number(decision.base.record.version) - 1]!, head: history[2]! };
  const outcome = decideStale(proposal, decision, texts, read);
  if (outcome.kind !== 'clash') return outcome;
  const since = versions.map((record, n) => ({ record, text: history[n]! }));
  return { kind: 'refused', refusal: blame(outcome, since) } as const;
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
    const law: fc.Arbitrary<Law> = fc.record({
      write: fc.constantFrom(null, { reason: 'PathNotAllowed' as const, message: 'no.', rendered: false }),
      read: fc.constant(null),
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
          const mine = byRequest(ask(text, { baseVersion: BigInt(baseVersion), onStale }), view, rules);
          const theirs = byObject({ body: text, baseVersion, onStale }, view, rules);
          // The one difference: to create what exists is no idle re-apply, it was somebody else who did.
          if (exists && baseVersion === 0 && theirs.kind === 'unchanged') {
            expect(mine).toMatchObject({ kind: 'refused', refusal: { reason: 'AlreadyExists' } });
            return;
          }
          expect(mine.kind).toBe(theirs.kind);
          if (mine.kind === 'refused' && theirs.kind === 'refused') {
            expect(mine.refusal.reason).toBe(theirs.refusal.reason);
            expect(mine.refusal.conflict?.merged ?? undefined).toBe(theirs.refusal.conflict?.merged);
            expect(mine.refusal.message).not.toMatch(/spec\.|kubectl|this object|annotat/);
          }
          if (mine.kind === 'save' && theirs.kind === 'save') {
            expect(mine.body).toEqual(theirs.body);
            expect(mine.expectedHead).toBe(theirs.expectedHead);
          }
        },
      ),
    );
  });
});

describe('a request without a base', () => {
  const view = aView(versions[2]!);
  it('is saved on top of the latest, unless the policy requires a base', () => {
    expect(byRequest(ask('a: 7\n'), view, free)).toMatchObject({
      kind: 'save',
      expectedHead: 3n,
      versionKind: 'direct',
    });
    const strict = { ...free, policy: { requireBaseVersion: true } };
    expect(byRequest(ask('a: 7\n'), view, strict)).toMatchObject({
      refusal: { reason: 'BaseVersionRequired' },
    });
    expect(byRequest(ask('a: 7\n'), emptyView, strict)).toMatchObject({ kind: 'save', expectedHead: 0n });
  });

  it('has the format of the config, or of a new path, when it states none', () => {
    expect(byRequest(ask('{"a": 1}', { format: null }), view, free)).toMatchObject({ format: 'yaml' });
    const json = { namespace: 'payments', path: 'a.json' };
    expect(byRequest(ask('a: 1\n', { format: null, config: json }), emptyView, free)).toMatchObject({
      kind: 'refused',
    });
    expect(byRequest(ask('{}', { format: 'json' }), view, free)).toMatchObject({
      refusal: { reason: 'FormatMismatch' },
    });
  });
});

describe('a token', () => {
  it('saves the result it was given for, and no other', () => {
    const view = aView(versions[2]!, { base: versions[0]! });
    const mine = ask('a: 1\nb: 1\nc: 1\n', { baseVersion: 1n, onStale: 'Confirm' });
    const shown = byRequest(mine, view, free);
    if (shown.kind !== 'refused') throw new Error(shown.kind);
    const confirm = shown.refusal.conflict?.token ?? '';
    const saved = byRequest({ ...mine, confirm }, view, free);
    expect(saved).toMatchObject({
      kind: 'save',
      versionKind: 'confirmed',
      body: { text: shown.refusal.conflict?.merged },
    });
    const other = byRequest({ ...mine, text: 'a: 1\nb: 1\nc: 2\n', confirm }, view, free);
    expect(other).toMatchObject({ refusal: { reason: 'ConfirmationRequired' } });
    const elsewhere = { ...mine, config: { ...config, path: 'other.yaml' }, confirm };
    expect(byRequest(elsewhere, view, free)).toMatchObject({ refusal: { reason: 'ConfirmationRequired' } });
  });
});
