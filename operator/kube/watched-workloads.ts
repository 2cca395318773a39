/**
 * Reads how workloads and their pods are, as the API server has them at this moment. Invariant: throws nothing on objects of
 * whatever shape, and what cannot be read makes a workload no healthier.
 */
import { podSelectorOf } from '../object/workload/pod-selector.ts';
import { usedConfigMaps } from '../object/workload/used-config-maps.ts';
import { type Workload, type WorkloadKind, workloadKinds } from '../object/workload/workload.ts';
import type { ContainerEnd, PodHealth, WatchedWorkload } from '../object/workload/workload-health.ts';
import { isKubeError, isNotServed } from './kube-error.ts';
import { listPages } from './list-pages.ts';
import { isObject, metadataOf, type RawObject } from './raw-object.ts';
import { resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';

/** Kubernetes' default of a Deployment. The other kinds have none of their own. */
const defaultDeadlineSeconds = 600;

/** Of the reasons why a container waits, those that a config can be the cause of. */
const stuckReasons = [
  ...['CrashLoopBackOff', 'CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'],
  ...['PreCreateHookError', 'PostStartHookError'],
];

/** Workloads that one look asks about: each costs a question. */
const mostWatched = 50;

const podResource = { group: '', version: 'v1', plural: 'pods' };

interface Watching {
  readonly namespace: string;
  readonly configMaps: readonly string[];
  readonly knownOf: (kind: WorkloadKind, raw: RawObject) => Workload;
}

/** As KubeWorkloads.using. */
export async function watchedWorkloads(
  session: Session,
  { namespace, configMaps, knownOf }: Watching,
  signal: AbortSignal,
): Promise<readonly WatchedWorkload[] | null> {
  try {
    const found: { readonly kind: WorkloadKind; readonly raw: RawObject }[] = [];
    for (const kind of Object.keys(workloadKinds) as WorkloadKind[]) {
      for (const raw of await listed(session, kind, { namespace, configMaps }, signal))
        found.push({ kind, raw });
    }
    if (found.length > mostWatched) return null;
    const watched: WatchedWorkload[] = [];
    for (const { kind, raw } of found) {
      const labelSelector = podSelectorOf(fieldsOf(raw.spec).selector);
      // Whose its pods are cannot be told, so that nothing is known of them.
      if (labelSelector === null) return null;
      const pods: PodHealth[] = [];
      await listPages(session, {
        ...{ path: resourcePath(podResource, { namespace }), query: { labelSelector }, signal },
        page: items => pods.push(...items.flatMap(podHealthOf)),
      });
      watched.push(watchedWorkload(knownOf(kind, raw), raw, pods));
    }
    return watched;
  } catch (error) {
    if (isKubeError(error, 'forbidden', 'invalid')) return null;
    throw error;
  }
}

/** Those of a kind that use one of the ConfigMaps, whole. */
async function listed(
  session: Session,
  kind: WorkloadKind,
  { namespace, configMaps }: Omit<Watching, 'knownOf'>,
  signal: AbortSignal,
): Promise<RawObject[]> {
  const found: RawObject[] = [];
  const isUser = ({ spec }: RawObject) =>
    usedConfigMaps(fieldsOf(fieldsOf(spec).template).spec).some(name => configMaps.includes(name));
  try {
    await listPages(session, {
      ...{ path: resourcePath(workloadKinds[kind], { namespace }), signal },
      page: items => found.push(...items.filter(isUser)),
    });
  } catch (error) {
    // The cluster does not have this kind.
    if (kind !== 'Rollout' || !isNotServed(error)) throw error;
  }
  return found;
}

export function watchedWorkload(
  known: Pick<Workload, 'kind' | 'namespace' | 'name' | 'wish' | 'seen'>,
  raw: RawObject,
  pods: readonly PodHealth[],
): WatchedWorkload {
  const { kind, namespace, name, wish, seen } = known;
  const [spec, status] = [fieldsOf(raw.spec), fieldsOf(raw.status)];
  const metadata = fieldsOf(raw.metadata);
  const isObserved = numberOf(status.observedGeneration) >= numberOf(metadata.generation);
  return {
    ...{ kind, namespace, name, wish, seen, pods },
    configMaps: usedConfigMaps(fieldsOf(spec.template).spec),
    isSettled: isObserved && settled[kind](spec, status),
    givenUp: givenUpIn(kind, status),
    deadlineMs: numberOf(spec.progressDeadlineSeconds, defaultDeadlineSeconds) * 1_000,
  };
}

type Fields = Readonly<Record<string, unknown>>;

const settled: Readonly<Record<WorkloadKind, (spec: Fields, status: Fields) => boolean>> = {
  Deployment: (spec, status) => hasAll(spec, status, status.availableReplicas),
  StatefulSet(spec, status) {
    const { type, rollingUpdate } = fieldsOf(spec.updateStrategy);
    const wanted = numberOf(spec.replicas, 1);
    const isPartly = type === 'OnDelete' || numberOf(fieldsOf(rollingUpdate).partition) > 0;
    return (
      numberOf(status.readyReplicas) >= wanted && (isPartly || numberOf(status.updatedReplicas) >= wanted)
    );
  },
  DaemonSet(spec, status) {
    const wanted = numberOf(status.desiredNumberScheduled);
    const isPartly = fieldsOf(spec.updateStrategy).type === 'OnDelete';
    return (
      numberOf(status.numberAvailable) >= wanted &&
      (isPartly || numberOf(status.updatedNumberScheduled) >= wanted)
    );
  },
  Rollout: (_, status) => status.phase === 'Healthy',
};

function hasAll(spec: Fields, status: Fields, available: unknown): boolean {
  const wanted = numberOf(spec.replicas, 1);
  const [updated, all] = [numberOf(status.updatedReplicas), numberOf(status.replicas)];
  return updated >= wanted && all <= updated && numberOf(available) >= wanted;
}

function givenUpIn(kind: WorkloadKind, status: Fields): string | null {
  if (kind === 'Rollout') return status.phase === 'Degraded' ? 'its rollout is Degraded' : null;
  const progress = itemsOf(status.conditions).find(({ type }) => type === 'Progressing');
  return progress?.status === 'False' && progress.reason === 'ProgressDeadlineExceeded'
    ? 'its rollout has exceeded its progress deadline'
    : null;
}

/** None, when it is on its way out. */
export function podHealthOf(raw: RawObject): PodHealth[] {
  const metadata = metadataOf(raw);
  if (metadata.deletionTimestamp !== undefined) return [];
  const status = fieldsOf(raw.status);
  const containers = [...itemsOf(status.initContainerStatuses), ...itemsOf(status.containerStatuses)];
  const ready = itemsOf(status.conditions).find(({ type }) => type === 'Ready');
  return [
    {
      name: String(metadata.name),
      isReady: ready?.status === 'True',
      readySinceMs: timeOf(ready?.lastTransitionTime ?? metadata.creationTimestamp),
      stuck: containers.map(stuckIn).find(each => each !== null) ?? null,
      ends: containers.flatMap(endsIn),
    },
  ];
}

function stuckIn({ name, state }: Fields): PodHealth['stuck'] {
  const { reason } = fieldsOf(fieldsOf(state).waiting);
  return stuckReasons.includes(String(reason)) ? { container: String(name), reason: String(reason) } : null;
}

/** A program that ends with 0 is started again because it wanted that, to read its config for example. */
function endsIn({ name, state, lastState }: Fields): ContainerEnd[] {
  return [state, lastState].flatMap(each => {
    const { terminated } = fieldsOf(each);
    if (!isObject(terminated)) return [];
    const code = numberOf(terminated.exitCode);
    return code === 0 ? [] : [{ container: String(name), code, atMs: timeOf(terminated.finishedAt) }];
  });
}

const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : {});

const itemsOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isObject) : []);

const numberOf = (value: unknown, otherwise = 0): number => (typeof value === 'number' ? value : otherwise);

/** 0 where it is not a time: long ago. */
const timeOf = (value: unknown): number => Date.parse(String(value)) || 0;
