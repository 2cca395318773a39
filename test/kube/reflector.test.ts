import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Cache } from '../../operator/kube/cache.ts';
import { type Identity, identityOf, metadataOf } from '../../operator/kube/raw-object.ts';
import { Reflector, type ReflectorHooks } from '../../operator/kube/reflector.ts';
import { resourcePath } from '../../operator/kube/resource-path.ts';
import { openSession, type Session } from '../../operator/kube/session.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { until } from '../runtime/until.ts';
import { type Reply, type Request, ScriptedServer } from './scripted-server.ts';

const path = resourcePath({ group: '', version: 'v1', plural: 'configmaps' });

let server: ScriptedServer;
let clock: FakeClock;
let session: Session;
let cache: Cache<Identity>;
let stop: AbortController;
let log: string[];
let running: Promise<void>;
/** Whether back-offs are waited out by themselves. */
let patient: boolean;
const unhandled: unknown[] = [];
const onUnhandled = (error: unknown) => unhandled.push(error);

beforeEach(async () => {
  process.on('unhandledRejection', onUnhandled);
  server = await ScriptedServer.start();
  clock = new FakeClock();
  session = await openSession({ access: server.access(), clock, userAgent: 'pawl/test' });
  cache = new Cache({ clock, identity: entry => entry });
  stop = new AbortController();
  log = [];
  running = Promise.resolve();
  patient = true;
});

afterEach(async () => {
  stop.abort();
  await running;
  await session.close();
  await server[Symbol.asyncDispose]();
  process.off('unhandledRejection', onUnhandled);
  expect(unhandled).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});

const object = (name: string, resourceVersion: number, namespace = 'a') => ({
  metadata: { namespace, name, uid: `u-${name}`, resourceVersion: String(resourceVersion) },
});

function start(options: { metadataOnly?: boolean; scope?: string } = {}): Reflector<Identity> {
  const hooks: ReflectorHooks = {
    listed: ({ reason, objects, changed }) => log.push(`list ${reason} ${objects} ${changed}`),
    watchEnded: end => log.push(`end ${end}`),
    failed: (_, delayMs) => {
      if (patient) setImmediate(() => void clock.advance(delayMs));
    },
    unreadable: () => log.push('unreadable'),
  };
  const reflector = new Reflector<Identity>({
    session,
    cache,
    path,
    query: { labelSelector: 'x=y' },
    transform: raw => identityOf(metadataOf(raw)),
    clock,
    random: () => 0.5,
    hooks,
    pageSize: 2,
    ...options,
  });
  running = reflector.run(stop.signal);
  return reflector;
}

const list = (resourceVersion: number, ...names: string[]) => ({
  metadata: { resourceVersion: String(resourceVersion) },
  items: names.map(name => object(name, resourceVersion)),
});

const isLook = ({ query }: Request) => query.get('limit') === '1';
const looks = () => server.lists().filter(isLook);
const wholeLists = () => server.lists().filter(request => !isLook(request));
const looked = (now: number, ...items: object[]) => ({ metadata: { resourceVersion: String(now) }, items });

/**
 * Lists answer with resourceVersion 10 and one object; the first watches do `fault`, the next ones stay open. Asked for
 * the newest object, to learn whether its history is still the one that was told, the server has it as told.
 */
function faulty(fault: (reply: Reply) => void, times = 1) {
  server.on(isLook, (_, reply) => reply.json(200, looked(1_000, { metadata: cache.newest() })));
  server.list((_, reply) => reply.json(200, list(10, 'one')));
  server.watch((_, reply) => fault(reply), times);
  server.watch((_, reply) => reply.open().event('ADDED', object('two', 30)));
}

const recovered = () => until('the event behind the fault', () => cache.get('a/two') !== undefined);
const watchedFrom = () => server.watches().map(request => request.query.get('resourceVersion'));

describe('a reflector', () => {
  test('asks for whole objects, or for metadata alone', async () => {
    server.list((_, reply) => reply.json(200, list(10, 'one')));
    server.watch((_, reply) => reply.open().event('ADDED', object('two', 30)));
    start({ metadataOnly: true });
    await recovered();
    const accepts = () => server.requests.map(({ headers }) => headers.accept);
    expect(accepts()).toEqual([
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    ]);
    stop.abort();
    await running;
    server.requests.length = 0;
    cache = new Cache({ clock, identity: entry => entry });
    stop = new AbortController();
    start();
    await recovered();
    expect(accepts()).toEqual(['application/json', 'application/json']);
  });

  test('lists in pages and watches from the list’s version, with bookmarks and a server-side end', async () => {
    server.list(
      (_, reply) =>
        reply.json(200, { ...list(10, 'one', 'two'), metadata: { resourceVersion: '10', continue: 'more' } }),
      1,
    );
    server.list((_, reply) => reply.json(200, list(10, 'three')), 1);
    server.watch(
      (_, reply) => reply.open().event('BOOKMARK', object('', 15)).event('DELETED', object('two', 20)),
      1,
    );
    const reflector = start();
    await reflector.synced;
    expect(log).toEqual(['list first 3 3']);
    await until('the delete', () => cache.get('a/two') === undefined);
    expect([...cache.keys()]).toEqual(['a/one', 'a/three']);
    expect(server.lists().map(({ query }) => Object.fromEntries(query))).toEqual([
      { labelSelector: 'x=y', limit: '2' },
      { labelSelector: 'x=y', limit: '2', continue: 'more' },
    ]);
    expect(Object.fromEntries(server.watches()[0]!.query)).toEqual({
      labelSelector: 'x=y',
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '10',
      timeoutSeconds: '450',
    });
    expect(reflector.silentMs()).toBe(0);
  });

  test('asks for smaller pages when one is too long', async () => {
    const huge = { ...object('one', 10), data: 'x'.repeat(33 << 20) };
    server.list((_, reply) => reply.json(200, { metadata: { resourceVersion: '10' }, items: [huge] }), 1);
    server.list((_, reply) => reply.json(200, list(10, 'one')));
    server.watch((_, reply) => reply.open());
    await start().synced;
    expect(server.lists().map(({ query }) => query.get('limit'))).toEqual(['2', '1']);
  });

  test.each<[string, (reply: Reply) => void]>([
    [
      'a connection reset in mid-stream',
      reply => {
        reply.open().event('MODIFIED', object('one', 20));
        setImmediate(() => reply.reset());
      },
    ],
    [
      'a line cut in the middle',
      reply => reply.open().event('MODIFIED', object('one', 20)).write('{"type":"MOD').end(),
    ],
    ['a line that is not JSON', reply => reply.open().event('MODIFIED', object('one', 20)).write('oops\n')],
    [
      'an event of a type nobody knows',
      reply => reply.open().event('MODIFIED', object('one', 20)).event('WHAT', object('x', 21)),
    ],
    [
      'an ERROR event of status 500',
      reply =>
        reply.open().event('MODIFIED', object('one', 20)).event('ERROR', { kind: 'Status', code: 500 }),
    ],
  ])('goes on from the last event after %s', async (_, fault) => {
    faulty(fault);
    start();
    await recovered();
    expect(watchedFrom()).toEqual(['10', '20']);
    expect(log).toEqual(['list first 1 1', 'end error']);
  });

  test('goes on at once when the server ends the watch as agreed', async () => {
    patient = false;
    faulty(reply => reply.open().event('BOOKMARK', object('', 25)).end());
    start();
    await recovered();
    expect(watchedFrom()).toEqual(['10', '25']);
    expect(log).toEqual(['list first 1 1', 'end closed']);
  });

  test('lists again after an ERROR event of status 410, which is not an event of an object', async () => {
    faulty(reply =>
      reply.open().event('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }),
    );
    start();
    await recovered();
    expect(log).toEqual(['list first 1 1', 'end gone', 'list gone 1 0']);
  });

  test('waits longer and longer in a storm of HTTP 410', async () => {
    faulty(reply => reply.status(410, 'Expired', 'too old resource version'), 6);
    start();
    await recovered();
    expect(wholeLists()).toHaveLength(7);
    // 400 + 800 + 1600 + 3200 + 6400 + 12800: half of 0.8 s · 2ⁿ, as random is 0.5.
    expect(clock.monotonic()).toBe(25_200);
  });

  test('notices silence, and reconnects from where it was without waiting', async () => {
    patient = false;
    faulty(reply => reply.open().event('MODIFIED', object('one', 20)));
    start();
    await until('the event', () => cache.get('a/one')?.resourceVersion === '20');
    await clock.advance(89_999);
    expect(server.watches()).toHaveLength(1);
    await clock.advance(1);
    await recovered();
    expect(watchedFrom()).toEqual(['10', '20']);
    expect(log).toEqual(['list first 1 1', 'end idle']);
  });

  test('gives up a watch whose headers do not come', async () => {
    patient = false;
    faulty(() => {});
    start();
    await until('the watch', () => server.watches().length === 1);
    await clock.advance(10_000);
    await recovered();
    expect(log).toEqual(['list first 1 1', 'end idle']);
  });

  test('distrusts its version after three failures without progress', async () => {
    faulty(reply => reply.status(500, 'InternalError', 'resourceVersion: Invalid value'), 3);
    start();
    await recovered();
    expect(log.filter(line => line.startsWith('list'))).toEqual(['list first 1 1', 'list failures 1 0']);
    expect(watchedFrom()).toEqual(['10', '10', '10', '10']);
  });

  test('takes a watch that ends at once for a failure', async () => {
    faulty(reply => reply.open().end(), 2);
    start();
    await recovered();
    expect(log).toEqual(['list first 1 1', 'end short', 'end short']);
    expect(clock.monotonic()).toBe(400 + 800);
  });

  test('begins to wait anew once there was progress', async () => {
    let version = 10;
    const fault = (reply: Reply) => {
      version += 1;
      reply.open().event('MODIFIED', object('one', version)).write('oops\n');
    };
    faulty(fault, 5);
    start();
    await recovered();
    expect(clock.monotonic()).toBe(5 * 400);
    expect(log.filter(line => line.startsWith('list'))).toHaveLength(1);
  });

  describe('after a failure, as etcd may have been restored to an earlier moment,', () => {
    const lost = ['list first 1 1', 'end error', 'list gone 1 1'];
    const whole = ['list first 1 1', 'end error'];
    const one = object('one', 20);
    const fault = (reply: Reply) => reply.open().event('MODIFIED', one).write('oops\n');
    const another = { metadata: { ...one.metadata, uid: 'another' } };

    test.each<[string, object, string[]]>([
      ['goes on when the newest object is as told', looked(1_000, one), whole],
      ['goes on when the newest object is newer by now', looked(1_000, object('one', 21)), whole],
      ['lists again when the server’s history ends before what it told', looked(15, one), lost],
      ['lists again when the newest object is older', looked(1_000, object('one', 10)), lost],
      ['lists again when the newest object is not there', looked(1_000), lost],
      ['lists again when another object has its name', looked(1_000, another), lost],
    ])('%s', async (_, answer, expected) => {
      server.on(isLook, (_, reply) => reply.json(200, answer), 1);
      faulty(fault);
      start();
      await recovered();
      expect(looks().map(({ query }) => Object.fromEntries(query))).toEqual([
        {
          labelSelector: 'x=y',
          fieldSelector: 'metadata.name=one,metadata.namespace=a',
          limit: '1',
        },
      ]);
      expect(log).toEqual(expected);
    });

    test.each<[string, object, string[]]>([
      ['goes on when there was nothing and is nothing', looked(1_000), ['list first 0 0', 'end error']],
      [
        'lists again when there was nothing and is something',
        looked(1_000, one),
        ['list first 0 0', 'end error', 'list gone 1 1'],
      ],
    ])('%s', async (_, answer, expected) => {
      server.on(isLook, (_, reply) => reply.json(200, answer), 1);
      server.list((_, reply) => reply.json(200, list(10)), 1);
      faulty(reply => reply.open().write('oops\n'));
      start();
      await recovered();
      expect(looks().map(({ query }) => query.get('fieldSelector'))).toEqual([null]);
      expect(log).toEqual(expected);
    });

    test('looks at what it covers itself, where others fill the rest of the cache', async () => {
      cache.upsert(object('stranger', 99, 'b').metadata);
      faulty(fault);
      start({ scope: 'a/' });
      await recovered();
      expect(looks().map(({ query }) => query.get('fieldSelector'))).toEqual([
        'metadata.name=one,metadata.namespace=a',
      ]);
      expect([...cache.keys()].sort()).toEqual(['a/one', 'a/two', 'b/stranger']);
    });

    test('lists again when the server did not answer: it may be back with another history', async () => {
      server.on(isLook, (_, reply) => reply.status(503, 'ServiceUnavailable', 'starting'), 1);
      faulty(fault);
      start();
      await recovered();
      expect(log).toEqual(['list first 1 1', 'end error', 'list failures 1 1']);
      expect(watchedFrom()).toEqual(['10', '10']);
    });
  });

  test('waits as long as a busy server asks', async () => {
    faulty(reply => reply.status(429, 'TooManyRequests', 'busy', {}, { 'retry-after': '20' }));
    start();
    await recovered();
    expect(clock.monotonic()).toBe(20_000);
  });

  test('begins again with the first page when a list’s snapshot expired between pages', async () => {
    server.list(
      (_, reply) =>
        reply.json(200, { ...list(10, 'old'), metadata: { resourceVersion: '10', continue: 'x' } }),
      1,
    );
    server.list((_, reply) => reply.status(410, 'Expired', 'The provided continue parameter is too old'), 1);
    faulty(() => {}, 0);
    await start().synced;
    await recovered();
    expect([...cache.keys()]).toEqual(['a/one', 'a/two']);
  });

  test('finds by its periodic list what the watch missed', async () => {
    patient = false;
    server.on(isLook, (_, reply) => reply.json(200, looked(1_000, { metadata: cache.newest() })));
    server.list((_, reply) => reply.json(200, list(10, 'one', 'gone')), 1);
    server.list((_, reply) => reply.json(200, list(40, 'one', 'missed')));
    server.watch((_, reply) => reply.open());
    start();
    const ended = () => log.filter(line => line === 'end idle').length;
    // Half-way between 10 and 30 minutes; the watch is silent all the time and reconnects. In steps that leave each
    // request the time it may take.
    while (clock.monotonic() < 20 * 60_000) {
      await until('a watch', () => server.watches().length > ended());
      await clock.advance(5_000);
    }
    await until('the periodic list', () => log.includes('list periodic 2 3'));
    expect([...cache.keys()].sort()).toEqual(['a/missed', 'a/one']);
  });

  test('is not stopped by handlers that throw, nor by objects it cannot read', async () => {
    cache.onChange(() => {
      throw new Error('handler');
    });
    faulty(reply =>
      reply
        .open()
        .event('ADDED', { metadata: { resourceVersion: '20' } })
        .end(),
    );
    start();
    await recovered();
    expect(watchedFrom()).toEqual(['10', '20']);
    expect(log).toContain('unreadable');
  });

  test('stops while it backs off, and asks for nothing more', async () => {
    patient = false;
    server.list((_, reply) => reply.status(503, 'ServiceUnavailable', 'starting'));
    const reflector = start();
    await until('the back-off', () => server.lists().length === 1 && clock.pendingTimers === 1);
    stop.abort();
    await running;
    await clock.advance(3_600_000);
    expect(server.requests).toHaveLength(1);
    expect(reflector.isSynced).toBe(false);
  });

  test.each<[string, (reply: Reply) => void]>([
    ['before the headers came', () => {}],
    ['in mid-stream', reply => void reply.open().write('{"type":')],
  ])('stops at once %s, and closes the connection', async (_, fault) => {
    faulty(fault);
    const reflector = start();
    await reflector.synced;
    await until('the watch', () => server.watches().length === 1);
    stop.abort();
    await running;
    await session.close();
    await until('closed connections', () => server.openConnections === 0);
  });
});
