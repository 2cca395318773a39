/** Saving, finding and listing without a workspace, against the real server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PtyRun } from '../pty.ts';
import { pawl } from '../world.ts';
import { type PawlServer, startPawlServer } from './pawl-server.ts';

let server: PawlServer;
let cwd: string;

beforeAll(async () => {
  server = await startPawlServer();
  cwd = mkdtempSync(join(tmpdir(), 'pawl-save-'));
});
afterAll(async () => {
  rmSync(cwd, { recursive: true });
  await server?.[Symbol.asyncDispose]();
});

const run = (...args: string[]) => pawl({ cwd, env: server.env() }, '-n', 'payments', ...args);

test('save shows what changes, asks, and merges a text that was edited from an older version', async () => {
  writeFileSync(join(cwd, 'a.yaml'), 'cap: 1\n\n\nfee: 1\n');
  const unasked = await run('save', 'save/a.yaml', 'a.yaml');
  expect(unasked).toMatchObject({ exit: 3, err: expect.stringContaining('+cap: 1') });
  expect((await run('save', 'save/a.yaml', 'a.yaml', '--yes')).out).toContain('saved as version 1');
  expect((await run('save', 'save/a.yaml', 'a.yaml', '--yes')).err).toContain('Nothing to save');
  await server.save('bob', 'save/a.yaml', 'cap: 1\n\n\nfee: 2\n');
  writeFileSync(join(cwd, 'a.yaml'), 'cap: 9\n\n\nfee: 1\n');
  const stale = await run('save', 'save/a.yaml', join(cwd, 'a.yaml'), '--base', '1', '--yes');
  expect(stale).toMatchObject({ exit: 0, out: expect.stringContaining('saved as version 3') });
  expect((await run('show', 'save/a.yaml')).out).toBe('cap: 9\n\n\nfee: 2\n');
});

test('the format of a new config is its extension’s, --format’s, or text; it stays, and notices are told', async () => {
  writeFileSync(join(cwd, 'p.env'), 'A=1\nexport B=2\n');
  const env = await run('save', 'formats/p.env', 'p.env', '--yes');
  expect(env).toMatchObject({ exit: 0, out: expect.stringContaining('saved as version 1') });
  expect(env.err).toContain(
    'payments/formats/p.env, line 2: B: systemd ignores lines that begin with `export`\n',
  );
  for (const [path, option, format] of [
    ['formats/a.conf', ['--format', 'ini'], 'ini'],
    ['formats/b.conf', [], 'text'],
    ['formats/c.toml', [], 'toml'],
  ] as const) {
    writeFileSync(join(cwd, 'file'), '[a]\nx = 1\n');
    expect(await run('save', path, 'file', ...option, '--yes')).toMatchObject({ exit: 0 });
    writeFileSync(join(cwd, 'file'), '[a]\nx = 2\n');
    const other = await run('save', path, 'file', '--format', 'properties', '--yes');
    expect(other.exit).not.toBe(0);
    expect(other.err).toContain(`is ${format}, and a config keeps its format for life`);
  }
});

test('edit opens the latest text, and saves nothing that was not shown and confirmed', async () => {
  await server.save('bob', 'edit/a.yaml', 'cap: 1\n');
  writeFileSync(join(cwd, 'editor'), '#!/bin/sh\nprintf "cap: 2\\n" > "$1"\n', { mode: 0o755 });
  const env = { ...server.env(), EDITOR: join(cwd, 'editor') };
  for (const [answer, exit, text] of [
    ['n', 3, 'cap: 1\n'],
    ['y', 0, 'cap: 2\n'],
  ] as const) {
    await using edit = new PtyRun({ cwd, env }, 'edit', '-n', 'payments', 'edit/a.yaml');
    await edit.shows('+cap: 2');
    await edit.shows('Save this as version 2? [y/N]');
    edit.type(`${answer}\n`);
    expect(await edit.exit).toBe(exit);
    expect(edit.screen).not.toContain('error:');
    expect((await run('show', 'edit/a.yaml')).out).toBe(text);
  }
});

test('list and search name the configs', async () => {
  await server.save('bob', 'find/a.yaml', 'http: {timeout: 30}\n');
  await server.save('bob', 'find/b.yaml', 'http: {timeout: 60}\n');
  expect((await run('list', 'find/')).out).toMatch(
    /payments\/find\/a\.yaml\s+1\s.*bob\s*\npayments\/find\/b\.yaml/,
  );
  const found = await run('search', '--key', '**/timeout', '--value', '30', '-o', 'json');
  expect(JSON.parse(found.out).configs).toMatchObject([{ config: { path: 'find/a.yaml' } }]);
  expect(await run('search')).toMatchObject({ exit: 2 });
});

test('an error is the last thing that is said, whatever was asked beside it', async () => {
  await server.save('bob', 'gone/a.yaml', 'a: 1\n');
  const runs = await Promise.all(Array.from({ length: 20 }, () => run('restore', 'gone/a.yaml@99')));
  for (const { exit, err } of runs) {
    expect(exit).toBe(2);
    expect(err).toMatch(/^error: [^\n]+\n$/);
  }
});

test('what is missing is said in commands', async () => {
  const { err } = await pawl({ cwd, env: server.env() }, '-n', 'nowhere-1', 'list');
  expect(err).not.toContain('POST /');
});

test('a command that is named instead works as it stands: it has the -n that was given', async () => {
  const edit = await pawl({ cwd, env: server.env() }, 'edit', '-n', 'payments', 'edit/b.yaml');
  expect(edit.err).toContain('kubectl pawl save -n payments edit/b.yaml FILE');
  const restore = await pawl({ cwd, env: server.env() }, 'restore', '-n', 'payments', 'edit/b.yaml');
  expect(restore.err).toContain('kubectl pawl restore -n payments edit/b.yaml@5');
});
