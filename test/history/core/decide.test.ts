import { describe, expect, it } from 'vitest';
import { type BodyReading, decide, type StaleEdit } from '../../../history/core/decide.ts';
import type { Edit } from '../../../history/core/edit.ts';
import { refuseImport } from '../../../history/core/import.ts';
import type { Law } from '../../../history/core/law.ts';
import { type Refusal, reasonOf } from '../../../history/core/refusal.ts';
import { decideStale } from '../../../history/core/stale.ts';
import { nothingSince } from '../../../history/core/take-back.ts';
import type { Line, View } from '../../../history/words/model.ts';
import type { PolicySpec } from '../../../operator/object/config-namespace.ts';
import { aLine, anEdit, aVersion, aView, emptyView, law, readAnything, sha } from './make.ts';

const run = (proposal: Edit, view: View, read: (text: string) => BodyReading = readAnything) =>
  decide(proposal, view, read, law);

const outcomeOf = (proposal: Edit, view: View) => {
  const decision = run(proposal, view);
  return decision.kind === 'refused' ? reasonOf(decision.refusal) : decision.kind;
};

const unreadable = (): BodyReading => ({
  ok: false,
  problem: { reason: 'InvalidBody', code: 'Syntax', line: 1, column: 1, message: 'line 1, column 1: no' },
});

describe('a proposal accepted before', () => {
  const head = aVersion(3n, 'c');

  it('gets the same answer, without its text being read again', () => {
    const line = aLine('a', { generation: 4n, version: 2n, supersededBy: 3n });
    const decision = run(anEdit({ body: 'a' }, { generation: 4 }), aView(head, { line }), unreadable);
    expect(decision).toEqual({ kind: 'accepted', line });
  });

  it('is outdated when a later generation of the same object was accepted', () => {
    const line = aLine('a', { generation: 5n });
    expect(run(anEdit({}, { generation: 4 }), aView(head, { line })).kind).toBe('outdated');
  });

  it('is not taken for accepted when its generation was accepted with another text: the cluster was restored', () => {
    const line = aLine('a', { generation: 4n });
    expect(run(anEdit({ body: 'b' }, { generation: 4 }), aView(head, { line })).kind).toBe('outdated');
  });

  it('is not mistaken for one of an earlier object of the same name', () => {
    const line = aLine('a', { uid: 'uid-0', generation: 9n, version: 3n });
    expect(run(anEdit({ body: 'd' }, { generation: 1 }), aView(head, { line })).kind).toBe('stale');
  });
});

describe('a text that cannot be read', () => {
  it('is refused before anything else about it is looked at', () => {
    const decision = run(anEdit({ baseVersion: 99 }), aView(aVersion(1n, 'a')), unreadable);
    expect(decision).toMatchObject({ kind: 'refused', refusal: { kind: 'unreadable' } });
  });

  it('is read where it is merged, if it is stale, and is refused there', () => {
    const [base, head] = [aVersion(1n, 'a'), aVersion(2n, 'b')];
    const edit = anEdit({ body: 'c', baseVersion: 1 });
    const found = run(edit, aView(head, { base }), unreadable) as StaleEdit;
    expect(found.kind).toBe('stale');
    const texts = { base: 'a', head: 'b' };
    const decision = decideStale(edit, found, texts, unreadable, law, nothingSince);
    expect(decision).toMatchObject({ kind: 'refused', refusal: { kind: 'unreadable', head } });
  });

  it('is told of before a freeze, stale or not', () => {
    const freeze = { by: 'ops', reason: 'audit', since: new Date(0), until: null };
    const at = { ...law, freeze } as unknown as Law;
    for (const baseVersion of [1, 2]) {
      const view = aView(aVersion(2n, 'b'), { base: aVersion(1n, 'a') });
      const edit = anEdit({ body: 'c', baseVersion });
      expect(decide(edit, view, unreadable, at)).toMatchObject({ refusal: { kind: 'unreadable' } });
      expect(decide(edit, view, readAnything, at)).toMatchObject({ refusal: { kind: 'frozen' } });
    }
  });
});

describe('a path that ends like the address of versions', () => {
  it.each(['a/versions', 'a/versions/7'])('such as %j is not for a new config', path => {
    expect(run(anEdit({ path }), emptyView)).toMatchObject({
      refusal: { kind: 'not-a-path', fault: expect.stringContaining('/versions') },
    });
  });

  it('is not for one that comes from Git, either', () => {
    const commit = {
      ...{ config: { namespace: 'payments', path: 'a/versions' }, format: null, text: 'a', after: 0n },
      ...{ author: '', comment: '', authored: { at: new Date(0), offsetMinutes: 0 }, parentSha256: null },
      git: { commit: 'c0ffee1' },
    };
    expect(refuseImport(commit, emptyView)).toMatchObject({ kind: 'not-a-path' });
    const known = aView(aVersion(1n, 'a'));
    expect(refuseImport({ ...commit, after: 1n, parentSha256: known.head!.sha256 }, known)).toBeNull();
  });

  it('stays that of a config which has it already', () => {
    const edit = anEdit({ path: 'a/versions', body: 'a' });
    expect(run(edit, aView(aVersion(1n, 'a')))).toMatchObject({ kind: 'unchanged' });
    expect(run(edit, { ...aView(aVersion(1n, 'a')), head: null })).toMatchObject({ kind: 'save' });
  });
});

describe('a path that is not canonical', () => {
  it.each(['a/../b', 'a//b', '/a', 'a/', 'a%2fb', ''])('such as %j is not allowed', path => {
    const decision = run(anEdit({ path }), emptyView);
    expect(decision).toMatchObject({
      kind: 'refused',
      refusal: { kind: 'not-a-path' },
    });
  });
});

describe('a config without a version', () => {
  const deleted: View = { ...emptyView, config: { id: '1', format: 'json', lastVersion: 7n } };

  it.each([undefined, 0])('is created by a proposal with base %s', baseVersion => {
    const spec = baseVersion === undefined ? {} : { baseVersion };
    expect(run(anEdit(spec), emptyView)).toMatchObject({ kind: 'save', expectedHead: 0n });
  });

  it('is created again after a delete, in any format', () => {
    expect(run(anEdit({}), deleted)).toMatchObject({ kind: 'save', expectedHead: 0n });
  });

  it('refuses a proposal that was edited from a version', () => {
    expect(outcomeOf(anEdit({ baseVersion: 7 }), emptyView)).toBe('BaseVersionGone');
    expect(outcomeOf(anEdit({ baseVersion: 7 }), deleted)).toBe('BaseVersionGone');
  });
});

describe('a text that is there already', () => {
  const head = aVersion(3n, 'c');

  it('is unchanged, whatever base it states', () => {
    for (const baseVersion of [undefined, 0, 1, 3, 9]) {
      const spec = { body: 'c', ...(baseVersion !== undefined && { baseVersion }) };
      expect(run(anEdit(spec), aView(head))).toMatchObject({
        kind: 'unchanged',
        version: 3n,
        expectedHead: 3n,
      });
    }
  });

  it('is unchanged when it is what its source said last, even if others saved since', () => {
    const line = aLine('a', { uid: 'gone', version: 1n });
    expect(run(anEdit({ body: 'a' }), aView(head, { line }))).toMatchObject({
      kind: 'unchanged',
      version: 1n,
    });
  });

  it('is a new edit when its source states another base with it', () => {
    const line = aLine('a', { generation: 1n, baseVersion: 1n, version: 2n });
    const proposal = anEdit({ body: 'a', baseVersion: 3 }, { generation: 2 });
    expect(run(proposal, aView(head, { line }))).toMatchObject({ kind: 'save', expectedHead: 3n });
  });

  it('in the other format is refused all the same', () => {
    expect(outcomeOf(anEdit({ body: 'c', format: 'json' }), aView(head))).toBe('FormatMismatch');
  });
});

describe('the base', () => {
  const head = aVersion(3n, 'c');
  const older = aVersion(2n, 'b');

  it.each([
    [0, null, 'AlreadyExists'],
    [2, older, 'stale'],
    [2, null, 'BaseVersionGone'],
    [3, head, 'save'],
    [4, null, 'BaseVersionAhead'],
  ])('%s that exists as %o leads to %s', (baseVersion, base, outcome) => {
    expect(outcomeOf(anEdit({ body: 'x', baseVersion }), aView(head, { base }))).toBe(outcome);
  });

  it('that was the head before a delete is gone, not ahead', () => {
    const view = { ...aView(head), config: { id: '1', format: 'yaml' as const, lastVersion: 5n } };
    expect(outcomeOf(anEdit({ body: 'x', baseVersion: 5 }), view)).toBe('BaseVersionGone');
  });

  it('is refused where its number has another text than the one the object was told of', () => {
    const based = (sha256: string) => ({
      ...anEdit({ body: 'x', baseVersion: 3 }),
      known: { version: 3n, sha256 },
    });
    expect(outcomeOf(based(head.sha256), aView(head, { base: head }))).toBe('save');
    expect(outcomeOf(based(sha('lost')), aView(head, { base: head }))).toBe('BaseVersionGone');
  });

  it('is required from a source that was never heard of', () => {
    expect(outcomeOf(anEdit({ body: 'x' }), aView(head))).toBe('BaseVersionRequired');
  });

  it('is demanded where the text last accepted from the object was deleted, and nothing is merged from nothing', () => {
    const [before, now] = [aVersion(2n, 'b'), aVersion(3n, 'c')];
    const line = aLine('b', { version: before.version });
    const edited = anEdit({ body: 'x' }, { generation: 9 });
    expect(outcomeOf(edited, aView(now, { line }))).toBe('stale');
    expect(outcomeOf(edited, aView(now, { line: { ...line, textGone: true } }))).toBe('BaseVersionRequired');
  });

  it('of a known source is its last accepted text: fresh when that is the head', () => {
    const line = aLine('c', { version: 3n });
    expect(run(anEdit({ body: 'x' }, { generation: 2 }), aView(head, { line }))).toMatchObject({
      kind: 'save',
      expectedHead: 3n,
    });
  });

  it('of a known source is its last accepted text, not the merge that text became', () => {
    const line: Line = aLine('mine', { version: 3n, contentSha256: head.sha256, acceptedAs: 'Merged' });
    expect(run(anEdit({ body: 'x' }, { generation: 2 }), aView(head, { line }))).toMatchObject({
      kind: 'stale',
      base: { kind: 'line', line },
    });
  });
});

describe('the policy of a config namespace', () => {
  const under = (policy: PolicySpec, proposal: Edit, view: View) => {
    const decision = decide(proposal, view, readAnything, { ...law, policy });
    return decision.kind === 'refused' ? reasonOf(decision.refusal) : decision.kind;
  };
  const git = { commit: 'c0ffee1' };
  const existing = aView(aVersion(3n, 'c'));

  it('requireGitCommit refuses whatever names no commit, also a first version', () => {
    expect(under({ requireGitCommit: true }, anEdit(), emptyView)).toBe('MissingGitCommit');
    expect(under({ requireGitCommit: true }, anEdit({ git }), emptyView)).toBe('save');
  });

  it('allowDirty: false refuses a dirty work tree, and nothing else does', () => {
    const dirty = anEdit({ git: { ...git, dirty: true } });
    expect(under({ allowDirty: false }, dirty, emptyView)).toBe('MissingGitCommit');
    expect(under({ allowDirty: false }, anEdit({ git: { ...git, dirty: false } }), emptyView)).toBe('save');
    expect(under({ allowDirty: true }, dirty, emptyView)).toBe('save');
    expect(under({}, dirty, emptyView)).toBe('save');
  });

  it('requireBaseVersion refuses the next edit of a known source, but neither a first version nor no change', () => {
    const policy = { requireBaseVersion: true };
    const line = aLine('c', { generation: 1n, version: 3n });
    const known = aView(aVersion(3n, 'c'), { line });
    expect(under(policy, anEdit({ body: 'd' }, { generation: 2 }), known)).toBe('BaseVersionRequired');
    expect(under({}, anEdit({ body: 'd' }, { generation: 2 }), known)).toBe('save');
    expect(under(policy, anEdit({ body: 'd', baseVersion: 3 }), existing)).toBe('save');
    expect(under(policy, anEdit({ body: 'c' }), existing)).toBe('unchanged');
    expect(under(policy, anEdit(), emptyView)).toBe('save');
  });

  it('is not held against what was accepted before it', () => {
    const line = aLine('a', { generation: 1n });
    const view = aView(aVersion(1n, 'a'), { line });
    expect(under({ requireGitCommit: true, requireBaseVersion: true }, anEdit({ body: 'a' }), view)).toBe(
      'accepted',
    );
  });

  it('is nothing to somebody who may not write', () => {
    const config = { namespace: 'payments', path: 'limits/eu.yaml' };
    const refusal: Refusal = { kind: 'not-a-path', config, fault: 'no' };
    const policy = { requireGitCommit: true };
    const decision = decide(anEdit(), emptyView, readAnything, { ...law, write: refusal, policy });
    expect(decision).toEqual({ kind: 'refused', refusal });
  });
});
