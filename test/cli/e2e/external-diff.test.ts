/** `diff` with a program of the person's own, as kubectl calls it. */
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pawl, TestWorkspace } from '../world.ts';
import { type PawlServer, startPawlServer } from './pawl-server.ts';

let server: PawlServer;
beforeAll(async () => {
  server = await startPawlServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

test('KUBECTL_EXTERNAL_DIFF is called once, with two folders and its options, and its verdict is the exit', async () => {
  await server.save('bob', 'limits/eu.yaml', 'cap: 1\n');
  await server.save('bob', 'us.yaml', 'cap: 2\n');
  using workspace = new TestWorkspace();
  const env = server.env();
  await pawl({ cwd: workspace.root, env }, 'pull');
  workspace.write('config/payments/limits/eu.yaml', 'cap: 10\n');
  workspace.write('config/payments/us.yaml', 'cap: 20\n');
  const script = join(workspace.root, 'show.sh');
  writeFileSync(script, '#!/bin/sh\necho "$0" "$@"\ngrep -H . "$1"/* "$2"/*\nexit "$VERDICT"\n');
  chmodSync(script, 0o755);
  const KUBECTL_EXTERNAL_DIFF = `${script} -N --color=always ;true $(x)`;
  const run = (more: Record<string, string>, ...args: string[]) =>
    pawl(
      { cwd: workspace.root, env: { ...env, KUBECTL_EXTERNAL_DIFF, VERDICT: '1', ...more } },
      'diff',
      ...args,
    );

  const ran = await run({});
  expect(ran.exit).toBe(1);
  const [called = '', ...files] = ran.out.trim().split('\n');
  // Only what kubectl takes for an option; nothing is a shell's.
  expect(called).toMatch(/show\.sh \S+LIVE-\S+ \S+MERGED-\S+ -N --color=always$/);
  expect(files.map(line => line.replace(/^.*(LIVE|MERGED)-[^/]*/, '$1'))).toEqual([
    ...['LIVE/payments:limits:eu.yaml:cap: 1', 'LIVE/payments:us.yaml:cap: 2'],
    ...['MERGED/payments:limits:eu.yaml:cap: 10', 'MERGED/payments:us.yaml:cap: 20'],
  ]);
  expect(existsSync(called.split(' ')[1]!)).toBe(false);
  expect((await run({ VERDICT: '0' })).exit).toBe(0);
  expect(await run({ VERDICT: '3' })).toMatchObject({
    exit: 2,
    err: expect.stringContaining('ended with 3'),
  });
  expect(await run({ KUBECTL_EXTERNAL_DIFF: 'no-such-program' })).toMatchObject({
    exit: 2,
    err: expect.stringContaining('no-such-program: ENOENT'),
  });

  // For programs the document is as ever, and what is the same is shown to nobody.
  const document = await run({}, '-o', 'json');
  expect(JSON.parse(document.out).files[0].unified).toContain('+cap: 10');
  await server.save('bob', 'us.yaml', 'cap: 3\n');
  const versions = await run({}, '--version', '1..2', 'config/payments/us.yaml');
  expect(versions).toMatchObject({ exit: 1, out: expect.stringContaining('payments:us.yaml:cap: 3') });
  expect(await run({}, '--version', '1..1', 'config/payments/us.yaml')).toMatchObject({ exit: 0, out: '' });
});
