/** Which versions came to be shown: each told once, whoever tells it how often, and only where somebody follows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresNotifications } from '../../../history/store/notifications.ts';
import { PostgresRenderings } from '../../../history/store/renderings.ts';
import type { FailedRendering, HappenedEvent, ShownVersion } from '../../../history/words/notification.ts';
import { type Fixture, migrated, never } from './fixtures.ts';

let db: Fixture;
let renderings: PostgresRenderings;
let notifications: PostgresNotifications;
beforeAll(async () => {
  db = await migrated();
  renderings = new PostgresRenderings(db.store);
  notifications = new PostgresNotifications(db.store);
});
afterAll(() => db?.[Symbol.asyncDispose]());

const cluster = 'default';
let count = 0;
const fresh = () => {
  count += 1;
  return `shown-${count}`;
};
const rendering = (namespace: string, path: string, version: bigint): ShownVersion => ({
  ...{ config: { namespace, path }, version },
  target: { kind: 'ConfigMap', namespace: 'pods', name: 'limits' },
});
const failure = (namespace: string, more: Partial<FailedRendering> = {}): FailedRendering => ({
  ...rendering(namespace, 'a.yaml', 2n),
  ...{ object: { name: 'a', uid: 'uid-a', generation: 2 }, reason: 'TargetNotOwned', message: 'said' },
  ...more,
});
async function newsSince(position: string, limit = 2, of = cluster) {
  const until = await notifications.now(never);
  const events: HappenedEvent[] = [];
  let from = position;
  for (let more = true; more; ) {
    const page = await notifications.after(from, until, { reasons: [], cluster: of, limit }, never);
    events.push(...page.events);
    ({ position: from, more } = page);
  }
  return { events, position: from };
}
const named = (events: readonly HappenedEvent[]) =>
  events.map(({ config, what }) => `${what.kind} ${config.path}@${'version' in what ? what.version : ''}`);

describe('what a target shows', () => {
  it('is told once for each version, to readers of its cluster, with an id of its own; what was shown before is not', async () => {
    const namespace = fresh();
    const start = await notifications.now(never);
    const shown = [rendering(namespace, 'a.yaml', 1n)];
    expect(await renderings.follow({ cluster, namespace, shown }, never)).toEqual(shown);
    for (const version of [1n, 2n, 2n, 1n, 3n])
      expect(await renderings.rendered(cluster, [rendering(namespace, 'a.yaml', version)], never)).toBe(true);
    const both = [rendering(namespace, 'a.yaml', 3n), rendering(namespace, 'b.yaml', 7n)] as const;
    await Promise.all([1, 2, 3].map(() => renderings.rendered(cluster, both, never)));
    const { events, position } = await newsSince(start);
    expect(named(events)).toEqual(['rendered a.yaml@2', 'rendered a.yaml@3', 'rendered b.yaml@7']);
    expect(new Set(events.map(({ id }) => id)).size).toBe(3);
    expect((await newsSince(start)).events).toEqual(events);
    expect((await newsSince(position)).events).toEqual([]);
    expect((await newsSince(start, 2, 'elsewhere')).events).toEqual([]);
    const [{ what }] = events as [HappenedEvent];
    if (what.kind !== 'rendered') throw new Error(what.kind);
    expect(await notifications.rendering(what.entry, never)).toEqual({
      target: shown[0]!.target,
      failure: null,
    });
    // Followed again, it is what was told, whatever is shown.
    expect(await renderings.follow({ cluster, namespace, shown: [] }, never)).toEqual(both);
  });

  it('is nothing to anybody where nobody follows, and begins anew where they follow again', async () => {
    const namespace = fresh();
    const start = await notifications.now(never);
    expect(await renderings.rendered(cluster, [rendering(namespace, 'a.yaml', 1n)], never)).toBe(false);
    expect(await renderings.failed(cluster, failure(namespace), never)).toBe(false);
    await renderings.follow({ cluster, namespace, shown: [rendering(namespace, 'a.yaml', 1n)] }, never);
    expect(await renderings.followed(cluster, never)).toContain(namespace);
    await renderings.unfollow({ cluster, namespace }, never);
    expect(await renderings.followed(cluster, never)).not.toContain(namespace);
    await renderings.follow({ cluster, namespace, shown: [rendering(namespace, 'a.yaml', 5n)] }, never);
    await renderings.rendered(cluster, [rendering(namespace, 'a.yaml', 5n)], never);
    expect((await newsSince(start)).events).toEqual([]);
  });

  it('may fail: told once for each generation, version and reason', async () => {
    const namespace = fresh();
    await renderings.follow({ cluster, namespace, shown: [] }, never);
    const start = await notifications.now(never);
    const other = { reason: 'TargetRejected' };
    for (const more of [{}, {}, other, {}, other])
      await renderings.failed(cluster, failure(namespace, more), never);
    await renderings.failed(cluster, failure(namespace, { version: 3n }), never);
    const next = { name: 'a', uid: 'uid-a', generation: 3 };
    await renderings.failed(cluster, failure(namespace, { version: 3n, object: next }), never);
    const { events } = await newsSince(start);
    expect(named(events)).toEqual([2, 2, 3, 3].map(version => `renderFailed a.yaml@${version}`));
    const [{ what }] = events as [HappenedEvent];
    if (what.kind !== 'renderFailed') throw new Error(what.kind);
    expect(await notifications.rendering(what.entry, never)).toMatchObject({
      failure: { object: 'a', reason: 'TargetNotOwned', message: 'said' },
    });
  });

  it('that was forgotten before it was read is told to be lost', async () => {
    const namespace = fresh();
    await renderings.follow({ cluster, namespace, shown: [] }, never);
    const start = await notifications.now(never);
    await renderings.rendered(cluster, [rendering(namespace, 'a.yaml', 1n)], never);
    const until = await notifications.now(never);
    expect(
      await renderings.rotate({ maxEntries: 0, maxAgeMs: 86_400_000, batch: 1_000 }, never),
    ).toBeGreaterThan(0);
    const asked = { reasons: [], cluster, limit: 10 };
    expect(await notifications.after(start, until, asked, never)).toMatchObject({ events: [], lost: true });
  });
});
