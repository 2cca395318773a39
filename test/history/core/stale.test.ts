import { describe, expect, it } from 'vitest';
import { type Decision, decide } from '../../../history/core/decide.ts';
import type { Proposal } from '../../../history/core/proposal.ts';
import { blame, decideStale, type StaleDecision } from '../../../history/core/stale.ts';
import { aProposal, aVersion, aView, readAnything } from './make.ts';

const base = '# caps\ncap: 1000 # agreed\nfee: 0.5\n';
const head = '# caps\ncap: 1200 # agreed\nfee: 0.5\n';
const elsewhere = '# caps\ncap: 1000 # agreed\nfee: 0.4\n';
const samePlace = '# caps\ncap: 1500 # agreed\nfee: 0.5\n';
const both = '# caps\ncap: 1200 # agreed\nfee: 0.4\n';

const headRecord = aVersion(3n, head, { author: 'bob@example.com' });
const view = aView(headRecord, { base: aVersion(1n, base) });

function settle(proposal: Proposal, texts = { base, head }, at = view): StaleDecision {
  const decision = decide(proposal, at, readAnything);
  expect(decision.kind).toBe('stale');
  return decideStale(proposal, decision as Extract<Decision, { kind: 'stale' }>, texts, readAnything);
}

const stale = (body: string, more = {}, annotations = {}) =>
  aProposal({ body, baseVersion: 1, ...more }, { annotations });

const refusalOf = (decision: StaleDecision) => {
  if (decision.kind !== 'refused') throw new Error(`not refused: ${decision.kind}`);
  return decision.refusal;
};

describe('an edit elsewhere', () => {
  it('is saved merged where its author said Merge, comments and all', () => {
    expect(settle(stale(elsewhere, { onStale: 'Merge' }))).toMatchObject({
      kind: 'save',
      versionKind: 'merged',
      expectedHead: 3n,
      body: { text: both },
      proposed: { text: elsewhere },
      mergedPaths: ['/fee'],
    });
  });

  it('is shown first where its author asked to see it, which is the default with a base', () => {
    const refusal = refusalOf(settle(stale(elsewhere)));
    expect(refusal).toMatchObject({
      reason: 'ConfirmationRequired',
      conflict: { baseVersion: '1', currentVersion: '3', currentAuthor: 'bob@example.com', merged: both },
    });
    expect(refusal.conflict?.diff).toContain('-fee: 0.5\n+fee: 0.4');
    expect(refusal.message).toContain(`pawl.dev/confirm=${refusal.conflict?.token}`);
  });

  it('is saved as exactly what was shown when the token says so', () => {
    const token = refusalOf(settle(stale(elsewhere))).conflict!.token!;
    expect(settle(stale(elsewhere, {}, { 'pawl.dev/confirm': token }))).toMatchObject({
      kind: 'save',
      versionKind: 'confirmed',
      body: { text: both },
    });
  });

  it('is not saved by the token of another head, another object, another generation or another edit', () => {
    const token = refusalOf(settle(stale(elsewhere))).conflict!.token!;
    const annotations = { 'pawl.dev/confirm': token };
    const movedOn = aView(aVersion(4n, `${head}more: 1\n`), { base: aVersion(1n, base) });
    const others: [string, StaleDecision][] = [
      ['head', settle(stale(elsewhere, {}, annotations), { base, head: `${head}more: 1\n` }, movedOn)],
      ['object', settle(aProposal({ body: elsewhere, baseVersion: 1 }, { annotations, uid: 'uid-2' }))],
      ['generation', settle(aProposal({ body: elsewhere, baseVersion: 1 }, { annotations, generation: 2 }))],
      ['edit', settle(stale(elsewhere.replace('0.4', '0.3'), {}, annotations))],
    ];
    for (const [what, decision] of others) {
      const refusal = refusalOf(decision);
      expect(refusal.reason, what).toBe('ConfirmationRequired');
      expect(refusal.conflict?.token, what).not.toBe(token);
      expect(refusal.message, what).toContain('is not for this result');
    }
  });

  it('is only reported where its author said Reject', () => {
    expect(refusalOf(settle(stale(elsewhere, { onStale: 'Reject' })))).toMatchObject({
      reason: 'VersionConflict',
    });
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
    const decision = decide(proposal, view, readAnything) as Extract<Decision, { kind: 'stale' }>;
    const tooLarge = {
      reason: 'BodyTooLarge',
      code: 'TooLarge',
      line: 1,
      column: 1,
      message: 'too large',
    } as const;
    const outcome = decideStale(proposal, decision, { base, head }, () => ({ ok: false, problem: tooLarge }));
    expect(refusalOf(outcome).reason).toBe('BodyTooLarge');
  });
});

describe('an edit of the same place', () => {
  it('is a clash, whatever onStale says, and names the place and its three sides', () => {
    for (const onStale of ['Merge', 'Confirm']) {
      const decision = settle(stale(samePlace, { onStale }));
      if (decision.kind !== 'clash') throw new Error(decision.kind);
      const refusal = blame(decision, []);
      expect(refusal.reason).toBe('VersionConflict');
      expect(refusal.conflict?.places).toEqual([
        {
          kind: 'EditEdit',
          path: 'cap',
          base: '1000',
          current: '1200',
          proposed: '1500',
          changedIn: '3',
          changedBy: 'bob@example.com',
        },
      ]);
    }
  });

  it('names the person who changed that place, not whoever saved last', () => {
    const decision = settle(stale(samePlace));
    if (decision.kind !== 'clash') throw new Error(decision.kind);
    const refusal = blame(decision, [
      { record: aVersion(2n, '', { author: 'ada@example.com' }), text: head },
      { record: headRecord, text: head },
    ]);
    expect(refusal.message).toContain(
      'Changed by both: cap, from 1000 to 1200 by ada@example.com in version 2 and to 1500 by you',
    );
    expect(refusal.message).toContain('Agree with ada@example.com');
    expect(refusal.message).toContain('set spec.baseVersion: 3');
  });

  it('lists at most 20 places and counts the rest', () => {
    const many = (value: number) =>
      Array.from({ length: 30 }, (_, index) => `k${index}: ${value}\n`).join('');
    const at = aView(aVersion(3n, many(2)), { base: aVersion(1n, many(1)) });
    const decision = settle(stale(many(3)), { base: many(1), head: many(2) }, at);
    if (decision.kind !== 'clash') throw new Error(decision.kind);
    const { conflict, message } = blame(decision, []);
    expect(conflict?.places).toHaveLength(20);
    expect(conflict?.morePlaces).toBe(10);
    expect(message).toContain('and 27 more');
  });
});
