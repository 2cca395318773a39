/** Deleting a config needs the right to delete, and takes along only what the deleter saved last. */
import { describe, expect, it } from 'vitest';
import { type DeleteAsk, decideDelete } from '../../../history/core/delete.ts';
import type { Refusal } from '../../../history/core/refusal.ts';
import { aLine, aVersion, aView, emptyView, law } from './make.ts';

const config = { namespace: 'payments', path: 'limits/eu.yaml' };
const head = aVersion(3n, 'c');
const request: DeleteAsk = { config, baseVersion: null, git: {}, object: null };
const object: DeleteAsk = { ...request, object: { suspended: false, asker: null, blind: false } };
const own = aView(head, { line: aLine('c', { version: 3n }), headIsOwn: true });
const denied: Refusal = {
  ...{ kind: 'no-right', config, right: 'delete', from: 'evil', readable: true },
  rules: { kind: 'listed', paths: [] },
};

describe.each([
  ['a request', request],
  ['an object', object],
])('%s', (_, ask) => {
  it('deletes the latest version it found', () => {
    expect(decideDelete(ask, own, law)).toEqual({ kind: 'delete', expectedHead: 3n, sha256: head.sha256 });
  });

  it('needs the right to delete: to write is not enough', () => {
    expect(decideDelete(ask, own, { ...law, delete: denied })).toEqual({ kind: 'refused', refusal: denied });
  });

  it('comes from Git where every change must', () => {
    const strict = { ...law, policy: { requireGitCommit: true, allowDirty: false } };
    expect(decideDelete(ask, own, strict)).toMatchObject({ refusal: { kind: 'no-commit' } });
    const dirty = { ...ask, git: { commit: 'c0ffee1', dirty: true } };
    expect(decideDelete(dirty, own, strict)).toMatchObject({ refusal: { kind: 'dirty' } });
    expect(decideDelete({ ...ask, git: { commit: 'c0ffee1' } }, own, strict)).toMatchObject({
      kind: 'delete',
    });
  });

  it('finds nothing where there is no version', () => {
    expect(decideDelete(ask, emptyView, law)).toEqual({ kind: 'missing' });
  });

  it('deletes nothing that somebody saved since', () => {
    expect(decideDelete({ ...ask, baseVersion: 2n }, own, law)).toMatchObject({
      refusal: { kind: 'moved', baseVersion: 2n, head },
    });
  });
});

describe('an object', () => {
  const kept = (facts: Partial<NonNullable<DeleteAsk['object']>>, view = own) => {
    const decision = decideDelete({ ...object, object: { ...object.object!, ...facts } }, view, law);
    return decision.kind === 'kept' ? decision.why.kind : decision.kind;
  };

  it('takes the config along only if it saved the latest version of it', () => {
    expect(kept({}, { ...own, headIsOwn: false })).toBe('not-its-own');
  });

  it('leaves it to others who ask for it, and to those nobody sees', () => {
    expect(kept({ asker: { namespace: 'payments', name: 'other' } })).toBe('asked-for');
    expect(kept({ blind: true })).toBe('unseen');
  });

  it('takes nothing along while suspended, or when nothing it proposed was accepted', () => {
    expect(kept({ suspended: true })).toBe('suspended');
    expect(kept({}, { ...own, line: null })).toBe('never-accepted');
  });
});

describe('a request', () => {
  it('states the version it is about where the policy says so', () => {
    const strict = { ...law, policy: { requireBaseVersion: true } };
    expect(decideDelete(request, own, strict)).toMatchObject({
      refusal: { kind: 'base-demanded', deed: 'delete' },
    });
    expect(decideDelete({ ...request, baseVersion: 3n }, own, strict)).toMatchObject({ kind: 'delete' });
  });
});
