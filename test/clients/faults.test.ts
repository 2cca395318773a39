/**
 * Faults × languages: what a client does with a server, a network, a disk or a text that is not as it should be. The promise is
 * always the same: the last good value stays, the program is told once, without the config's values or its token, and what
 * comes next is followed.
 */
import { mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../setup/until.ts';
import { FaultServer, refuse } from './fault-server.ts';
import { languages } from './languages.ts';
import { type Command, Program } from './program.ts';

const patienceMs = 120_000;
const timeout = 600_000;
const textOf = (cap: number) => `cap: ${cap}\nburst: 1\n`;

/** What is set up for each. */
class Scene implements AsyncDisposable {
  readonly server: FaultServer;
  readonly program: Program;
  readonly cacheFolder: string;
  readonly #folder: string;
  readonly #stack: AsyncDisposableStack;

  private constructor(server: FaultServer, program: Program, folder: string, stack: AsyncDisposableStack) {
    this.server = server;
    this.program = program;
    this.cacheFolder = join(folder, 'cache');
    this.#folder = folder;
    this.#stack = stack;
  }

  static async open(command: Command): Promise<Scene> {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'pawl-faults-'));
    stack.defer(() => rm(folder, { recursive: true }));
    const server = stack.use(await FaultServer.open());
    const program = stack.use(new Program(command));
    const scene = new Scene(server, program, folder, stack.move());
    await scene.token('a-token');
    await scene.connect();
    return scene;
  }

  async connect(start = 30): Promise<void> {
    const { url, caFile } = this.server;
    const tokenFile = join(this.#folder, 'token');
    const { cacheFolder } = this;
    const answer = await this.program.ask('open', { server: url, caFile, tokenFile, cacheFolder, start });
    expect(answer).not.toHaveProperty('error');
  }

  /** As the kubelet writes it. */
  async token(text: string): Promise<void> {
    const file = join(this.#folder, 'token');
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }

  // biome-ignore lint/suspicious/noExplicitAny: what an answer holds is for the test to say
  watch(path = 'p'): Promise<any> {
    return this.program.ask('watch', { namespace: 'n', path });
  }

  /** Follows from here on: a first value, and a stream. */
  async followed(): Promise<void> {
    expect(await this.watch()).toMatchObject({ version: this.server.version, source: 'server' });
    await this.streaming();
  }

  /** With so many streams; and what happened before the last of them began has been looked for. */
  async streaming(count = 1): Promise<void> {
    const { server } = this;
    const hasLooked = () => server.heard.at(-1)?.url.startsWith('/configs/');
    await until('a stream', patienceMs, () => server.streams >= count && hasLooked());
  }

  /** It has come through: another version is told, once. */
  async comesThrough(): Promise<void> {
    const cap = 7000 + this.server.version;
    const version = this.server.put(textOf(cap));
    this.server.tell();
    expect(await this.program.untilVersion(version)).toMatchObject({ now: { value: { cap } } });
    expect(this.program.told.filter(({ now }) => now?.version === version)).toHaveLength(1);
  }

  /** Nothing is left, after all that. */
  async close(): Promise<void> {
    expect(await this.program.ask('close')).toMatchObject({ left: [] });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** Each does not become `Limits`, and its secrets are what no log may show. */
const broken: readonly (readonly [string, string])[] = [
  ['yaml', 'cap: hunter2\nburst: 1\n'],
  ['yaml', 'cap: 8675309.25\nburst: 1\n'],
  ['yaml', 'cap: 8675309e9999\nburst: 1\n'],
  ['yaml', 'cap: [hunter2]\nburst: 1\n'],
  ['yaml', 'cap: {password: hunter2}\nburst: 1\n'],
  ['yaml', 'hunter2\n'],
  ['yaml', '- hunter2\n'],
  ['yaml', 'cap: 1\nburst: {a: "hunter2"\n'],
  ['yaml', 'cap: hunter2: hunter2\n'],
  ['yaml', 'cap: "hunter2\n'],
  ['yaml', 'cap: *hunter2\n'],
  ['yaml', 'cap: @hunter2\n'],
  ['yaml', '\tcap: hunter2\n'],
  ['json', '{"cap": "hunter2", "burst": 1}'],
  ['json', '{"cap": 8675309.25, "burst": 1}'],
  ['json', '{"cap": hunter2}'],
  ['json', '{"cap": 1, "burst": "hunter2"'],
  ['json', 'hunter2'],
  ['text', 'hunter2'],
];

/** A file of the last good value that is not whole. */
const notWhole: Readonly<Record<string, (whole: string) => string | Buffer>> = {
  'cut in the middle': whole => whole.slice(0, whole.length / 2),
  'of no length': () => '',
  'of zeros': whole => Buffer.alloc(whole.length),
  'not UTF-8': whole => Buffer.from(whole.replace('cap', 'c\u00ffp'), 'latin1'),
  null: () => 'null',
  'a list': () => '[]',
  'of another text': whole => whole.replace('cap: ', 'cap: 9'),
  'of another server': whole => whole.replace('127.0.0.1', '127.0.0.2'),
  'without a text': whole => whole.replace('body_raw', 'body'),
};

describe.each(Object.entries(languages))('a program in %s', (_, command) => {
  if (command === null) return it.skip('its program is not made here; npm run test:clients says why');
  const lives = (promise: string, story: (scene: Scene) => Promise<void>) =>
    it(promise, { timeout }, async () => {
      await using scene = await Scene.open(command);
      await story(scene);
      await scene.close();
    });

  lives('never tells what stands in a text that does not become a value', async scene => {
    const { server, program } = scene;
    await scene.followed();
    for (const [format, text] of broken) {
      const version = server.put(text, format);
      server.tell();
      const told = await program.untilTold(
        `version ${version}: ${text}`,
        one => one.event === 'error' && one.version === version,
      );
      expect(told.reason).toBe('invalid');
      expect(told.message, text).toMatch(
        new RegExp(`^(pawl: )?version ${version} of n/p is not valid here: .`),
      );
      expect(`${told.message} ${told.printed}`, text).not.toMatch(/hunter2|8675309/);
      expect(await program.ask('get')).toMatchObject({ version: 1, value: { cap: 1 } });
    }
    await scene.comesThrough();
  });

  lives('takes half an event for none, and the next stream begins after the last whole one', async scene => {
    const { server } = scene;
    await scene.followed();
    for (const how of ['tidily', 'broken'] as const) {
      const from = String(server.version);
      const watches = server.watches.length;
      const version = server.put(textOf(server.version));
      server.write(server.event.slice(0, -20));
      server.end(how);
      await scene.program.untilVersion(version);
      expect(server.watches[watches]!.headers['last-event-id']).toBe(from);
      await scene.streaming();
    }
    await scene.comesThrough();
  });

  lives('comes through events and answers that Pawl would not write', async scene => {
    const { server } = scene;
    await scene.followed();
    for (const data of [
      'null',
      '[]',
      '{}',
      '3',
      '{"kind": null}',
      '{"kind": "renamed"}',
      'hunter2',
      '{"kind"',
    ]) {
      server.write(`event: change\ndata: ${data}\n\n`);
      await scene.streaming();
      await scene.comesThrough();
    }
    for (const text of [
      'null',
      '{}',
      '[]',
      '"x"',
      '<html>',
      '',
      '{"config": null, "latest": null}',
      '{"latest": {}}',
    ]) {
      let isOdd = true;
      server.onRequest = ({ url = '' }, response) => {
        if (!isOdd || !url.startsWith('/configs/')) return false;
        isOdd = false;
        response.end(text);
        return true;
      };
      await scene.comesThrough();
    }
  });

  lives('comes again after what Retry-After asks for, and not before', async scene => {
    const { server } = scene;
    await scene.followed();
    const refused: number[] = [];
    for (const status of [429, 503]) {
      const isFirst = { still: true };
      server.onRequest = ({ url = '' }, response) => {
        if (!isFirst.still || !url.startsWith('/watch/')) return false;
        isFirst.still = false;
        refused.push(performance.now());
        return refuse(response, status, 'TooManyRequests', { 'retry-after': '1' });
      };
      const watches = server.watches.length;
      server.end('tidily');
      await until('it has come again', patienceMs, () => server.watches.length >= watches + 2);
      const waited = server.watches[watches + 1]!.atMs - refused.at(-1)!;
      expect(waited).toBeGreaterThan(950);
      await scene.streaming();
    }
    await scene.comesThrough();
  });

  lives('is told that its token is refused, and follows on with the next one', async scene => {
    const { server, program } = scene;
    await scene.followed();
    server.onRequest = ({ headers }, response) =>
      headers.authorization !== 'Bearer a-new-token' && refuse(response, 401, 'Unauthenticated');
    server.end('broken');
    await program.untilError('refused');
    await scene.token('a-new-token\n');
    await scene.streaming();
    await scene.comesThrough();
  });

  lives('never tells a token that no header can hold', async scene => {
    const { server, program } = scene;
    await scene.followed();
    for (const odd of ['hunter2\nhunter2', 'hunter2\u0000', 'hunter2\u00e9', '']) {
      const before = program.told.length;
      await scene.token(odd);
      server.end('broken');
      const isNew = (one: object) => program.told.indexOf(one as never) >= before;
      const told = await program.untilTold('token', one => isNew(one) && one.reason === 'token');
      expect(`${told.message} ${told.printed}`).not.toContain('hunter2');
      await scene.token('a-token');
      await scene.streaming();
      await scene.comesThrough();
    }
  });

  lives('reads the file of the last good value only where it is whole', async scene => {
    const { server, program, cacheFolder } = scene;
    await scene.followed();
    await scene.close();
    const file = join(cacheFolder, (await readdir(cacheFolder))[0]!);
    const whole = await readFile(file, 'utf8');
    for (const [how, spoil] of Object.entries(notWhole)) {
      await writeFile(file, spoil(whole));
      await scene.connect();
      expect(await scene.watch(), how).toMatchObject({ version: 1, value: { cap: 1 }, source: 'server' });
      await scene.close();
    }
    // The server is away.
    server.onRequest = (request, _) => Boolean(request.socket.destroy());
    await writeFile(file, whole.slice(0, 50));
    await scene.connect(1);
    expect(await scene.watch()).toMatchObject({ error: { reason: 'unavailable' } });
    await scene.close();
    // And a clock has gone back, or on.
    await writeFile(file, whole);
    for (const [seconds, least, most] of [
      [86_400, 0, 3_600],
      [-86_400, 86_400, 90_000],
      [-86_400 * 20_000, 86_400 * 19_000, Number.POSITIVE_INFINITY],
    ] as const) {
      const at = Date.now() / 1000 + seconds;
      await utimes(file, at, at);
      await scene.connect();
      expect(await scene.watch()).toMatchObject({ version: 1, source: 'disk' });
      const { staleFor } = await program.ask('get');
      expect(staleFor).toBeGreaterThanOrEqual(least);
      expect(staleFor).toBeLessThanOrEqual(most);
      await scene.close();
    }
    await scene.connect();
  });

  lives('follows more configs than a browser would allow connections', async scene => {
    for (let n = 1; n <= 24; n++) {
      expect(await scene.watch(`p/${n}`)).toMatchObject({ version: 1, source: 'server' });
      await scene.streaming(n);
    }
    const version = scene.server.put(textOf(2));
    scene.server.tell();
    const told = () => scene.program.told.filter(({ now }) => now?.version === version).length;
    await until('each is told', patienceMs, () => told() === 24);
  });
});
