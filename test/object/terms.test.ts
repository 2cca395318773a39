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

  it.each([
    ['ABCDEF1234567', { commit: 'abcdef1234567' }],
    ['main@sha1:3f2c9a1d3f2c9a1d3f2c9a1d3f2c9a1d3f2c9a1d', { commit: '3f2c9a1d'.repeat(5), branch: 'main' }],
    ['refs/heads/team/x@sha1:3f2c9a1', { commit: '3f2c9a1', branch: 'team/x' }],
    ['sha1:3f2c9a1d', { commit: '3f2c9a1d' }],
    ['v1.2.3-14-g3f2c9a1', { commit: '3f2c9a1' }],
    [' 3f2c9a1d\n', { commit: '3f2c9a1d' }],
  ])('is taken in the spelling of tools: %j', (told, git) => {
    const terms = read(false, { 'pawl.dev/git-commit': told });
    expect([terms.git, terms.gitWarning]).toEqual([git, null]);
  });

  it.each(['v1.2.3', 'HEAD', '3f2c9a', '$ARGOCD_APP_REVISION', 'a\u001b[2J'])(
    'is told where it is not a commit: %j',
    told => {
      const { git, gitWarning } = read(false, { 'pawl.dev/git-commit': told });
      expect(git).toEqual({});
      expect(gitWarning).toMatch(/^Its annotation pawl\.dev\/git-commit, “[ -~]+”, is not a Git commit/);
    },
  );
});
