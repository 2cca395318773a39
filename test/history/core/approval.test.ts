/** Whose approval of what counts: a change is the same edit at the same places, wherever others have saved meanwhile. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  approvedAs,
  approversOf,
  countNeeded,
  tokenOfAll,
  unapproved,
  unapprovedRefusal,
} from '../../../history/core/approval.ts';
import type { SaveDecision } from '../../../history/core/decide.ts';
import type { Edit } from '../../../history/core/edit.ts';
import { neededApproval } from '../../../history/words/policy.ts';
import { merge } from '../../../merge/merge.ts';
import { readBody } from '../../../text/body.ts';
import type { Format } from '../../../text/format.ts';
import { anEdit, aRequest, aVersion, person } from './make.ts';

const read = (text: string, format: Format) => readBody(text, format, { maxBytes: 1 << 20 });
const rule = { count: 1, authorMayApprove: false };
const at = new Date('2026-01-02T03:04:05Z');
const approved = (token: string, ...names: string[]) => ({ token, by: names.map(name => ({ name, at })) });

/** What an edit made on `base` waits with, when the latest is `head`. */
function waiting(base: string, head: string | null, mine: string, edit: Edit = aRequest(mine), more = rule) {
  const merged =
    head === null ? { kind: 'clean' as const, text: mine } : merge(base, head, mine, { format: 'yaml' });
  if (merged.kind !== 'clean') throw new Error(merged.kind);
  const [body, proposed] = [merged.text, mine].map(text => {
    const reading = read(text, 'yaml');
    if (!reading.ok) throw new Error(reading.problem.message);
    return reading.body;
  });
  const save: SaveDecision = {
    ...{
      kind: 'save',
      body: body!,
      proposed: proposed!,
      format: 'yaml',
      expectedHead: head === null ? 0n : 2n,
    },
    ...{ versionKind: 'direct', mergedPaths: [] },
  };
  const record = head === null ? null : aVersion(2n, head);
  return unapproved(edit, save, record, head ?? '', more, read);
}

const base = 'cap: 1\nfee: 1\nhosts:\n  - a\n  - b\n';
const mine = base.replace('cap: 1', 'cap: 5');

describe('the token of a change', () => {
  it('stays when others change other places, and is another one when they change the same', () => {
    const { token } = waiting(base, base, mine);
    expect(waiting(base, base.replace('fee: 1', 'fee: 2'), mine).token).toBe(token);
    expect(waiting(base, `# caps\n${base}new: 1\n`, mine).token).toBe(token);
    expect(waiting('cap: 1\n', 'cap: 3\n', 'cap: 5\n'.replace('5', '3')).token).not.toBe(token);
  });

  it('is another one for another text, object, generation or config, and for a first version', () => {
    const tokens = [
      waiting(base, base, mine),
      waiting(base, base, base.replace('cap: 1', 'cap: 6')),
      waiting(base, base, mine, aRequest(mine, { config: { namespace: 'payments', path: 'other.yaml' } })),
      waiting(base, base, mine, anEdit({ body: mine })),
      waiting(base, base, mine, anEdit({ body: mine }, { generation: 2 })),
      waiting(base, base, mine, anEdit({ body: mine }, { uid: 'uid-2' })),
      waiting(base, null, mine),
    ].map(({ token }) => token);
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(tokens.every(token => /^[0-9a-f]{32}$/.test(token))).toBe(true);
  });

  it('is another one when the same lines are changed at another place', () => {
    const two = 'a:\n  cap: 1\nb:\n  cap: 1\n';
    const [first, second] = ['a:\n  cap: 2\nb:\n  cap: 1\n', 'a:\n  cap: 1\nb:\n  cap: 2\n'];
    const same = aRequest(first);
    const save = (text: string) => waiting(two, two, text, same).token;
    expect(save(first)).not.toBe(save(second));
  });

  it('names all changes of a request, and of one change is its own', () => {
    const [one, two] = [waiting(base, base, mine), waiting(base, base, `${base}new: 1\n`)];
    expect(tokenOfAll([one])).toBe(one.token);
    expect(tokenOfAll([one, two])).not.toBe(tokenOfAll([two, one]));
  });

  it('property: stays under every edit that touches other keys', () => {
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const text = (values: readonly number[]) => values.map((value, n) => `${keys[n]}: ${value}\n`).join('');
    const values = fc.array(fc.nat(9), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(values, values, fc.nat(4), (before, theirs, at) => {
        const edited = before.map((value, n) => (n === at ? value + 10 : value));
        const head = theirs.map((value, n) => (n === at ? before[n]! : value));
        const first = waiting(text(before), text(before), text(edited)).token;
        expect(waiting(text(before), text(head), text(edited)).token).toBe(first);
      }),
    );
  });
});

describe('an approval', () => {
  const { token } = waiting(base, base, mine);
  const change = { token, rule };

  it('counts for its own change only, and each person once', () => {
    expect(approversOf(change, person('cem'), approved('another', 'bob'))).toEqual([]);
    expect(approversOf(change, person('cem'), approved(token, 'bob', 'bob', 'eve'))).toHaveLength(2);
  });

  it('of who proposed it counts only where the policy says so', () => {
    const own = approved(token, 'cem');
    expect(approversOf(change, person('cem'), own)).toEqual([]);
    expect(
      approversOf({ token, rule: { ...rule, authorMayApprove: true } }, person('cem'), own),
    ).toHaveLength(1);
  });

  it('needs one person more where nobody knows who proposed it, so that two people saw it', () => {
    const unknown = { name: 'kubectl', verified: false };
    const whole = waiting(base, base, mine);
    expect([countNeeded(rule, person('cem')), countNeeded(rule, unknown)]).toEqual([1, 2]);
    expect(approvedAs(whole, unknown, approved(token, 'bob'))).toBeNull();
    expect(approvedAs(whole, unknown, approved(token, 'bob', 'eve'))).toEqual({
      token: whole.token,
      names: ['bob', 'eve'],
    });
    expect(countNeeded({ ...rule, authorMayApprove: true }, unknown)).toBe(1);
  });

  it('of what was changed since is told to be asked again', () => {
    const whole = waiting(base, base, mine);
    const asked = aRequest(mine, { actor: person('cem') });
    expect(
      unapprovedRefusal(asked, whole, { approvals: approved('before', 'bob'), rejection: null }),
    ).toMatchObject({
      ...{ isAskedAgain: true, approvers: [], needed: 1, change: expect.stringContaining('+cap: 5') },
    });
    const no = { token: 'before', name: 'bob', at, reason: 'too high' };
    expect(unapprovedRefusal(asked, whole, { approvals: null, rejection: no }).rejection).toBeNull();
    expect(
      unapprovedRefusal(asked, whole, { approvals: null, rejection: { ...no, token } }).rejection,
    ).toMatchObject({ name: 'bob' });
  });
});

it('several rules of a config ask for what the strictest asks', () => {
  const policy = {
    approval: [
      { paths: ['limits'], count: 2, authorMayApprove: true },
      { paths: ['limits/eu.yaml'] },
      { paths: ['x'] },
    ],
  };
  expect(neededApproval(policy, 'limits/eu.yaml')).toEqual({ count: 2, authorMayApprove: false });
  expect(neededApproval(policy, 'limits/us.yaml')).toEqual({ count: 2, authorMayApprove: true });
  expect(neededApproval(policy, 'rates.yaml')).toBeNull();
  expect(neededApproval({ approval: [{}] }, 'rates.yaml')).toEqual({ count: 1, authorMayApprove: false });
});
