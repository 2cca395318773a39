import { describe, expect, it } from 'vitest';
import { readTerms } from '../../operator/object/terms.ts';
import { anObject } from '../history/core/make.ts';

const stamps = {
  'pawl.dev/requested-by': 'ada',
  'pawl.dev/confirmed-by': 'bob',
  'pawl.dev/confirm': 'token',
};
const read = (trustStamps: boolean, annotations: Record<string, string> = stamps) =>
  readTerms(anObject({}, { annotations }), { cluster: 'default', trustStamps });

describe('who asked', () => {
  it('is the API server’s stamp where the admission policies are installed', () => {
    expect(read(true)).toMatchObject({ actor: { name: 'ada', verified: true }, confirmedBy: 'bob' });
  });

  it('is a field manager’s name, marked unverified, where any client could have written the stamp', () => {
    expect(read(false)).toMatchObject({ actor: { name: 'kubectl', verified: false }, confirmedBy: null });
    expect(read(true, {})).toMatchObject({ actor: { name: 'kubectl', verified: false }, confirmedBy: null });
  });
});

describe('who confirmed at our API', () => {
  const confirmed = (conflict: object) => {
    const object = { ...anObject({}, { annotations: stamps }), status: { conflict } };
    return readTerms(object, { cluster: 'default', trustStamps: false });
  };

  it('is believed without the admission policies, for the token that the status shows', () => {
    const conflict = { token: 'shown', confirmedBy: 'cem' };
    expect(confirmed(conflict)).toMatchObject({ confirm: 'shown', confirmedBy: 'cem' });
  });

  it('is nobody where the status shows another result by now, and the annotation counts', () => {
    expect(confirmed({ token: 'shown' })).toMatchObject({ confirm: 'token', confirmedBy: null });
  });
});

describe('the Git origin', () => {
  const annotations = {
    'pawl.dev/git-commit': '3f2c9a1d',
    'pawl.dev/git-branch': 'main',
    'pawl.dev/git-dirty': 'true',
  };

  it('comes from annotations for tools that can set those only', () => {
    expect(read(false, annotations).git).toEqual({ commit: '3f2c9a1d', branch: 'main', dirty: true });
  });

  it('comes from the spec where that says something', () => {
    const object = anObject({ git: { commit: 'aaaaaaa' } }, { annotations });
    expect(readTerms(object, { cluster: 'default', trustStamps: false }).git).toEqual({
      commit: 'aaaaaaa',
    });
  });

  it('is none when the annotation is not a commit', () => {
    expect(read(false, { 'pawl.dev/git-commit': '$ARGOCD_APP_REVISION' }).git).toEqual({});
    expect(read(false, { 'pawl.dev/git-dirty': 'true' }).git).toEqual({ dirty: true });
  });
});
