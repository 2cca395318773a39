/** How notifications are sent: each notifier in a line of its own, and nothing again that was acknowledged. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { DueNotification, HappenedEvent, NotifierState } from '../../history/words/notification.ts';
import { readAllowedHosts } from '../../operator/notify/allowed-hosts.ts';
import { Destinations } from '../../operator/notify/destination.ts';
import { Dispatcher } from '../../operator/notify/dispatcher.ts';
import type { NotificationStore } from '../../operator/notify/ports.ts';
import type { ConfigNamespaceSpec } from '../../operator/object/config-namespace.ts';
import type { ConfigNotifier } from '../../operator/object/config-notifier.ts';
import { systemClock as clock } from '../../runtime/clock.ts';
import { until } from '../setup/until.ts';

const away = () =>
  Object.assign(new Error('gone'), { name: 'StoreError', reason: 'Unavailable', answered: false });

/** The store's promises, in memory; `settling` may fail. */
function memoryStore() {
  const events: HappenedEvent[] = [];
  const rows = new Map<string, DueNotification & { notifier: string; due: number }>();
  const positions = new Map<string, string>();
  const failing = { settle: 0 };
  const store: NotificationStore = {
    now: async () => String(events.length),
    async after(position, end, { limit }) {
      const next = Math.min(Number(position) + limit, Number(end));
      const page = events.slice(Number(position), next);
      return { events: page, position: String(next), more: next < Number(end), lost: false };
    },
    async begin({ name, position }) {
      if (!positions.has(name)) positions.set(name, position);
      return { id: name, position: positions.get(name)! };
    },
    async take({ notifier, from, to, keep }) {
      if (positions.get(notifier) !== from) return false;
      positions.set(notifier, to);
      for (const one of keep) {
        const id = `${notifier}/${one.event}`;
        rows.set(id, { ...one, id, notifier, attempts: 0, due: 0 });
      }
      return true;
    },
    async claim(notifier, holdMs) {
      const now = clock.monotonic();
      const row = [...rows.values()].find(each => each.notifier === notifier && each.due <= now);
      if (!row) return null;
      const claimed = { ...row, attempts: row.attempts + 1, due: now + holdMs };
      rows.set(row.id, claimed);
      return claimed;
    },
    async settle({ id }, as) {
      if (failing.settle > 0) {
        failing.settle -= 1;
        throw away();
      }
      if (as.kind === 'delivered') rows.delete(id);
      else rows.set(id, { ...rows.get(id)!, due: as.kind === 'later' ? clock.monotonic() + 10 : Infinity });
    },
    async states(ids) {
      const stateOf = (id: string): NotifierState => {
        const waiting = [...rows.values()].filter(({ notifier }) => notifier === id);
        const dueInMs =
          waiting.length === 0 ? null : Math.min(...waiting.map(({ due }) => due)) - clock.monotonic();
        return {
          waiting: waiting.length,
          oldest: null,
          dueInMs,
          worst: null,
          dead: 0,
          lastDead: null,
          lostAt: null,
        };
      };
      return new Map(ids.map(id => [id, stateOf(id)]));
    },
    revive: async () => 0,
    forget: async () => undefined,
    refusal: async () => null,
    rendering: async () => null,
    deletedBy: async () => null,
    versionWithFormer: async () => null,
  };
  const happens = (path: string) =>
    events.push({
      ...{ id: `e${events.length}`, config: { namespace: 'payments', path }, at: new Date() },
      what: { kind: 'saved', version: 1n, isMerge: false },
    });
  return { store, happens, failing };
}

const closers: (() => void)[] = [];
const stop = { controller: new AbortController() };
afterEach(() => {
  stop.controller.abort(new Error('stopped'));
  stop.controller = new AbortController();
  for (const close of closers.splice(0)) close();
});

async function receiver(answer: RequestListener): Promise<{ url: string; ids: string[] }> {
  const ids: string[] = [];
  const server = createServer((request, response) => {
    ids.push(request.headers['webhook-id'] as string);
    request.resume();
    answer(request, response);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ids };
}

const notifier = (name: string, url: string): ConfigNotifier => ({
  metadata: {
    ...{ namespace: 'payments', name, uid: `uid-${name}`, generation: 1, resourceVersion: '1' },
    ...{ creationTimestamp: '', retry: null },
  },
  spec: { url, format: 'Slack' },
  status: {},
});

/** What the watches tell at the moment, and what the dispatcher reported. */
interface Surroundings {
  rules?: ConfigNamespaceSpec;
  labels?: Readonly<Record<string, string>> | null;
  readonly reported?: string[];
}

function dispatcherOn(
  store: NotificationStore,
  url: string | readonly string[],
  at: Surroundings = {},
): Dispatcher {
  const allowed = readAllowedHosts([url].flat(), []);
  const dispatcher = new Dispatcher({
    cluster: {
      configNamespace: () => at.rules && { spec: at.rules },
      kubeNamespace: (name: string) =>
        name === 'payments' && at.labels !== null
          ? { name, labels: at.labels ?? {}, uid: 'u', resourceVersion: '1' }
          : undefined,
    } as never,
    holds: () => 'open',
    store,
    sender: { allowed, clock, store, cluster: 'default' },
    destinations: new Destinations({ cluster: { readSecret: async () => null }, allowed, clock }),
    random: () => 0,
    everyMs: 5,
    check: () => undefined,
    wake: () => undefined,
    report: (result, _, words) => at.reported?.push(`${result}: ${words}`),
    failed: (what, error) => {
      throw new Error(what, { cause: error });
    },
  });
  const { signal } = stop.controller;
  void dispatcher.run(signal, signal);
  return dispatcher;
}

describe('the dispatcher', () => {
  it('sends nothing again that was acknowledged, although the store is away when that is to be written down', async () => {
    const { store, happens, failing } = memoryStore();
    const to = await receiver((_, response) => response.end());
    const dispatcher = dispatcherOn(store, to.url);
    await dispatcher.enlist(notifier('one', to.url), stop.controller.signal);
    failing.settle = 3;
    happens('a.yaml');
    happens('b.yaml');
    await until('both were sent', 30_000, () => to.ids.length === 2 && failing.settle === 0);
    await until('none is left', 30_000, async () => {
      const state = (await store.states(['one'], stop.controller.signal)).get('one');
      return state?.waiting === 0;
    });
    expect(new Set(to.ids).size).toBe(2);
    expect(to.ids).toHaveLength(2);
  });

  it('lets a receiver that never answers delay nobody else', async () => {
    const { store, happens } = memoryStore();
    const silent = await receiver(() => undefined);
    const good = await receiver((_, response) => response.end());
    const dispatcher = dispatcherOn(store, [silent.url, good.url]);
    await dispatcher.enlist(notifier('silent', silent.url), stop.controller.signal);
    await dispatcher.enlist(notifier('good', good.url), stop.controller.signal);
    for (let n = 0; n < 20; n += 1) happens(`${n}.yaml`);
    await until('the good one has all', 30_000, () => good.ids.length === 20);
    expect(silent.ids.length).toBeLessThanOrEqual(1);
  });

  it('sends again under the same id what was not taken, and goes on with the rest meanwhile', async () => {
    const { store, happens } = memoryStore();
    let refuse = 3;
    const to = await receiver((_, response) => {
      response.statusCode = refuse > 0 ? 503 : 200;
      refuse -= 1;
      response.end();
    });
    const dispatcher = dispatcherOn(store, to.url);
    await dispatcher.enlist(notifier('one', to.url), stop.controller.signal);
    happens('a.yaml');
    happens('b.yaml');
    await until('none is left', 30_000, async () => {
      const state = (await store.states(['one'], stop.controller.signal)).get('one');
      return to.ids.length > 0 && state?.waiting === 0;
    });
    expect(to.ids).toHaveLength(5);
    expect(new Set(to.ids).size).toBe(2);
  });

  it('gives up what waits of a config that may not be read any more, and sends none of it', async () => {
    const { store, happens } = memoryStore();
    const to = await receiver((_, response) => {
      response.statusCode = 503;
      response.end();
    });
    const at: Surroundings = { reported: [] };
    await dispatcherOn(store, to.url, at).enlist(notifier('one', to.url), stop.controller.signal);
    happens('a.yaml');
    await until('it was not taken', 30_000, () => at.reported!.includes('failed: it answered 503'));
    at.rules = { writers: [{ namespaces: ['payments'], paths: ['b.yaml'] }] };
    const given = await until('it was given up', 30_000, () =>
      at.reported!.find(said => said.startsWith('dead')),
    );
    expect(given).toContain('may no longer read');
    const sent = to.ids.length;
    happens('b.yaml');
    await until('what may be read is sent', 30_000, () => to.ids.length > sent);
    expect(new Set(to.ids.slice(sent)).size).toBe(1);
    expect(to.ids.slice(sent)).not.toContain(to.ids[0]);
  });

  it('holds back what waits while it is not known whether it may be read', async () => {
    const { store, happens } = memoryStore();
    let taken = false;
    const to = await receiver((_, response) => {
      response.statusCode = taken ? 200 : 503;
      response.end();
    });
    const namespaceSelector = { matchExpressions: [{ key: 'untrusted', operator: 'DoesNotExist' as const }] };
    const at: Surroundings = { reported: [], rules: { writers: [], readers: [{ namespaceSelector }] } };
    await dispatcherOn(store, to.url, at).enlist(notifier('one', to.url), stop.controller.signal);
    happens('a.yaml');
    await until('it was not taken', 30_000, () => at.reported!.length > 0);
    const held = () => at.reported!.filter(said => said.includes('not known yet')).length;
    at.labels = null;
    await until('it is held back', 30_000, () => held() > 0);
    const sent = to.ids.length;
    taken = true;
    await until('it is held back again', 30_000, () => held() > 1);
    expect(to.ids).toHaveLength(sent);
    at.labels = {};
    await until('it was sent', 30_000, () => to.ids.length > sent);
  });

  it('tells twice by the same ids only, if there are two leaders', async () => {
    const { store, happens } = memoryStore();
    const to = await receiver((_, response) => response.end());
    for (const each of [dispatcherOn(store, to.url), dispatcherOn(store, to.url)])
      await each.enlist(notifier('one', to.url), stop.controller.signal);
    for (let n = 0; n < 10; n += 1) happens(`${n}.yaml`);
    await until('all were sent', 30_000, () => new Set(to.ids).size === 10);
    expect(to.ids).toHaveLength(10);
  });
});
