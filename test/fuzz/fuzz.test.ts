/**
 * `npm run fuzz`: its seeds, among which is what it once found, are as promised; and it finds what only coverage leads to.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { partsOf } from './target.ts';
import { targets } from './targets.ts';

const seeds = join(import.meta.dirname, 'seeds');

describe.each(Object.entries(targets))('%s', (name, target) => {
  const files = readdirSync(join(seeds, name));

  it('has seeds', () => expect(files).not.toEqual([]));

  it.each(files)(`keeps its promise for ${name}/%s`, async file => {
    await target.run(partsOf(readFileSync(join(seeds, name, file), 'utf8'), target.parts));
  });
});

it('finds a fault behind conditions that an input meets one after the other, and repeats it from its file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pawl-fuzz-'));
  try {
    const module = join(import.meta.dirname, '../setup/planted-fault.ts');
    const command = [join(import.meta.dirname, 'main.ts'), '--targets', module, '--folder', folder];
    const found = spawnSync(
      process.execPath,
      [...command, '--seed', '1', '--executions', '200000', '--findings', '1'],
      {
        encoding: 'utf8',
      },
    );
    expect(found.stdout).toContain('the planted fault');
    expect(found.status).toBe(1);
    const [, file = ''] = /--repeat (\S+)/.exec(found.stdout)!;
    expect(readFileSync(file, 'utf8')).toBe('b1:x*');
    expect(() => execFileSync(process.execPath, [...command, '--repeat', file], { stdio: 'pipe' })).toThrow(
      'the planted fault',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
