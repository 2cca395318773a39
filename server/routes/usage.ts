/**
 * Where a config is used: the ConfigVersion objects that propose it, the ConfigProjection objects that show it, the ConfigMaps
 * and Secrets that pods read, and the workloads that restart for it, each with its version. Invariant: each is named only to
 * a reader who may get it in Kubernetes, and a ConfigMap or Secret only when it is Pawl's own.
 */
import type { Use, UsedPod } from '../../api/types.gen.ts';
import type { ConfigId } from '../../history/words/model.ts';
import type { ConfigProjection } from '../../operator/object/config-projection.ts';
import type { ConfigVersion } from '../../operator/object/config-version.ts';
import { keysShowing } from '../../operator/object/projection/release.ts';
import { isOurs, shownConfig, shownVersion } from '../../operator/object/render.ts';
import { readyOf } from '../../operator/object/status.ts';
import { asksForMap, wishOf } from '../../operator/object/terms.ts';
import { workloadKinds } from '../../operator/object/workload/workload.ts';
import { askedConfig, type Call, type Handler, nextOf, noConfig, onConfig } from '../call.ts';
import type { Consumer, ConsumerPod } from '../ports.ts';
import { configOf } from '../present.ts';
import { type Candidate, seenBy, seenInHand } from '../seen.ts';

export const listUsage: Handler = {
  deeds: onConfig('get'),
  async answer(call) {
    const config = askedConfig(call);
    const { record } = await call.history.head(config, call.signal, call.tenant);
    if (!record) throw noConfig(config);
    const objects = call.proposals.proposing(config);
    const projecting = call.proposals.projecting(config);
    const projections = projecting.flatMap(object => ofProjection(object, config));
    const consumers = call.proposals.consumers(config);
    const { items, next } = await seenBy(call, [
      ...objects.map(ofObject),
      ...mapsOf(call, config, objects),
      ...projections,
      ...projecting.flatMap(object => ofSteps(call, object, config)),
      ...(consumers ?? []).map(ofConsumer),
    ]);
    if (call.query.pods === true) await addPods(call, items, consumers ?? []);
    const { fields, headers } = nextOf(call, next);
    const workloads = consumers ? 'Listed' : 'NotWatched';
    return { status: 200, headers, json: { config: configOf(record), items, workloads, ...fields } };
  },
};

/** Each costs two questions to the API server. */
const maxWorkloadsAsked = 20;
const maxPods = 100;

/** Of the workloads in these items, as far as the reader may list pods there. */
async function addPods(call: Call, items: Use[], consumers: readonly Consumer[]): Promise<void> {
  const known = new Map(consumers.map(each => [`${each.kind}/${each.namespace}/${each.name}`, each]));
  const asked = items.filter(({ kind, namespace, name }) => known.has(`${kind}/${namespace}/${name}`));
  await Promise.all(
    asked.slice(0, maxWorkloadsAsked).map(async item => {
      const { kind, namespace, name } = item;
      if (!(await call.gate.may(call.principal, { verb: 'list', of: 'pods', namespace, path: null }))) return;
      const pods = await call.proposals.pods(known.get(`${kind}/${namespace}/${name}`)!, call.signal);
      if (!pods) return;
      item.pods = pods.slice(0, maxPods).map(ofPod);
      if (pods.length > maxPods) item.pods_left_off = pods.length - maxPods;
    }),
  );
}

const ofPod = ({ name, createdAt, version, isBehind }: ConsumerPod): UsedPod => ({
  ...{ name, created_at: createdAt },
  ...(version !== null && { version: Number(version) }),
  ...(isBehind !== null && { behind: isBehind }),
});

/** Objects of Kubernetes that hold texts of a config which the history has no more, as far as Pawl looks at them. */
export async function holdersOf(
  call: Call,
  config: ConfigId,
  { versions, sha256 }: { readonly versions: readonly bigint[]; readonly sha256: string },
): Promise<Use[]> {
  const gone = new Set(versions.map(String));
  const objects = call.proposals.proposing(config).filter(object => object.bodySha256 === sha256);
  const projecting = call.proposals.projecting(config);
  const projections = projecting.filter(({ status }) =>
    status.configs?.some(
      each => each.namespace === config.namespace && each.path === config.path && gone.has(each.version),
    ),
  );
  const candidates = [
    ...objects.map(ofObject),
    ...projections.flatMap(object => ofProjection(object, config)),
    ...projecting.flatMap(object => ofSteps(call, object, config, version => gone.has(String(version)))),
  ];
  return (await seenInHand(call, candidates)).items;
}

function ofObject(object: ConfigVersion): Candidate<Use> {
  const { namespace, name } = object.metadata;
  const { version } = object.status;
  const ready = readyOf(object.status);
  return {
    key: `${namespace}/${name}/ConfigVersion`,
    deed: { verb: 'get', of: 'configversions', namespace, path: name },
    letters: ready?.message.length ?? 0,
    item: () => ({
      ...{ kind: 'ConfigVersion', namespace, name },
      ...(asksForMap(object) && { config_map: wishOf(object).name }),
      ...(version !== undefined && { version: Number(version) }),
      ...(ready && { ready: ready.status === 'True', reason: ready.reason, message: ready.message }),
    }),
  };
}

/** The object, and what its status says shows the config to pods. */
function ofProjection({ metadata, spec, status }: ConfigProjection, config: ConfigId): Candidate<Use>[] {
  const { namespace, name } = metadata;
  const { target, configs = [], conditions = [] } = status;
  const shown = configs.filter(each => each.namespace === config.namespace && each.path === config.path);
  const version = shown.map(each => Number(each.version)).sort((a, b) => b - a)[0];
  const ready = conditions.find(({ type }) => type === 'Ready');
  const wanted = spec.target?.name ?? name;
  const isPinned = shown.length > 0 && shown.every(({ key }) => pinnedKeys(spec, config).includes(key));
  const facts = { namespace, ...(version !== undefined && { version }), ...(isPinned && { pinned: true }) };
  const object: Candidate<Use> = {
    key: `${namespace}/${name}/ConfigProjection`,
    deed: { verb: 'get', of: 'configprojections', namespace, path: name },
    letters: ready?.message.length ?? 0,
    item: () => ({
      ...{ kind: 'ConfigProjection', name, ...facts },
      ...(spec.target?.kind === 'Secret' ? { secret: wanted } : { config_map: wanted }),
      ...(ready && { ready: ready.status === 'True', reason: ready.reason, message: ready.message }),
    }),
  };
  if (!target || shown.length === 0) return [object];
  const isSecret = target.kind === 'Secret';
  const kind = isSecret ? 'Secret' : 'ConfigMap';
  const mounted: Candidate<Use> = {
    key: `${namespace}/${target.name}/${kind}`,
    deed: { verb: 'get', of: isSecret ? 'secrets' : 'configmaps', namespace, path: target.name },
    letters: 0,
    item: () => ({ kind, name: target.name, keys: shown.map(({ key }) => key).sort(), ...facts }),
  };
  return [object, mounted];
}

/** The ConfigMaps of the steps of its rollout. */
function ofSteps(
  call: Call,
  object: ConfigProjection,
  config: ConfigId,
  isAsked: (version: bigint) => boolean = () => true,
): Candidate<Use>[] {
  const { namespace } = object.metadata;
  return (object.spec.rollout?.steps ?? []).flatMap(({ target: name }): Candidate<Use>[] => {
    const found = call.proposals.configMap({ namespace, name });
    const isItsOwn = found?.ownerReferences.some(({ uid }) => uid === object.metadata.uid);
    const shown = found && isItsOwn ? keysShowing(found, config).filter(each => isAsked(each.version)) : [];
    if (shown.length === 0) return [];
    const version = shown.map(each => Number(each.version)).sort((a, b) => b - a)[0]!;
    return [
      {
        key: `${namespace}/${name}/ConfigMap`,
        deed: { verb: 'get', of: 'configmaps', namespace, path: name },
        letters: 0,
        item: () => ({
          kind: 'ConfigMap',
          namespace,
          name,
          keys: shown.map(({ key }) => key).sort(),
          version,
        }),
      },
    ];
  });
}

/** The keys under which a projection shows one version of the config, and no later one. */
function pinnedKeys(spec: ConfigProjection['spec'], { path }: ConfigId): string[] {
  const last = path.slice(path.lastIndexOf('/') + 1);
  return spec.configs
    .filter(each => each.path === path && each.version !== undefined)
    .map(({ key = last }) => key);
}

function ofConsumer({ kind, namespace, name, configMaps, version, isBehind }: Consumer): Candidate<Use> {
  const [map] = configMaps;
  return {
    key: `${namespace}/${name}/${kind}`,
    deed: { verb: 'get', of: workloadKinds[kind].plural, namespace, path: name },
    letters: 0,
    item: () => ({
      ...{ kind, namespace, name },
      ...(map !== undefined && { config_map: map }),
      ...(version !== null && { version: Number(version) }),
      ...(isBehind !== null && { behind: isBehind }),
    }),
  };
}

/** Those that show the config, whatever objects ask for. */
function mapsOf(call: Call, config: ConfigId, objects: readonly ConfigVersion[]): Candidate<Use>[] {
  const keys = new Map<string, { namespace: string; name: string; keys: Set<string> }>();
  for (const object of objects.filter(asksForMap)) {
    const { namespace } = object.metadata;
    const { name, key } = wishOf(object);
    const target = keys.get(`${namespace}/${name}`) ?? { namespace, name, keys: new Set() };
    keys.set(`${namespace}/${name}`, target);
    target.keys.add(key);
  }
  return [...keys].flatMap(([id, { namespace, name, keys: asked }]): Candidate<Use>[] => {
    const found = call.proposals.configMap({ namespace, name });
    const shown = found && isOurs(found) ? shownConfig(found) : null;
    if (!found || shown?.namespace !== config.namespace || shown.path !== config.path) return [];
    const version = shownVersion(found);
    return [
      {
        key: `${id}/ConfigMap`,
        deed: { verb: 'get', of: 'configmaps', namespace, path: name },
        letters: 0,
        item: () => ({
          ...{ kind: 'ConfigMap', namespace, name, keys: [...asked].sort() },
          ...(version !== null && { version: Number(version) }),
        }),
      },
    ];
  });
}
