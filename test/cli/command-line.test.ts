/** The command line itself: help, usage errors, completion. */
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { complete, type Names } from '../../cli/complete.ts';
import { buildProgram } from '../../cli/program/program.ts';
import { pawl } from './world.ts';

const where = { cwd: '/' };
const program = buildProgram('kubectl pawl', async () => {}, { version: '', mergeProgram: '' });

const names: Names = {
  namespaces: async () => ['payments', 'shop'],
  async paths(namespace, prefix) {
    if (namespace === 'away') throw new Error('nobody answers');
    return prefix.startsWith('limits/') ? ['limits/eu.yaml'] : ['limits/', 'fees.yaml'];
  },
};

test('every command has help with an example, by the name it was called', async () => {
  for (const command of program.commands) {
    const { exit, out } = await pawl(where, command.name(), '--help');
    expect(exit).toBe(0);
    expect(out).toContain(`Usage: kubectl pawl ${command.name()}`);
    if (command.name() !== 'version') expect(out).toContain(`Examples:\n  kubectl pawl ${command.name()}`);
  }
  expect((await pawl(where)).out).toContain('Exit status:');
});

test('every command that writes to the server asks, and --yes answers; each other one says here why it does not', () => {
  const reads = [
    ...['log', 'show', 'blame', 'trash', 'list', 'validate', 'freezes', 'approvals', 'search', 'watch', 'ui'],
    ...['waiting', 'doctor', 'verify', 'usage', 'drift', 'preview', 'status', 'diff'],
  ];
  const writesFilesOnly = ['init', 'pull', 'export', 'merge-file', 'install-merge-driver', 'completion'];
  const unasked = new Set([...reads, ...writesFilesOnly, 'version', 'namespaces create']);
  const leaves = (of: readonly Command[], before = ''): (readonly [string, Command])[] =>
    of.flatMap(one => [
      [`${before}${one.name()}`, one] as const,
      ...leaves(one.commands, `${before}${one.name()} `),
    ]);
  const groups = new Set(['namespaces', 'import']);
  for (const [name, command] of leaves(program.commands))
    if (!groups.has(name))
      expect([name, command.options.some(({ long }) => long === '--yes')]).toEqual([
        name,
        !unasked.has(name),
      ]);
});

test('help and the version are there by every name that people try', async () => {
  expect((await pawl(where, 'help', 'deploy')).out).toBe((await pawl(where, 'deploy', '--help')).out);
  for (const asked of ['--version', '-V', 'version'])
    expect(await pawl(where, asked)).toEqual({ exit: 0, out: '0.0.0\n', err: '' });
  // After a command it is a version of a config.
  expect(await pawl(where, 'show', '-n', 'payments', 'a.yaml', '--version', 'x')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('--version x is not the number of a version'),
  });
});

test('help is there for a command of a command, and names what is not one', async () => {
  expect((await pawl(where, 'help', 'namespaces', 'create')).out).toBe(
    (await pawl(where, 'namespaces', 'create', '--help')).out,
  );
  expect(await pawl(where, 'help', 'depoly')).toMatchObject({
    exit: 2,
    out: '',
    err: expect.stringContaining('Did you mean deploy?'),
  });
  // Nothing is run whose help was asked for.
  expect((await pawl(where, 'help', 'deploy', 'config')).out).toBe(
    (await pawl(where, 'deploy', '--help')).out,
  );
});

test.each([
  [['edit'], "missing required argument 'path'", 'kubectl pawl edit --help'],
  [['namespaces', 'create'], "missing required argument 'name'", 'kubectl pawl namespaces create --help'],
  [['log', '--foo'], "unknown option '--foo'", 'kubectl pawl log --help'],
  [['list', '-n'], 'argument missing', 'kubectl pawl --help'],
  [['stauts'], "unknown command 'stauts'", 'kubectl pawl --help'],
])('%j is told %s, and where its help is', async (words, said, help) => {
  const { exit, out, err } = await pawl(where, ...words);
  expect([exit, out]).toEqual([2, '']);
  expect(err).toContain(said);
  expect(err).toMatch(new RegExp(`\nTo see what it takes: ${help}\n$`));
});

test.each([
  [['stauts'], 'status'],
  [['lgo', '--help'], 'log'],
  [['lgo', '-h', 'x.yaml'], 'log'],
  [['help', 'namespce'], 'namespaces'],
  [['namespaces', 'creat', 'payments'], 'create'],
  [['import', 'gti', 'config'], 'git'],
  [['--verson'], '--version'],
  [['-version'], '--version'],
  [['--hlep'], '--help'],
  [['--namspace', 'payments', 'list'], '--namespace'],
  [['list', '--namspace=payments'], '--namespace'],
  [['log', '--limt', '3'], '--limit'],
  [['log', '--limt=30'], '--limit'],
  [['search', '--vlaue=30'], '--value'],
  [['show', '--verson', '3', 'limits.yaml'], '--version'],
  [['namespaces', 'create', '--sever', 'x', 'payments'], '--server'],
  [['list', '--no-colour'], '--no-color'],
  [['status', '-o', 'jsn'], 'json'],
  [['status', '--output=JSN'], 'json'],
  [['deploy', '--on-stale', 'confrim'], 'confirm'],
  [['save', 'a', 'b', '--format', 'yml'], 'yaml'],
  [['completion', 'bahs'], 'bash'],
])('%j is asked whether %s was meant', async (words, meant) => {
  const { exit, out, err } = await pawl(where, ...words);
  expect([exit, out]).toEqual([2, '']);
  expect(err.match(/Did you mean/g)).toHaveLength(1);
  expect(err).toContain(`\n(Did you mean ${meant}?)\nTo see what it takes: kubectl pawl`);
});

test.each([
  [['zzz'], "unknown command 'zzz'"],
  [['zzz', '--help'], "unknown command 'zzz'"],
  [['namespaces', 'zzz'], "unknown command 'namespaces zzz'"],
  [['--zzz'], "unknown option '--zzz'"],
  [['-x'], "unknown option '-x'"],
  // After a command it would be the version of a config.
  [['list', '--verson'], "unknown option '--verson'"],
  [['status', '-o', 'xml'], 'Allowed choices are wide, json, yaml.'],
])('%j is like nothing, and nothing is suggested', async (words, said) => {
  const { exit, out, err } = await pawl(where, ...words);
  expect([exit, out]).toEqual([2, '']);
  expect(err).toContain(said);
  expect(err).not.toContain('Did you mean');
});

test.each([
  [['purge'], /--reason <text> .*\(required\)/],
  [['freeze'], /--until <when> [^-]*\(required\)/s],
  [['preview'], /--filename <file\.\.\.> .*\(required\)/],
])('the help of %j says which options have to be there', async (words, said) => {
  expect((await pawl(where, ...words, '--help')).out).toMatch(said);
  expect((await pawl(where, 'deploy', '--help')).out).not.toContain('(required)');
});

test('an option whose value is not one is named as it is typed, with the value', async () => {
  expect((await pawl(where, 'log', '--limit', '0')).err).toContain(
    'error: --limit 0 is not valid. Write a whole number, 1 or more.\n',
  );
  expect((await pawl(where, 'status', '-o', 'xml')).err).toContain(
    'error: --output xml is not valid. Allowed choices are wide, json, yaml.\n',
  );
});

test('a file that is not there is told as such', async () => {
  const { exit, err } = await pawl(where, 'save', '-n', 'payments', 'a.yaml', 'not-there.yaml');
  expect([exit, err]).toEqual([2, 'error: not-there.yaml: it does not exist\n']);
  expect((await pawl(where, 'verify', '--file', '/not-there')).err).toBe(
    'error: cannot read /not-there: it does not exist\n',
  );
});

test('a command that needs no workspace says how to do without one', async () => {
  for (const words of [['list'], ['watch']]) {
    const { exit, err } = await pawl(
      { cwd: '/', env: { PAWL_SERVER: 'http://127.0.0.1:1', PAWL_TOKEN: 'x' } },
      ...words,
    );
    expect(exit).toBe(2);
    expect(err).toContain('-n NAMESPACE');
    expect(err).toContain('kubectl pawl namespaces');
    expect(err).not.toContain('pawl init');
  }
});

test('wrong use is an error that says what is wrong, and nothing goes to standard output', async () => {
  expect(await pawl(where, 'stauts')).toMatchObject({
    exit: 2,
    out: '',
    err: expect.stringContaining('Did you mean status?'),
  });
  expect(await pawl(where, 'status', '-o', 'xml')).toMatchObject({
    exit: 2,
    out: '',
    err: expect.stringContaining('wide, json, yaml'),
  });
  expect(await pawl(where, 'show')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('missing required argument'),
  });
  expect(await pawl(where, 'status')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('kubectl pawl init'),
  });
  expect(await pawl(where, 'show', 'x.yaml')).toMatchObject({ exit: 2, err: expect.stringContaining('-n') });
  expect(await pawl(where, 'show', '-n', 'payments', '../x')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('cannot be a config'),
  });
  expect(await pawl(where, 'diff', '--version', '9', 'x.yaml')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('7..9'),
  });
});

test.each<[string[], string]>([
  [['sta'], 'status\tShow how each file compares with the server. Exits with 1 if any is not in sync.\n:4\n'],
  [['status', '-o', ''], 'wide\njson\nyaml\n:4\n'],
  [['status', '--output=j'], '--output=json\n:0\n'],
  [['deploy', '--on-stale', 'm'], 'merge\n:4\n'],
  [['deploy', '--dry'], '--dry-run\tshow what would be saved, and save nothing\n:4\n'],
  [['deploy', ''], ':0\n'],
  [['-n', 'payments', 'sh'], 'show\tPrint the text of a version, or of the latest one.\n:4\n'],
  [['--kubeconfig', ''], ':0\n'],
  [['namespaces', 'cr'], 'create\tCreate an empty config namespace.\n:4\n'],
  [['-n', 'p'], 'payments\n:4\n'],
  [['status', '--namespace=s'], '--namespace=shop\n:0\n'],
  [['namespaces', 'delete', ''], 'payments\nshop\n:4\n'],
  [['export', ''], 'payments\nshop\n:4\n'],
  [['export', 'shop', ''], ':0\n'],
  [['show', '-n', 'payments', ''], 'limits/\nfees.yaml\n:6\n'],
  [['--namespace=payments', 'delete', 'fees.yaml', 'limits/'], 'limits/eu.yaml\n:4\n'],
  [['deploy', '-n', 'payments', ''], ':0\n'],
  [['show', '-n', 'away', ''], ':4\n'],
])('kubectl asks to complete %j', async (words, answer) => {
  expect(await complete(program, words, names)).toBe(answer);
});

test('a name that could say something to the shell is no candidate', async () => {
  const strange: Names = { ...names, namespaces: async () => ['good', 'a b', '$(x)', 'x\ty', ':0', 'a\n:1'] };
  expect(await complete(program, ['-n', ''], strange)).toBe('good\n:4\n');
});
