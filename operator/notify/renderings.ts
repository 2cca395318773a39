/**
 * Tells which versions came to be shown, of the config namespaces that notifiers follow; of others it costs a look at a map.
 * Invariant: a version that a target showed while its config namespace was followed is told once, before another takes its
 * place and over crashes and failovers: the store knows what was told, and what is shown beyond that is told as soon as its
 * object is looked at.
 */
import { isStoreUnusable } from '../../history/settle/store-failure.ts';
import type { FailedRendering, ShownVersion } from '../../history/words/notification.ts';
import type { Clock } from '../../runtime/clock.ts';
import { keepLast } from '../../runtime/keep-last.ts';
import {
  type ConfigNotifier,
  followsRenderings,
  NotifierReason,
  notifiedNamespace,
} from '../object/config-notifier.ts';
import { type ObjectKey, objectKey } from '../object/key.ts';
import type { RenderingTeller } from '../reconcile/ports.ts';
import type { RenderingStore } from './ports.ts';

export interface RenderingsOptions {
  readonly store: RenderingStore;
  /** The cluster's name in the history. */
  readonly cluster: string;
  readonly clock: Clock;
  /** Every ConfigNotifier; null: the watch has not told of all of them yet. */
  readonly notifiers: () => Iterable<ConfigNotifier> | null;
  /** What the targets of a config namespace show. */
  readonly shownIn: (configNamespace: string) => readonly ShownVersion[];
  /** Has those who ask for its target looked at again. */
  readonly wake: (rendering: ShownVersion) => void;
  readonly failed: (what: string, error: unknown) => void;
  /** Of the term: what is read for all must not end with the one who asked first. */
  readonly signal: AbortSignal;
}

/** Failures remembered; of more, those told last. The store tells none twice either. */
const mostFailures = 10_000;
/** Time between two looks at who asks. */
const everyMs = 1_000;

/** The highest version that was told of each target and path. */
type Told = Map<string, bigint>;

export class Renderings implements RenderingTeller {
  readonly #options: RenderingsOptions;
  /** Those that are followed; what was told of them is read when it is needed first. */
  #followed: Promise<Map<string, Promise<Told> | null>> | null = null;
  /** Notifiers that asked, and whose status may not say so yet. */
  readonly #asking = new Map<ObjectKey, string>();
  /** Failures that were told, by who asks. */
  readonly #failures = new Map<string, string>();

  constructor(options: RenderingsOptions) {
    this.#options = options;
  }

  async shown(renderings: readonly ShownVersion[], signal: AbortSignal): Promise<void> {
    const { store, cluster } = this.#options;
    for (const [namespace, some] of Map.groupBy(renderings, ({ config }) => config.namespace)) {
      const told = await this.#toldOf(namespace);
      const [first, ...others] = told ? some.filter(each => isNews(told, each)) : [];
      if (!told || !first) continue;
      if (!(await store.rendered(cluster, [first, ...others], signal))) {
        await this.#again(namespace);
        continue;
      }
      for (const { version, ...place } of [first, ...others]) told.set(keyOf(place), version);
    }
  }

  async failed(failure: FailedRendering, signal: AbortSignal): Promise<void> {
    const { store, cluster } = this.#options;
    const { namespace } = failure.config;
    if (!(await this.#toldOf(namespace))) return;
    const { object, version, reason } = failure;
    const what = `${object.generation}/${version}/${reason}`;
    if (this.#failures.get(object.uid) === what) return;
    if (!(await store.failed(cluster, failure, signal))) return await this.#again(namespace);
    keepLast(this.#failures, object.uid, what, mostFailures);
  }

  /** A notifier may be told from now on. */
  async ask(object: ConfigNotifier): Promise<void> {
    const key = objectKey(object.metadata);
    if (!followsRenderings(object)) {
      this.#asking.delete(key);
      return;
    }
    const namespace = notifiedNamespace(object);
    this.#asking.set(key, namespace);
    await this.#follow(namespace);
  }

  /** It may not, or is gone. */
  dismiss(key: ObjectKey): void {
    this.#asking.delete(key);
  }

  /** Follows what is asked for, and nothing else, until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { failed, clock } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#keep(signal);
      } catch (error) {
        if (!signal.aborted && !isStoreUnusable(error)) failed('following what is shown', error);
      }
      await clock.sleep(everyMs, signal).catch(() => {});
    }
  }

  async #keep(signal: AbortSignal): Promise<void> {
    const { store, cluster, notifiers } = this.#options;
    const followed = await this.#followedNamespaces();
    const all = notifiers();
    if (!all) return;
    const wanted = new Set(this.#asking.values());
    for (const object of all) if (mayBeTold(object)) wanted.add(notifiedNamespace(object));
    for (const namespace of followed.keys()) {
      if (wanted.has(namespace)) await this.#toldOf(namespace);
      else {
        // What is being read follows it, too.
        await followed.get(namespace)?.catch(() => {});
        followed.delete(namespace);
        await store.unfollow({ cluster, namespace }, signal).catch(error => {
          // Still followed there: tried again.
          followed.set(namespace, null);
          throw error;
        });
      }
    }
  }

  async #follow(namespace: string): Promise<void> {
    const followed = await this.#followedNamespaces();
    if (!followed.has(namespace)) followed.set(namespace, null);
    await this.#toldOf(namespace);
  }

  /** The store has lost it: it is another database, or an earlier state of it. */
  async #again(namespace: string): Promise<void> {
    const followed = await this.#followedNamespaces();
    if (followed.has(namespace)) followed.set(namespace, null);
    await this.#toldOf(namespace);
  }

  /** Null: it is not followed. */
  async #toldOf(namespace: string): Promise<Told | null> {
    const followed = await this.#followedNamespaces();
    const known = followed.get(namespace);
    if (known === undefined) return null;
    if (known !== null) return known;
    const reading = this.#read(namespace);
    followed.set(namespace, reading);
    reading.catch(() => {
      if (followed.get(namespace) === reading) followed.set(namespace, null);
    });
    return reading;
  }

  async #read(namespace: string): Promise<Told> {
    const { store, cluster, shownIn, wake, signal } = this.#options;
    const shown = shownIn(namespace);
    const rows = await store.follow({ cluster, namespace, shown }, signal);
    const told: Told = new Map(rows.map(row => [keyOf(row), row.version]));
    // Written before an end, and not told.
    for (const each of shown) if (isNews(told, each)) wake(each);
    return told;
  }

  #followedNamespaces(): Promise<Map<string, Promise<Told> | null>> {
    const { store, cluster, signal } = this.#options;
    this.#followed ??= store
      .followed(cluster, signal)
      .then(namespaces => new Map(namespaces.map(namespace => [namespace, null])))
      .catch(error => {
        this.#followed = null;
        throw error;
      });
    return this.#followed;
  }
}

const keyOf = ({ config, target }: Pick<ShownVersion, 'config' | 'target'>): string =>
  [target.kind, target.namespace, target.name, config.path].join('/');

const isNews = (told: Told, rendering: ShownVersion): boolean =>
  (told.get(keyOf(rendering)) ?? 0n) < rendering.version;

/** One that was refused its right is told nothing; of one that was not looked at yet, nobody knows. */
function mayBeTold(object: ConfigNotifier): boolean {
  const ready = object.status.conditions?.find(({ type }) => type === 'Ready');
  return followsRenderings(object) && ready !== undefined && !isWithoutRight(ready);
}

export const isWithoutRight = ({ reason }: { readonly reason: string }): boolean =>
  reason === NotifierReason.PathNotAllowed || reason === NotifierReason.TooManyNotifiers;
