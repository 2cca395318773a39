/** What a release consists of: it says one version everywhere, is the same twice, and what it names is in it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildRelease, NotReleasable, notesOf, type Sources } from '../../local/release.ts';

const url = 'https://example.com/pawl/v0';

describe('the notes of a release', () => {
  const sources: Sources = {
    ...{ version: '1.2.0', chart: { version: '3.0.0', appVersion: '1.2.0' }, tag: 'v1.2.0' },
    changelog:
      '# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-01-01\n\n### Added\n- One.\n\n## [1.1.0]\n- Old.\n',
  };

  it("are the version's own section", () => expect(notesOf(sources)).toBe('### Added\n- One.\n'));

  it.each<[string, Partial<Sources>, RegExp]>([
    ['another tag', { tag: 'v1.2.1' }, /tag v1\.2\.0/],
    [
      'a chart for another image',
      { chart: { version: '3.0.0', appVersion: '1.1.0' } },
      /appVersion is 1\.1\.0/,
    ],
    ['changes without a version', { changelog: '## [Unreleased]\n- One.\n' }, /no section \[1\.2\.0\]/],
  ])('are not given for %s', (_, change, message) => {
    expect(() => notesOf({ ...sources, ...change })).toThrow(NotReleasable);
    expect(() => notesOf({ ...sources, ...change })).toThrow(message);
  });
});

describe('a release', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pawl-release-'));
  const [first, second] = [join(folder, 'one'), join(folder, 'two')];
  let files: string[];
  const read = (file: string): string => readFileSync(join(first, file), 'utf8');

  beforeAll(async () => {
    files = await buildRelease({ out: first, url, tag: null });
    await buildRelease({ out: second, url, tag: null });
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has the same bytes twice', () => {
    for (const file of files)
      expect(readFileSync(join(second, file)).equals(readFileSync(join(first, file))), file).toBe(true);
  });

  it('has a checksum of each file', () => {
    const sums = read('SHA256SUMS').trim().split('\n');
    expect(sums.map(line => line.split('  ')[1])).toEqual(files.filter(file => file !== 'SHA256SUMS'));
    execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: first });
  });

  it("has a command line that runs from krew's archive", () => {
    const { spec } = parse(read('krew.yaml'));
    const [{ uri, sha256, bin }] = spec.platforms;
    const archive = uri.slice(`${url}/`.length);
    expect(sha256).toBe(
      createHash('sha256')
        .update(readFileSync(join(first, archive)))
        .digest('hex'),
    );
    execFileSync('tar', ['-xzf', archive, '-C', folder], { cwd: first });
    const said = execFileSync(process.execPath, [join(folder, 'kubectl-pawl', bin), '--version'], {
      encoding: 'utf8',
    });
    expect(`v${said.trim()}`).toContain(spec.version);
  });

  it('has a bill of materials with what the operator loads and nothing of its tests', () => {
    const { components } = JSON.parse(read('sbom.operator.cdx.json')) as { components: { name: string }[] };
    const names = components.map(({ name }) => name);
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(Object.keys(dependencies).filter(name => !names.includes(name))).toEqual([]);
    expect(names).not.toContain('vitest');
  });
});
