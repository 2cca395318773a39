/**
 * Where a commit can be looked at, when its remote is a forge whose addresses are known. Invariant: only https addresses of
 * those hosts are ever made, from parts that need no escape; anything else is null.
 */
const forges: Readonly<Record<string, string>> = {
  'github.com': '/commit/',
  'gitlab.com': '/-/commit/',
  'bitbucket.org': '/commits/',
  'codeberg.org': '/commit/',
};

const remotes =
  /^(?:https:\/\/(?:[^@/]*@)?|ssh:\/\/git@|git@)([a-z.]+)[/:]([A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)+)$/;

export function commitLink(remote: string | undefined, commit: string): string | null {
  const [, host = '', path = ''] = remotes.exec(remote?.replace(/(\.git)?\/?$/, '') ?? '') ?? [];
  if (!Object.hasOwn(forges, host) || !/^[0-9a-f]{7,64}$/.test(commit)) return null;
  return `https://${host}/${path}${forges[host]}${commit}`;
}
