/** Writes that are no saves: each shows what it would change, asks, and does nothing where nobody can answer. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PtyRun } from '../pty.ts';
import { pawl, TestWorkspace } from '../world.ts';
import { type PawlServer, startPawlServer } from './pawl-server.ts';

let server: PawlServer;
let path: string;
let nth = 0;

beforeAll(async () => {
  server = await startPawlServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());
beforeEach(() => {
  path = `asks-${++nth}/eu.yaml`;
});
afterEach(() => {
  delete server.policy.freezes;
  delete server.policy.approval;
});

const as = (user: string) => ({ cwd: '/', env: server.env(user) });
const run = (...args: string[]) => pawl(as('ada'), ...args);
const list = async (...args: string[]) =>
  JSON.parse((await run(...args, '-n', 'payments', '-o', 'json')).out);
const later = new Date(Date.now() + 3_600_000).toISOString();

interface Write {
  readonly prepare: () => Promise<unknown>;
  readonly args: () => string[];
  /** What it is about, before it asks. */
  readonly shows: () => RegExp;
  readonly question: string;
  /** Answered with no. */
  readonly left: string;
  readonly isDone: () => Promise<boolean>;
}

const writes: Readonly<Record<string, Write>> = {
  undelete: {
    prepare: async () => {
      for (const text of ['a: 1\n', 'a: 2\n']) await server.save('bob', path, text);
      await pawl(as('bob'), 'delete', path, '-n', 'payments', '--yes');
    },
    args: () => ['undelete', path, '-n', 'payments'],
    shows: () => RegExp(`payments/${path}: versions 1 to 2, deleted just now by bob`),
    question: 'Bring them back?',
    left: 'Nothing was undeleted.',
    isDone: async () => (await run('show', path, '-n', 'payments')).out === 'a: 2\n',
  },
  'undelete of what was saved again': {
    prepare: async () => {
      await server.save('bob', path, 'a: 1\n');
      await pawl(as('bob'), 'delete', path, '-n', 'payments', '--yes');
      await server.save('cem', path, 'a: 3\n');
    },
    args: () => ['undelete', path, '-n', 'payments'],
    shows: () =>
      /version 1, deleted just now by bob.*becomes its history: version 2 by cem, saved since, stays the latest/s,
    question: 'Bring it back?',
    left: 'Nothing was undeleted.',
    isDone: async () => (await run('show', `${path}@1`, '-n', 'payments')).exit === 0,
  },
  reject: {
    prepare: async () => {
      await server.save('bob', path, 'cap: 1\n');
      server.policy.approval = [{}];
      const file = new TestWorkspace();
      file.write('new.yaml', 'cap: 2\n');
      const save = ['save', path, 'new.yaml', '-n', 'payments', '--yes'];
      expect((await pawl({ cwd: file.root, env: server.env('bob') }, ...save)).exit).toBe(3);
      file[Symbol.dispose]();
    },
    args: () => ['reject', path, '-n', 'payments', '--reason', 'too high'],
    shows: () => /Proposed by bob, just now\..*-cap: 1\n\+cap: 2/s,
    question: 'Reject this?',
    left: 'Nothing was rejected.',
    isDone: async () => (await list('approvals')).approvals.length === 0,
  },
  freeze: {
    prepare: async () => undefined,
    args: () => ['freeze', path, '-n', 'payments', '--until', later, '--reason', 'incident 12'],
    shows: () => RegExp(`payments/${path}: saves and deletes will be refused until ${later}: incident 12`),
    question: 'Freeze it?',
    left: 'Nothing was frozen.',
    isDone: async () =>
      (await list('freezes')).freezes.some(({ reason }: { reason: string }) => reason === 'incident 12'),
  },
  'freeze in the place of another one': {
    prepare: () =>
      pawl(as('bob'), 'freeze', '-n', 'payments', '--until', later, '--reason', 'closing', '--yes'),
    args: () => ['freeze', '-n', 'payments', '--until', '2h', '--reason', 'incident 12'],
    shows: () => RegExp(`In the place of the freeze until ${later} by bob: closing`),
    question: 'Freeze it?',
    left: 'Nothing was frozen.',
    isDone: async () => (await list('freezes')).freezes[0].reason === 'incident 12',
  },
  unfreeze: {
    prepare: () =>
      pawl(as('bob'), 'freeze', path, '-n', 'payments', '--until', later, '--reason', 'closing', '--yes'),
    args: () => ['unfreeze', path, '-n', 'payments'],
    shows: () => RegExp(`payments/${path}: frozen until ${later} by bob: closing`),
    question: 'End this freeze?',
    left: 'Nothing was changed.',
    isDone: async () => (await list('freezes')).freezes.length === 0,
  },
  'namespaces delete': {
    prepare: () => run('namespaces', 'create', `empty-${nth}`),
    args: () => ['namespaces', 'delete', `empty-${nth}`],
    shows: () => RegExp(`will permanently delete config namespace empty-${nth}`),
    question: 'Delete it?',
    left: 'Nothing was deleted.',
    isDone: async () =>
      !JSON.parse((await run('namespaces', '-o', 'json')).out).namespaces.some(
        ({ name }: { name: string }) => name === `empty-${nth}`,
      ),
  },
};

describe.each(Object.entries(writes))('%s', (_, { prepare, args, shows, question, left, isDone }) => {
  test('shows what it would do, and without a terminal does it only with --yes', async () => {
    await prepare();
    const unasked = await run(...args());
    expect(unasked).toMatchObject({ exit: 3, out: '', err: expect.stringMatching(shows()) });
    expect(unasked.err).toMatch(/there is no terminal to ask on.*give --yes/);
    expect(await isDone()).toBe(false);
    const done = await run(...args(), '--yes');
    expect(done.exit, done.err).toBe(0);
    expect(await isDone()).toBe(true);
  });

  test('asks at a terminal, and does nothing when the answer is no', async () => {
    await prepare();
    using place = new TestWorkspace();
    await using asked = new PtyRun({ cwd: place.root, env: server.env() }, ...args());
    await asked.shows(shows());
    await asked.shows(`${question} [y/N]`);
    asked.type('n\n');
    await asked.shows(left);
    expect(await asked.exit).toBe(3);
    expect(await isDone()).toBe(false);
  });
});

test('a person who may not list the trash is asked all the same, and told what is known', async () => {
  await server.save('bob', path, 'a: 1\n');
  await pawl(as('bob'), 'delete', path, '-n', 'payments', '--yes');
  const unasked = await pawl(as('mender'), 'undelete', path, '-n', 'payments');
  expect(unasked).toMatchObject({
    exit: 3,
    err: expect.stringContaining(`what the newest delete of payments/${path} took`),
  });
  expect((await pawl(as('mender'), 'undelete', path, '-n', 'payments', '--yes')).exit).toBe(0);
});
