import { describe, expect, it } from 'vitest';
import { decide, type StaleEdit } from '../../../history/core/decide.ts';
import type { Edit } from '../../../history/core/edit.ts';
import { type Refusal, type RefusalOf, reasonOf } from '../../../history/core/refusal.ts';
import { blame, decideStale, type StaleDecision } from '../../../history/core/stale.ts';
import { nothingSince } from '../../../history/core/take-back.ts';
import { anEdit, aVersion, aView, law, readAnything, sha } from './make.ts';

const base = '# caps\ncap: 1000 # agreed\nfee: 0.5\n';
const head = '# caps\ncap: 1200 # agreed\nfee: 0.5\n';
const elsewhere = '# caps\ncap: 1000 # agreed\nfee: 0.4\n';
const samePlace = '# caps\ncap: 1500 # agreed\nfee: 0.5\n';
const both = '# caps\ncap: 1200 # agreed\nfee: 0.4\n';

const config = { namespace: 'payments', path: 'limits/eu.yaml' };
const headRecord = aVersion(3n, head, { author: 'bob@example.com' });
const view = aView(headRecord, { base: aVersion(1n, base) });

function settle(edit: Edit, texts = { base, head }, at = view): StaleDecision {
  const decision = decide(edit, at, readAnything, law);
  expect(decision.kind).toBe('stale');
  return decideStale(edit, decision as StaleEdit, texts, readAnything, law, nothingSince);
}

const stale = (body: string, more = {}, annotations = {}) =>
  anEdit({ body, baseVersion: 1, ...more }, { annotations });

const refusalOf = (decision: StaleDecision): Refusal => {
  if (decision.kind !== 'refused') throw new Error(`not refused: ${decision.kind}`);
  return decision.refusal;
};

const shownOf = (decision: StaleDecision): RefusalOf<'unconfirmed'> => {
  const refusal = refusalOf(decision);
  if (refusal.kind !== 'unconfirmed') throw new Error(`not to be confirmed: ${refusal.kind}`);
  return refusal;
};

describe('an edit elsewhere', () => {
  it('is saved merged where its author said Merge, comments and all', () => {
    expect(settle(stale(elsewhere, { onStale: 'Merge' }))).toMatchObject({
      kind: 'save',
      versionKind: 'merged',
      expectedHead: 3n,
      body: { text: both },
      proposed: { sha256: sha(elsewhere) },
      mergedPaths: ['/fee'],
    });
  });

  it('is shown first where its author asked to see it, which is the default with a base', () => {
    const refusal = shownOf(settle(stale(elsewhere)));
    expect(reasonOf(refusal)).toBe('ConfirmationRequired');
    expect(refusal).toMatchObject({ merged: both, head: headRecord, takesBack: [], sent: null });
    expect(refusal.stale).toMatchObject({ base: { record: { version: 1n } } });
    expect(refusal.stale.diff).toContain('-fee: 0.5\n+fee: 0.4');
    expect(refusal.mergedDiff).toContain('-fee: 0.5\n+fee: 0.4');
  });

  it('is saved as exactly what was shown when the token says so', () => {
    const token = shownOf(settle(stale(elsewhere))).token;
    expect(settle(stale(elsewhere, {}, { 'pawl.dev/confirm': token }))).toMatchObject({
      kind: 'save',
      versionKind: 'confirmed',
      body: { text: both },
    });
  });

  it('is not saved by the token of another head, another object, another generation or another edit', () => {
    const token = shownOf(settle(stale(elsewhere))).token;
    const annotations = { 'pawl.dev/confirm': token };
    const movedOn = aView(aVersion(4n, `${head}more: 1\n`), { base: aVersion(1n, base) });
    const resaved = aView(aVersion(4n, head), { base: aVersion(1n, base) });
    const others: [string, StaleDecision][] = [
      ['head', settle(stale(elsewhere, {}, annotations), { base, head: `${head}more: 1\n` }, movedOn)],
      ['head that says the same', settle(stale(elsewhere, {}, annotations), { base, head }, resaved)],
      ['object', settle(anEdit({ body: elsewhere, baseVersion: 1 }, { annotations, uid: 'uid-2' }))],
      ['generation', settle(anEdit({ body: elsewhere, baseVersion: 1 }, { annotations, generation: 2 }))],
      ['edit', settle(stale(elsewhere.replace('0.4', '0.3'), {}, annotations))],
    ];
    for (const [what, decision] of others) {
      const refusal = shownOf(decision);
      expect(refusal.token, what).not.toBe(token);
      expect(refusal.sent, what).toBe(token);
    }
  });

  it('is only reported where its author said Reject', () => {
    expect(refusalOf(settle(stale(elsewhere, { onStale: 'Reject' })))).toMatchObject({ kind: 'rejected' });
  });

  it('is nothing when the head has it already', () => {
    expect(
      settle(stale(head.replace('cap: 1200', 'cap: 1000').replace('0.5', '0.5 ')), { base, head }).kind,
    ).not.toBe('clash');
    expect(
      settle(stale(elsewhere), { base, head: both }, aView(aVersion(3n, both), { base: aVersion(1n, base) })),
    ).toMatchObject({
      kind: 'unchanged',
      version: 3n,
    });
  });

  it('is refused when the merged text could not be saved', () => {
    const proposal = stale(elsewhere, { onStale: 'Merge' });
    const found = decide(proposal, view, readAnything, law) as StaleEdit;
    const tooLarge = {
      reason: 'BodyTooLarge',
      code: 'TooLarge',
      line: 1,
      column: 1,
      message: 'too large',
    } as const;
    const unreadable = () => ({ ok: false, problem: tooLarge }) as const;
    const decision = decideStale(proposal, found, { base, head }, unreadable, law, nothingSince);
    expect(reasonOf(refusalOf(decision))).toBe('BodyTooLarge');
  });
});

describe('an edit of the same place', () => {
  it('is a clash, whatever onStale says, and names the place and its three sides', () => {
    for (const onStale of ['Merge', 'Confirm']) {
      const decision = settle(stale(samePlace, { onStale }));
      if (decision.kind !== 'clash') throw new Error(decision.kind);
      const refusal = blame(config, decision, []);
      expect(reasonOf(refusal)).toBe('VersionConflict');
      const sides = { base: { text: '1000' }, current: { text: '1200' }, proposed: { text: '1500' } };
      expect(refusal.places).toMatchObject([{ kind: 'EditEdit', path: 'cap', ...sides, by: headRecord }]);
    }
  });

  it('names the person who changed that place, not whoever saved last', () => {
    const decision = settle(stale(samePlace));
    if (decision.kind !== 'clash') throw new Error(decision.kind);
    const second = aVersion(2n, '', { author: 'ada@example.com' });
    const refusal = blame(config, decision, [
      { record: second, text: head },
      { record: headRecord, text: head },
    ]);
    expect(refusal.places.map(({ by }) => by)).toEqual([second]);
  });
});

describe('a result that is the very text that was proposed', () => {
  it('has nothing to show, and is saved', () => {
    const mine = head.replace('fee: 0.5', 'fee: 0.4');
    expect(settle(stale(mine))).toMatchObject({ kind: 'save', versionKind: 'merged', body: { text: mine } });
  });
});
