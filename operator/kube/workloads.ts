/**
 * Workloads: watched by their metadata, read whole only when asked for one, and written in two annotations. Invariant: a write
 * hits exactly the state that was decided about, names no field but those annotations, and so takes nothing from the GitOps
 * engine that applies the rest.
 */
import type { Random } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import { manager } from '../object/config-version.ts';
import { objectKey } from '../object/key.ts';
import { podSelectorOf } from '../object/workload/pod-selector.ts';
import { restartWishOf } from '../object/workload/restart-wish.ts';
import { readSeen, type SeenConfigs, writeSeen } from '../object/workload/seen-configs.ts';
import { usedConfigMaps } from '../object/workload/used-config-maps.ts';
import {
  type PodFacts,
  type PodTemplate,
  type Workload,
  type WorkloadKey,
  type WorkloadKind,
  type WorkloadRef,
  workloadAnnotation,
  workloadKey,
  workloadKinds,
  workloadRefOf,
} from '../object/workload/workload.ts';
import type { WatchedWorkload } from '../object/workload/workload-health.ts';
import { serverSideApply } from './apply.ts';
import { Cache } from './cache.ts';
import { type EventNote, EventWriter } from './events.ts';
import { isKubeError, isNotServed } from './kube-error.ts';
import { listPages } from './list-pages.ts';
import {
  identityOf,
  isObject,
  managedFieldsOf,
  metadataAlone,
  metadataListAlone,
  metadataOf,
  ownedKeys,
  type RawObject,
  stringMap,
  stringOrNull,
} from './raw-object.ts';
import { readObject } from './read-object.ts';
import { Reflector, type ReflectorHooks } from './reflector.ts';
import { resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';
import { watchedWorkloads } from './watched-workloads.ts';

export interface WorkloadsOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Name of this process in Events. */
  readonly instance: string;
  /** The only Kubernetes namespaces looked into; null: all. */
  readonly namespaces: readonly string[] | null;
  readonly hooks: (plural: string) => ReflectorHooks;
  readonly handlerFailed: (error: unknown, key: string) => void;
}

/** A kind that the cluster does not have may be installed later. */
const lookAgainMs = 600_000;
const unansweredMs = 10_000;

const podResource = { group: '', version: 'v1', plural: 'pods' };

const kinds = Object.keys(workloadKinds) as WorkloadKind[];

export class KubeWorkloads {
  readonly #session: Session;
  readonly #options: WorkloadsOptions;
  readonly #caches: Readonly<Record<WorkloadKind, Cache<Workload>>>;
  readonly #events: EventWriter;

  constructor(session: Session, options: WorkloadsOptions) {
    const { clock, instance, handlerFailed } = options;
    this.#session = session;
    this.#options = options;
    const cacheOf = () =>
      new Cache<Workload>({
        clock,
        identity: workload => workload,
        indexes: {
          namespace: ({ namespace, wish }) => (wish === null ? [] : [namespace]),
          config: ({ wish, seen }) =>
            wish === null ? [] : Object.values(seen?.maps ?? {}).flatMap(map => Object.keys(map.configs)),
        },
        onHandlerError: handlerFailed,
      });
    this.#caches = {
      Deployment: cacheOf(),
      StatefulSet: cacheOf(),
      DaemonSet: cacheOf(),
      Rollout: cacheOf(),
    };
    this.#events = new EventWriter({ session, clock, controller: 'pawl.dev/operator', instance });
  }

  /** Watches, and writes Events, until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#events.run(signal), ...kinds.map(kind => this.#watch(kind, signal))]);
  }

  onWorkload(
    handler: (key: WorkloadKey, before: Workload | undefined, after: Workload | undefined) => void,
  ): void {
    for (const kind of kinds) {
      this.#caches[kind].onChange((_, before, after) =>
        handler(workloadKey((after ?? before)!), before, after),
      );
    }
  }

  get(key: WorkloadKey): Workload | undefined {
    const ref = workloadRefOf(key);
    return this.#caches[ref.kind].get(objectKey(ref));
  }

  /** Those that are to be restarted, or on which Pawl has written something. */
  *concerned(): Iterable<Workload> {
    for (const kind of kinds) {
      for (const workload of this.#caches[kind].values())
        if (workload.wish !== null || workload.seen !== null) yield workload;
    }
  }

  /** Those to be restarted, of one Kubernetes namespace. */
  wishingIn(namespace: string): Workload[] {
    return kinds.flatMap(kind => this.#caches[kind].byIndex('namespace', namespace));
  }

  /** Of these, those that have seen a config, `NAMESPACE/PATH`. */
  thatSaw(config: string): Workload[] {
    return kinds.flatMap(kind => this.#caches[kind].byIndex('config', config));
  }

  /** As the API server has it at this moment; null: it is gone. */
  async read(
    ref: WorkloadRef,
    signal: AbortSignal,
  ): Promise<{ readonly workload: Workload; readonly template: PodTemplate } | null> {
    const raw = await readObject(this.#session, {
      path: resourcePath(workloadKinds[ref.kind], ref),
      signal,
    });
    return raw && { workload: workloadOf(ref.kind, raw), template: templateOf(raw) };
  }

  /**
   * The pods of one as the API server has them at this moment, without those that are being deleted. null: it is gone, its
   * selector is not known, or Pawl may not list pods there.
   */
  async pods(ref: WorkloadRef, signal: AbortSignal): Promise<readonly PodFacts[] | null> {
    const { namespace } = ref;
    try {
      const raw = await readObject(this.#session, {
        path: resourcePath(workloadKinds[ref.kind], ref),
        signal,
      });
      const labelSelector = podSelectorOf(isObject(raw?.spec) ? raw.spec.selector : null);
      if (labelSelector === null) return null;
      const found: PodFacts[] = [];
      await listPages(this.#session, {
        ...{ path: resourcePath(podResource, { namespace }), query: { labelSelector } },
        ...{ accept: metadataListAlone, signal },
        page: items => found.push(...items.flatMap(podOf)),
      });
      return found;
    } catch (error) {
      if (isKubeError(error, 'forbidden', 'notFound', 'invalid')) return null;
      throw error;
    }
  }

  /**
   * The workloads of a Kubernetes namespace whose pod templates name one of these ConfigMaps, and how they and their pods are
   * at this moment. null: Pawl may not look there, or there are more of them than it looks at.
   */
  using(
    namespace: string,
    configMaps: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly WatchedWorkload[] | null> {
    return watchedWorkloads(this.#session, { namespace, configMaps, knownOf: workloadOf }, signal);
  }

  /**
   * Writes down what Pawl saw, and with a hash also restarts. `moved`: it has changed since it was read, or is gone; `denied`:
   * the API server does not let Pawl, for this reason.
   * @param hash for the pod template; null: as it was applied before, or none
   */
  async write(
    { kind, namespace, name, uid, resourceVersion }: Workload,
    { seen, hash }: { readonly seen: SeenConfigs | null; readonly hash: string | null },
    signal: AbortSignal,
  ): Promise<'written' | 'moved' | { readonly denied: string }> {
    const { group, version } = workloadKinds[kind];
    const annotations = seen ? { [workloadAnnotation.seen]: writeSeen(seen) } : {};
    const template = { metadata: { annotations: { [workloadAnnotation.hash]: hash } } };
    const object = {
      apiVersion: `${group}/${version}`,
      kind,
      metadata: { namespace, name, uid, resourceVersion, annotations },
      ...(hash !== null && { spec: { template } }),
    };
    const path = resourcePath(workloadKinds[kind], { namespace, name });
    try {
      // Forced: one content restarts once, so whoever takes the annotation back is not fought with.
      await serverSideApply(this.#session, { path, object, force: true, accept: metadataAlone, signal });
      return 'written';
    } catch (error) {
      if (isKubeError(error, 'conflict', 'notFound')) return 'moved';
      // By rights, by a policy, or because what somebody else's policy made of it cannot be.
      if (isKubeError(error, 'forbidden', 'invalid')) return { denied: error.message };
      throw error;
    }
  }

  event({ kind, namespace, name, uid, resourceVersion }: Workload, note: EventNote): void {
    const { group, version } = workloadKinds[kind];
    const apiVersion = `${group}/${version}`;
    this.#events.record({ apiVersion, kind, namespace, name, uid, resourceVersion }, note);
  }

  async #watch(kind: WorkloadKind, signal: AbortSignal): Promise<void> {
    const { clock, random, namespaces, hooks } = this.#options;
    if (kind === 'Rollout' && !(await this.#untilThere(kind, signal))) return;
    const { plural } = workloadKinds[kind];
    const places = namespaces ?? [undefined];
    const reflectors = places.map(
      namespace =>
        new Reflector({
          session: this.#session,
          ...{ clock, random, hooks: hooks(plural) },
          cache: this.#caches[kind],
          scope: namespace === undefined ? '' : objectKey({ namespace, name: '' }),
          path: resourcePath(workloadKinds[kind], { namespace }),
          metadataOnly: true,
          transform: raw => workloadOf(kind, raw),
        }),
    );
    await Promise.all(reflectors.map(reflector => reflector.run(signal)));
  }

  /** Whether the cluster has this kind, as soon as it has; false: the signal was aborted before. */
  async #untilThere(kind: WorkloadKind, signal: AbortSignal): Promise<boolean> {
    const { clock, namespaces } = this.#options;
    const path = resourcePath(workloadKinds[kind], { namespace: namespaces?.[0] });
    while (!signal.aborted) {
      let waitMs = unansweredMs;
      try {
        await this.#session.request({
          method: 'GET',
          path,
          query: { limit: 1 },
          accept: metadataListAlone,
          signal,
        });
        return true;
      } catch (error) {
        if (isNotServed(error) || isKubeError(error, 'forbidden')) waitMs = lookAgainMs;
      }
      await clock.sleep(waitMs, signal).catch(() => {});
    }
    return false;
  }
}

/** Throws UnreadableObject. */
function workloadOf(kind: WorkloadKind, raw: RawObject): Workload {
  const metadata = metadataOf(raw);
  const annotations = stringMap(metadata.annotations, key =>
    Object.values<string>(workloadAnnotation).includes(key),
  );
  const wish = restartWishOf(annotations[workloadAnnotation.wish]);
  const ours = managedFieldsOf(metadata).filter(
    fields => fields.manager === manager && fields.operation === 'Apply',
  );
  const owns = (key: string, ...path: string[]) =>
    ours.some(({ fields }) => ownedKeys(fields, ...path, 'f:metadata', 'f:annotations').includes(key));
  const written = annotations[workloadAnnotation.seen];
  const seen = owns(workloadAnnotation.seen) ? readSeen(written) : null;
  return {
    kind,
    ...identityOf(metadata),
    generation: typeof metadata.generation === 'number' ? metadata.generation : 0,
    wish,
    seen,
    isHashOurs: owns(workloadAnnotation.hash, 'f:spec', 'f:template'),
    isSeenForeign: written !== undefined && seen === null,
  };
}

/** None, when it is on its way out. */
function podOf(raw: RawObject): PodFacts[] {
  const metadata = metadataOf(raw);
  if (metadata.deletionTimestamp !== undefined) return [];
  const annotations = stringMap(metadata.annotations, key => key === workloadAnnotation.hash);
  return [
    {
      name: String(metadata.name),
      hash: annotations[workloadAnnotation.hash] ?? null,
      createdAt: String(metadata.creationTimestamp),
    },
  ];
}

function templateOf(raw: RawObject): PodTemplate {
  const spec = isObject(raw.spec) ? raw.spec : {};
  const template = isObject(spec.template) ? spec.template : {};
  const metadata = isObject(template.metadata) ? template.metadata : {};
  const updates = isObject(spec.updateStrategy) ? spec.updateStrategy : {};
  const status = isObject(raw.status) ? raw.status : {};
  return {
    configMaps: usedConfigMaps(template.spec),
    hash: stringOrNull(stringMap(metadata.annotations)[workloadAnnotation.hash]),
    // A Rollout says in its status that a step of it waits for somebody.
    isPaused: spec.paused === true || isFilled(status.pauseConditions),
    isOnDelete: updates.type === 'OnDelete',
  };
}

const isFilled = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
