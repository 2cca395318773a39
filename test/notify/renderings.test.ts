/** Telling what came to be shown: each version once, over the ends of processes, and nothing where nobody asks. */
import { afterEach, describe, expect, it } from 'vitest';
import type { ShownVersion } from '../../history/words/notification.ts';
import type { RenderingStore } from '../../operator/notify/ports.ts';
import { Renderings } from '../../operator/notify/renderings.ts';
import type { ConfigNotifier, ConfigNotifierSpec } from '../../operator/object/config-notifier.ts';
import { systemClock as clock } from '../../runtime/clock.ts';
import { until } from '../setup/until.ts';

const key = ({ config, target }: ShownVersion) => `${target.namespace}/${target.name}/${config.path}`;

/** The store's promises, in memory. */
function memoryStore() {
  const followed = new Map<string, Map<string, ShownVersion>>();
  const told: string[] = [];
  const calls: string[] = [];
  const store: RenderingStore = {
    async followed() {
      return [...followed.keys()];
    },
    async follow({ namespace, shown }) {
      calls.push(`follow ${namespace}`);
      if (!followed.has(namespace)) followed.set(namespace, new Map(shown.map(each => [key(each), each])));
      return [...followed.get(namespace)!.values()];
    },
    async unfollow({ namespace }) {
      followed.delete(namespace);
    },
    async rendered(_, shown) {
      calls.push('rendered');
      const rows = followed.get(shown[0].config.namespace);
      for (const each of shown) {
        if (!rows || (rows.get(key(each))?.version ?? 0n) >= each.version) continue;
        rows.set(key(each), each);
        told.push(`${each.config.path}@${each.version}`);
      }
      return rows !== undefined;
    },
    async failed(_, { config, reason }) {
      calls.push('failed');
      if (followed.has(config.namespace)) told.push(`${config.path} ${reason}`);
      return followed.has(config.namespace);
    },
  };
  return { store, followed, told, calls };
}

const notifier = (spec: ConfigNotifierSpec, reason: string | null = null): ConfigNotifier => ({
  metadata: {
    ...{ namespace: 'payments', name: 'audit', uid: 'u', generation: 1, resourceVersion: '1' },
    ...{ creationTimestamp: '', retry: null },
  },
  spec,
  status: reason === null ? {} : { conditions: [{ type: 'Ready', status: 'True', reason } as never] },
});
const asking = notifier({ events: ['Rendered', 'RenderFailed'] });
const rendering = (version: bigint): ShownVersion => ({
  ...{ config: { namespace: 'payments', path: 'a.yaml' }, version },
  target: { kind: 'ConfigMap', namespace: 'pods', name: 'limits' },
});
const failure = {
  ...{ ...rendering(2n), object: { name: 'a', uid: 'u', generation: 1 } },
  ...{ reason: 'TargetNotOwned', message: '' },
};

let stop = new AbortController();
afterEach(() => {
  stop.abort(new Error('stopped'));
  stop = new AbortController();
});

/** One process. */
function teller(store: RenderingStore, notifiers: ConfigNotifier[] = [], shown: ShownVersion[] = []) {
  const woken: ShownVersion[] = [];
  const renderings = new Renderings({
    ...{ store, cluster: 'default', clock, notifiers: () => notifiers, shownIn: () => shown },
    ...{ wake: each => woken.push(each), signal: stop.signal },
    failed: (what, error) => {
      throw new Error(what, { cause: error });
    },
  });
  return { renderings, woken };
}
const { signal } = new AbortController();

describe('what came to be shown', () => {
  it('asks the store nothing where no notifier asks for it', async () => {
    const { store, calls } = memoryStore();
    const { renderings } = teller(store);
    await renderings.ask(notifier({}));
    await renderings.shown([rendering(1n)], signal);
    await renderings.failed(failure, signal);
    expect(calls).toEqual([]);
  });

  it('is told once, and the store is asked once', async () => {
    const { store, told, calls } = memoryStore();
    const { renderings } = teller(store, [], [rendering(1n)]);
    await renderings.ask(asking);
    for (const version of [1n, 2n, 2n, 1n]) await renderings.shown([rendering(version)], signal);
    for (let n = 0; n < 3; n += 1) await renderings.failed(failure, signal);
    expect(told).toEqual(['a.yaml@2', 'a.yaml TargetNotOwned']);
    expect(calls).toEqual(['follow payments', 'rendered', 'failed']);
  });

  it('although the process ended after it was written and before it was told: its object is looked at again', async () => {
    const { store, told } = memoryStore();
    await teller(store, [], [rendering(1n)]).renderings.ask(asking);
    const { renderings, woken } = teller(store, [], [rendering(2n)]);
    await renderings.ask(asking);
    expect(woken).toEqual([rendering(2n)]);
    await renderings.shown([rendering(2n)], signal);
    await renderings.shown([rendering(2n)], signal);
    expect(told).toEqual(['a.yaml@2']);
  });

  it('is told before the notifier was looked at by a new process, which goes on where the last one was', async () => {
    const { store, told } = memoryStore();
    await teller(store, [], [rendering(1n)]).renderings.ask(asking);
    const { renderings } = teller(store, [], [rendering(1n)]);
    await renderings.shown([rendering(2n)], signal);
    expect(told).toEqual(['a.yaml@2']);
  });

  it('is followed as long as a notifier asks for it that may be told, whatever else keeps it from sending', async () => {
    const { store, followed } = memoryStore();
    await teller(store).renderings.ask(asking);
    const notifiers = [notifier(asking.spec, 'SecretNotFound')];
    const { renderings } = teller(store, notifiers);
    void renderings.run(stop.signal);
    await renderings.shown([rendering(1n)], signal);
    expect([...followed.keys()]).toEqual(['payments']);
    notifiers[0] = notifier(asking.spec, 'PathNotAllowed');
    await until('nobody follows it', 30_000, () => followed.size === 0);
  });

  it('is followed anew where the store has lost it', async () => {
    const { store, followed, told } = memoryStore();
    const shown = [rendering(1n)];
    const { renderings } = teller(store, [], shown);
    await renderings.ask(asking);
    followed.clear();
    shown[0] = rendering(2n);
    await renderings.shown([rendering(2n)], signal);
    expect([...followed.keys()]).toEqual(['payments']);
    await renderings.shown([rendering(3n)], signal);
    expect(told).toEqual(['a.yaml@3']);
  });
});
