/** What clients/java has for Spring Boot and for Scala, each as a program against the operator as it is deployed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../setup/until.ts';
import { facades } from './languages.ts';
import { type Command, Program } from './program.ts';
import { TlsProxy } from './proxy.ts';
import { Served } from './served.ts';

const patienceMs = 60_000;
const timeout = 600_000;
const path = 'limits/eu.yaml';
const whyNot = 'its program is not made here; npm run test:clients says why';

describe.skipIf(Object.values(facades).every(command => command === null))('a program on the JVM', () => {
  let served: Served;
  beforeAll(async () => {
    served = await Served.open('jvm');
  });
  afterAll(() => served[Symbol.asyncDispose]());

  /** A config namespace, a door to it that counts, and a token. */
  async function scene(tidy: AsyncDisposableStack) {
    const folder = await mkdtemp(join(tmpdir(), 'pawl-jvm-'));
    tidy.defer(() => rm(folder, { recursive: true }));
    const { PAWL_SERVER: url, PAWL_CA: caFile, PAWL_TOKEN } = served.api.client;
    const proxy = tidy.use(await TlsProxy.open({ url, caFile }));
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, `${PAWL_TOKEN}\n`);
    const namespace = await served.kube.namespace('jvm-story');
    const save = (body_raw: string, base_version: number) =>
      served.saveAs(`/configs/${namespace}/${path}`, { body_raw, base_version });
    return { folder, proxy, tokenFile, namespace, save };
  }

  it('of Spring Boot binds imported configs, again at each version that can be bound, and leaves nothing behind', {
    timeout,
  }, async ({ skip }) => {
    const command = facades['Spring Boot'] as Command | null | undefined;
    if (!command) return skip(whyNot);
    await using tidy = new AsyncDisposableStack();
    const { folder, proxy, tokenFile, namespace, save } = await scene(tidy);
    const textOf = (cap: number | string, burst = 20, more = '') =>
      `# caps\nlimits:\n  cap: ${cap}\n  burst: ${burst}\n${more}`;
    const properties = {
      'spring.config.import': `pawl:${namespace}/${path},optional:pawl:${namespace}/none.yaml`,
      'alias.cap': `\${limits.cap}`,
      'pawl.server': proxy.url,
      'pawl.ca-file': proxy.caFile,
      'pawl.token-file': tokenFile,
      'pawl.cache-folder': join(folder, 'cache'),
      'pawl.start-timeout': '1s',
    };
    const program = tidy.use(new Program(command));
    const open = (more: object = {}) => program.ask('open', { properties: { ...properties, ...more } });
    await save(textOf(1000), 0);

    // A start that fails says why, and leaves nothing behind.
    const missing = { 'spring.config.import': `pawl:${namespace}/${path},pawl:${namespace}/none.yaml` };
    for (const [wrong, why] of [
      [missing, 'none.yaml'],
      [{ 'pawl.server': 'http://nowhere' }, 'pawl.server'],
      [{ 'pawl.token-file': join(folder, 'nothing') }, 'token'],
      [{ 'spring.config.import': 'pawl:limits' }, 'pawl:NAMESPACE/PATH'],
    ] as const) {
      const { error } = await open(wrong);
      expect(error.message).toContain(why);
      expect(error.left).toEqual([]);
    }

    // It imports: into beans, the environment and placeholders.
    expect(await open()).toMatchObject({
      value: { cap: 1000, burst: 20 },
      alias: 1000,
      environment: '1000',
      origin: `${namespace}/${path} version 1`,
      versions: { [`${namespace}/${path}`]: 1 },
    });

    // It follows.
    await save(textOf(1500, 20, '  hosts: [a, b]\n'), 1);
    const second = { value: { cap: 1500, burst: 20 }, hosts: ['a', 'b'], alias: 1500, environment: '1500' };
    expect(await program.untilVersion(2)).toMatchObject({
      path,
      old: { version: 1 },
      now: { ...second, origin: `${namespace}/${path} version 2` },
      changed: ['alias.cap', 'limits.cap', 'limits.hosts[0]', 'limits.hosts[1]'],
    });
    // What is bound by its constructor stays.
    expect(await program.ask('get')).toMatchObject({ ...second, fixed: 1000 });

    // What cannot be bound is told without its value, and changes nothing.
    await save(textOf('hunter2', 99), 2);
    const told = await program.untilError('invalid');
    expect(told.message).toMatch(/version 3 of \S+ is not valid here: the bean \S+ cannot be bound/);
    expect(told.message).not.toContain('hunter2');
    expect(await program.ask('get')).toMatchObject({ ...second, versions: { [`${namespace}/${path}`]: 2 } });
    await save(textOf(1600), 3);
    expect(await program.untilVersion(4)).toMatchObject({
      old: { version: 2 },
      now: { value: { cap: 1600, burst: 20 } },
    });

    // The server is killed. What runs goes on, and another one starts from disk.
    await served.kill();
    await program.untilError('unavailable');
    expect(await program.ask('get')).toMatchObject({ value: { cap: 1600 } });
    const later = tidy.use(new Program(command));
    expect(await later.ask('open', { properties })).toMatchObject({
      value: { cap: 1600, burst: 20 },
      origin: `${namespace}/${path} version 4`,
    });
    await served.start();
    await save(textOf(1700), 4);
    for (const each of [program, later]) {
      expect(await each.untilVersion(5)).toMatchObject({
        old: { version: 4 },
        now: { value: { cap: 1700 }, alias: 1700 },
      });
    }

    for (const each of [program, later]) expect(await each.ask('close')).toMatchObject({ left: [] });
    await until('connections are closed', patienceMs, () => proxy.connections === 0);
    for (const each of [program, later]) expect(await each.end()).toBe(0);
  });

  it('in Scala reads into a case class, follows and saves, and leaves nothing behind', {
    timeout,
  }, async ({ skip }) => {
    const command = facades.Scala as Command | null | undefined;
    if (!command) return skip(whyNot);
    await using tidy = new AsyncDisposableStack();
    const { proxy, tokenFile, namespace, save } = await scene(tidy);
    const config = { namespace, path };
    const program = tidy.use(new Program(command));
    await save('cap: 1000\nburst: 20\n', 0);
    await program.ask('open', { server: proxy.url, caFile: proxy.caFile, tokenFile });
    expect(await program.ask('watch', config)).toMatchObject({
      version: 1,
      value: { cap: 1000, burst: 20, note: null, hosts: null },
    });
    // With a decoder of the program's own.
    expect(await program.ask('text', config)).toMatchObject({ lines: 2 });

    await save('cap: 1500\nburst: 20\nnote: more\nhosts: [a, b]\n', 1);
    expect(await program.untilVersion(2)).toMatchObject({
      old: { version: 1, value: { cap: 1000 } },
      now: { value: { cap: 1500, burst: 20, note: 'more', hosts: ['a', 'b'] } },
    });
    await save('cap: 1500\nburst: 20\nhosts: [a, [hunter2]]\n', 2);
    const told = await program.untilError('invalid');
    expect(told).toMatchObject({ version: 3 });
    expect(told.message).toMatch(/at \/hosts\/1: is not a string$/);

    const request = { body_raw: 'cap: 1600\nburst: 20\n', base_version: 3 };
    expect(await program.ask('save', { ...config, request })).toMatchObject({ outcome: 'saved', version: 4 });
    expect(await program.untilVersion(4)).toMatchObject({
      old: { version: 2 },
      now: { value: { cap: 1600 } },
    });
    const clash = { body_raw: 'cap: 1\nburst: 20\n', base_version: 1 };
    expect(await program.ask('save', { ...config, request: clash })).toMatchObject({
      outcome: 'conflict',
      currentVersion: 4,
    });

    expect(await program.ask('close')).toMatchObject({ left: [] });
    await until('connections are closed', patienceMs, () => proxy.connections === 0);
    expect(await program.end()).toBe(0);
  });
});
