/** The reference says what its sources say, and the pages beside it leave out no field. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { openapi } from '../../api/openapi.gen.ts';
import { buildProgram } from '../../cli/program/program.ts';
import { createMetrics } from '../../observe/metrics.ts';
import { settingTable } from '../../operator/setting-table.ts';
import { allPages, root } from '../../site/pages.ts';
import { referencePages } from '../../site/reference.ts';

const pages = referencePages();

describe('docs/reference', () => {
  it.each([...pages.keys()])('%s is what its sources make of it (npm run generate)', page => {
    expect(readFileSync(join(root, page), 'utf8')).toBe(pages.get(page));
  });

  it('has a row for every setting', () => {
    const page = pages.get('docs/reference/settings.md')!;
    for (const { env, flag } of settingTable) expect(page).toContain(`| \`${env}\` | \`--${flag}\` |`);
  });

  it('has a section for every operation', () => {
    const page = pages.get('docs/reference/http.md')!;
    for (const [path, item] of Object.entries(openapi.paths)) {
      for (const method of Object.keys(item).filter(key => key !== 'parameters'))
        expect(page).toContain(`\n### ${method.toUpperCase()} ${path}\n`);
    }
    expect(page).not.toContain('undefined');
  });

  it('has a section for every command, and the rows of a kind’s fields', () => {
    const commands = pages.get('docs/reference/command-line.md')!;
    for (const command of ['deploy', 'pull', 'namespaces create', 'merge-file', 'waiting'])
      expect(commands).toContain(`\n### ${command}\n`);
    const objects = pages.get('docs/reference/objects.md')!;
    for (const field of ['baseVersion', 'configMap.name', 'conditions[].reason', 'policy.maxBytes'])
      expect(objects).toContain(`| \`${field}\` |`);
  });
});

describe('a page written by hand', () => {
  const written = allPages()
    .filter(page => !page.startsWith('docs/reference/') && page !== 'CHANGELOG.md')
    .map(page => ({ page, text: readFileSync(join(root, page), 'utf8') }));
  /** What of a kind the pages name, that is not known. */
  const unknown = (pattern: RegExp, isKnown: (name: string) => boolean): string[] =>
    written.flatMap(({ page, text }) =>
      [...text.matchAll(pattern)].filter(([, name]) => !isKnown(name!)).map(([, name]) => `${page}: ${name}`),
    );

  it('names no setting that is not there', () => {
    const settings = new Set<string>(settingTable.map(({ env }) => env));
    // Clients, tests and tools have variables of their own.
    const others = execFileSync('git', ['grep', '-hoE', 'PAWL_[A-Z0-9_]+', '--', '*.ts', '*.mjs', 'charts'], {
      cwd: root,
      encoding: 'utf8',
    });
    const known = new Set([...settings, ...others.split('\n')]);
    expect(unknown(/(?<![\w.])(PAWL_[A-Z0-9_]*[A-Z0-9])\b/g, name => known.has(name))).toEqual([]);
  });

  it('names no metric that is not there', () => {
    const names = Object.values(createMetrics()).map(metric => (metric as { name?: string }).name);
    const isTable = (name: string) => /^pawl_(operator|app|release)$/.test(name);
    expect(unknown(/\b(pawl_[a-z_]+[a-z])\b/g, name => names.includes(name) || isTable(name))).toEqual([]);
  });

  it('names no command that is not there', () => {
    const program = buildProgram('pawl', async () => undefined, { version: '', mergeProgram: '' });
    const commands = ['help', ...program.commands.map(command => command.name())];
    expect(unknown(/`(?:kubectl )?pawl ([a-z][a-z-]*)/g, name => commands.includes(name))).toEqual([]);
    expect(unknown(/^\s*(?:\$ )?kubectl pawl ([a-z][a-z-]*)/gm, name => commands.includes(name))).toEqual([]);
  });

  it('gives a command no option that it does not have', () => {
    const program = buildProgram('pawl', async () => undefined, { version: '', mergeProgram: '' });
    const optionsOf = (command: Command): string[] => [
      ...command.options.flatMap(({ long }) => long ?? []),
      ...command.commands.flatMap(optionsOf),
    ];
    const faults = written.flatMap(({ page, text }) =>
      [...text.matchAll(/(?:^|[`|] ?|\$ )(?:kubectl )?pawl ([a-z][a-z-]*)([^`|\n#]*)/gm)].flatMap(
        ([, name, rest]) => {
          const command = program.commands.find(each => each.name() === name);
          const known = [
            '--help',
            ...program.options.map(({ long }) => long),
            ...(command ? optionsOf(command) : []),
          ];
          const named = [...rest!.matchAll(/(?<=\s)--[a-z][a-z-]*/g)].map(([option]) => option);
          return command
            ? named.filter(option => !known.includes(option)).map(each => `${page}: ${name} ${each}`)
            : [];
        },
      ),
    );
    expect(faults).toEqual([]);
  });
});
