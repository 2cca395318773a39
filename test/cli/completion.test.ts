/** The completion of `pawl` itself, in the shells that are here. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pawl } from './world.ts';

const main = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawl-completion-'));
  writeFileSync(join(folder, 'pawl'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  chmodSync(join(folder, 'pawl'), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

const has = (shell: string): boolean => {
  try {
    execFileSync(shell, ['-c', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

function run(shell: string, script: string): string {
  const env = { ...process.env, PATH: [folder, process.env.PATH].join(delimiter), HOME: folder };
  return execFileSync(shell, ['-c', script], { encoding: 'utf8', env, cwd: folder });
}

/** What bash would offer after this line. */
function inBash(line: string): string[] {
  const script = `
    source <(pawl completion bash)
    compopt() { printf '%s\\n' "compopt $*"; }
    COMP_LINE='${line}' COMP_POINT=${line.length}
    _pawl
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  return run('bash', script)
    .split('\n')
    .filter(one => one !== '');
}

describe('bash', () => {
  it.each([
    ['pawl stat', ['compopt +o default', 'status']],
    ['pawl status -o ', ['compopt +o default', 'wide', 'json', 'yaml']],
    // Only what comes after the last word break is replaced.
    ['pawl status --output=j', ['json']],
    ['pawl deploy ', []],
    ['pawl completion z', ['compopt +o default', 'zsh']],
  ])('offers after %j', (line, offered) => {
    expect(inBash(line)).toEqual(offered);
  });
});

describe('zsh', () => {
  it.skipIf(!has('zsh'))('offers commands with what they do, and files where there is a file to name', () => {
    const offer = (...words: string[]) =>
      run(
        'zsh',
        `compdef() { :; }
        source <(pawl completion zsh)
        _describe() { print -l -- describe "\${(@P)2}"; }
        _files() { print files; }
        words=(${words.map(word => `'${word}'`).join(' ')}); CURRENT=${words.length}
        _pawl`,
      );
    expect(offer('pawl', 'stat')).toMatch(/^describe\nstatus:Show how each file/);
    expect(offer('pawl', 'deploy', '')).toBe('files\n');
  });
});

describe('fish', () => {
  it.skipIf(!has('fish'))('offers commands with what they do', () => {
    expect(run('fish', 'pawl completion fish | source; complete -C "pawl stat"')).toMatch(
      /^status\tShow how/,
    );
    const offered = run('fish', 'pawl completion fish | source; complete -C "pawl status -o "');
    expect(offered.trim().split('\n').sort()).toEqual(['json', 'wide', 'yaml']);
  });
});

it('other shells are refused with those that are known', async () => {
  const { exit, err } = await pawl({ cwd: folder }, 'completion', 'csh');
  expect(exit).toBe(2);
  expect(err).toContain('bash, zsh, fish');
});
