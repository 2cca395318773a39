/**
 * An API server in memory, as far as reconcile sees one: ConfigVersions and ConfigMaps, their writes with the real
 * preconditions and field owners, and watches that tell of every change a moment later. Invariant: what a test holds
 * back (`hold`) is decided about as it is when it is let go, as a slow API server would.
 */

import { configKey, createCaches } from '../../operator/kube/cluster-caches.ts';
import { configMapState } from '../../operator/kube/config-maps.ts';
import { KubeError } from '../../operator/kube/kube-error.ts';
import type { ConfigMapRef, ConfigMapState, DesiredConfigMap } from '../../operator/object/config-map.ts';
import type { ConfigNamespace, KubeNamespace } from '../../operator/object/config-namespace.ts';
import type {
  ConfigVersion,
  ConfigVersionSpec,
  ConfigVersionStatus,
} from '../../operator/object/config-version.ts';
import { type ObjectKey, objectKey } from '../../operator/object/key.ts';
import type { KubeErrorKind } from '../../operator/object/kube-failure.ts';
import { SchemaBook } from '../../operator/object/schema-book.ts';
import { isRefused } from '../../operator/object/status.ts';
import { proposedConfig } from '../../operator/object/terms.ts';
import { targetOf } from '../../operator/reconcile/wake.ts';
import { systemClock } from '../../runtime/clock.ts';
import { sha } from '../history/core/make.ts';

type Fields = Record<string, Record<string, object>>;

/** A ConfigMap as it is stored. `fields`: what field manager pawl applied. */
interface Stored {
  metadata: {
    namespace: string;
    name: string;
    uid: string;
    resourceVersion: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
    ownerReferences: DesiredConfigMap['ownerReferences'];
    managedFields: { manager: string; operation: string; fieldsV1: object }[];
  };
  data: Record<string, string>;
  binaryData: Record<string, string>;
}

type Write = 'status' | 'map' | 'finalizers';

const failed = (kind: KubeErrorKind, status: number) =>
  new KubeError({ kind, status, reason: kind, message: `${kind} on purpose` });

export class ApiServer {
  readonly seesAll = true;
  readonly events: { object: string; reason: string; note: string }[] = [];
  readonly writes: Record<Write, number> = { status: 0, map: 0, finalizers: 0 };
  readonly caches = createCaches({
    clock: systemClock,
    configOf: proposedConfig,
    targetOf,
    needsText: () => false,
    isRefused,
    hasDrifted: () => false,
  });
  /** As an admission policy would: changes what is written before it is kept. */
  mutate: (map: { data: Record<string, string> }) => void = () => {};
  /** Names of ConfigNamespaces that only the API server itself knows of yet. */
  readonly unheard: string[] = [];
  readonly #versions = new Map<string, ConfigVersion>();
  readonly #texts = new Map<string, string>();
  readonly #maps = new Map<string, Stored>();
  readonly #held = new Map<string, { reached: () => void; let: Promise<void> }>();
  #revision = 100;

  // What people do.

  namespace(name: string, labels: Record<string, string> = {}): void {
    const namespace: KubeNamespace = { name, uid: `uid-${name}`, resourceVersion: this.#next(), labels };
    this.caches.kubeNamespaces.upsert(namespace);
  }

  rules(name: string, spec: ConfigNamespace['spec']): void {
    const metadata = {
      name,
      uid: `uid-${name}`,
      resourceVersion: this.#next(),
      generation: (this.configNamespace(name)?.metadata.generation ?? 0) + 1,
      finalizers: [],
    };
    this.caches.configNamespaces.upsert({ metadata, spec, status: {} });
  }

  propose(
    namespace: string,
    name: string,
    { body, ...spec }: Omit<ConfigVersionSpec, 'format'>,
    metadata: Partial<ConfigVersion['metadata']> = {},
  ): void {
    const key = objectKey({ namespace, name });
    const before = this.#versions.get(key);
    const generation = (before?.metadata.generation ?? 0) + 1;
    const uid = before?.metadata.uid ?? `uid-${namespace}-${name}-${this.#next()}`;
    this.#texts.set(`${uid}/${generation}`, body);
    const creationTimestamp =
      before?.metadata.creationTimestamp ?? `2026-01-01T00:00:${this.#revision % 60}Z`;
    this.#keep({
      metadata: {
        ...{ namespace, name, uid, generation, resourceVersion: this.#next(), creationTimestamp },
        annotations: {},
        ...(before?.metadata.finalizers && { finalizers: before.metadata.finalizers }),
        ...metadata,
      },
      spec: { format: 'yaml', ...spec },
      bodySha256: sha(body),
      status: before?.status ?? { observedGeneration: -1 },
      isStatusOurs: before?.isStatusOurs ?? false,
      specManager: 'kubectl',
    });
  }

  /** As somebody with rights on the status subresource does. */
  patchStatus(namespace: string, name: string, patch: Partial<ConfigVersionStatus>): void {
    const object = this.version(namespace, name)!;
    const status = { ...object.status, ...patch };
    const metadata = { ...object.metadata, resourceVersion: this.#next() };
    this.#keep({
      ...object,
      metadata,
      status,
      isStatusOurs: patch.version === undefined && object.isStatusOurs,
    });
  }

  /** Tells the watch after `told`; until then only the API server itself knows. */
  deleteVersion(namespace: string, name: string, told: Promise<void> = Promise.resolve()): void {
    const key = objectKey({ namespace, name });
    const object = this.#versions.get(key)!;
    this.#versions.delete(key);
    void told.then(() => this.caches.versions.remove(object));
    this.#collectGarbage();
  }

  /** As kubectl delete: it goes when its last finalizer does. */
  startDeletion(namespace: string, name: string, finalizer?: string): void {
    const object = this.version(namespace, name)!;
    const finalizers = [...(object.metadata.finalizers ?? []), ...(finalizer ? [finalizer] : [])];
    if (finalizers.length === 0) return this.deleteVersion(namespace, name);
    const deletionTimestamp = '2026-01-02T00:00:00Z';
    const resourceVersion = this.#next();
    this.#keep({
      ...object,
      metadata: { ...object.metadata, deletionTimestamp, finalizers, resourceVersion },
    });
  }

  /** As another controller does, such as the garbage collector. */
  dropFinalizer(namespace: string, name: string, finalizer: string): void {
    const object = this.version(namespace, name)!;
    const finalizers = object.metadata.finalizers?.filter(each => each !== finalizer) ?? [];
    this.#keep({ ...object, metadata: { ...object.metadata, finalizers, resourceVersion: this.#next() } });
  }

  version(namespace: string, name: string): ConfigVersion | undefined {
    return this.#versions.get(objectKey({ namespace, name }));
  }

  map(namespace: string, name: string): Stored | undefined {
    return this.#maps.get(objectKey({ namespace, name }));
  }

  /** A write by somebody else: what it changes is not pawl's any more. */
  patchMap(
    namespace: string,
    name: string,
    patch: {
      labels?: Record<string, string>;
      annotations?: Record<string, string>;
      data?: Record<string, string | null>;
      binaryData?: Record<string, string>;
    },
  ): void {
    const map = structuredClone(this.map(namespace, name)!);
    const fields = map.metadata.managedFields[0]?.fieldsV1 as
      | { 'f:metadata': Fields; 'f:data': Record<string, object> }
      | undefined;
    Object.assign(map.metadata.labels, patch.labels);
    Object.assign(map.metadata.annotations, patch.annotations);
    Object.assign(map.binaryData, patch.binaryData);
    for (const [key, text] of Object.entries(patch.data ?? {})) {
      if (text === null) delete map.data[key];
      else map.data[key] = text;
      delete fields?.['f:data'][`f:${key}`];
    }
    for (const key of Object.keys(patch.annotations ?? {}))
      delete fields?.['f:metadata']['f:annotations']?.[`f:${key}`];
    for (const key of Object.keys(patch.labels ?? {}))
      delete fields?.['f:metadata']['f:labels']?.[`f:${key}`];
    this.#keepMap(map);
  }

  /** As kubectl get, another name or namespace, kubectl create: everything but uid and field owners comes along. */
  copyMap(from: ConfigMapRef, to: ConfigMapRef, data?: Record<string, string>): void {
    const map = structuredClone(this.map(from.namespace, from.name)!);
    Object.assign(map.metadata, to, { uid: `uid-${this.#next()}`, managedFields: [] });
    if (data) map.data = data;
    this.#keepMap(map);
  }

  createMap({ namespace, name }: ConfigMapRef, data: Record<string, string>, labels = {}): void {
    const metadata = {
      ...{ namespace, name, uid: `uid-${this.#next()}`, resourceVersion: '', labels },
      ...{ annotations: {}, ownerReferences: [], managedFields: [] },
    };
    this.#keepMap({ metadata, data, binaryData: {} });
  }

  deleteMap(namespace: string, name: string): void {
    const map = this.map(namespace, name);
    if (!map) return;
    this.#maps.delete(objectKey({ namespace, name }));
    const state = configMapState(map as never);
    queueMicrotask(() => this.caches.maps.remove(state));
  }

  /** The next write of this kind to the object of that name waits until it is let go. */
  hold(write: Write, name: string): { reached: Promise<void>; release: () => void } {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    this.#held.set(`${write} ${name}`, { reached: reached.resolve, let: released.promise });
    return { reached: reached.promise, release: released.resolve };
  }

  // What Pawl does: the port.

  isOurs(): boolean {
    return true;
  }

  onOurs(): void {}

  onConfigVersion: ApiServer['caches']['versions']['onChange'] = handler =>
    this.caches.versions.onChange(handler);
  onConfigMap: ApiServer['caches']['maps']['onChange'] = handler => this.caches.maps.onChange(handler);
  onConfigNamespace: ApiServer['caches']['configNamespaces']['onChange'] = handler =>
    this.caches.configNamespaces.onChange(handler);
  onKubeNamespace: ApiServer['caches']['kubeNamespaces']['onChange'] = handler =>
    this.caches.kubeNamespaces.onChange(handler);

  configVersion(key: ObjectKey) {
    return this.caches.versions.get(key);
  }

  configVersions() {
    return this.caches.versions.values();
  }

  proposersOf(config: { namespace: string; path: string }) {
    return this.caches.versions.byIndex('config', configKey(config));
  }

  proposersIn(name: string) {
    return this.caches.versions.byIndex('configNamespace', name);
  }

  successorsOf(key: string) {
    return this.caches.versions.byIndex('formerly', key);
  }

  configVersionsIn(name: string) {
    return this.caches.versions.byIndex('kubeNamespace', name);
  }

  askersFor(target: ConfigMapRef) {
    return this.caches.versions.byIndex('target', objectKey(target));
  }

  projectionsOf() {
    return [];
  }

  projectionsFor() {
    return [];
  }

  projectionOf(uid: string) {
    return this.caches.projections.byIndex('uid', uid)[0];
  }

  configMap(target: ConfigMapRef) {
    return this.caches.maps.get(objectKey(target));
  }

  configMapsOwnedBy(uid: string) {
    return this.caches.maps.byIndex('owner', uid);
  }

  configNamespace(name: string) {
    return this.caches.configNamespaces.get(objectKey({ namespace: '', name }));
  }

  configNamespaces() {
    return this.caches.configNamespaces.values();
  }

  onConfigSchema: ApiServer['caches']['configSchemas']['onChange'] = handler =>
    this.caches.configSchemas.onChange(handler);

  refusedConfigVersions() {
    return this.caches.versions.byIndex('refused', 'refused');
  }

  configSchema(name: string) {
    return this.caches.configSchemas.get(objectKey({ namespace: '', name }));
  }

  configSchemas() {
    return this.caches.configSchemas.values();
  }

  schemas() {
    return new SchemaBook(this.configSchemas());
  }

  async applySchemaStatus(): Promise<void> {}

  kubeNamespace(name: string) {
    return this.caches.kubeNamespaces.get(objectKey({ namespace: '', name }));
  }

  async areRulesCurrent({ configNamespace }: { configNamespace: string }): Promise<boolean> {
    return this.unheard.every(name => name !== configNamespace);
  }

  async readConfigMap({ namespace, name }: ConfigMapRef): Promise<ConfigMapState | null> {
    const map = this.map(namespace, name);
    return map ? configMapState(map as never) : null;
  }

  applyConfigMap(
    desired: DesiredConfigMap,
    options: { uid?: string; resourceVersion?: string },
  ): Promise<{ created: boolean; configMap: ConfigMapState }> {
    return this.caches.maps.writeThrough(
      objectKey(desired),
      async () => {
        await this.#gate('map', desired.name);
        const live = this.map(desired.namespace, desired.name);
        if (options.uid !== undefined && live?.metadata.uid !== options.uid) throw failed('conflict', 409);
        if (live && options.resourceVersion !== live.metadata.resourceVersion) throw failed('conflict', 409);
        const map = this.#merged(desired, live);
        if (Object.hasOwn(map.binaryData, Object.keys(desired.data)[0]!)) throw failed('invalid', 422);
        this.mutate(map);
        this.writes.map += 1;
        return { created: !live, configMap: this.#keepMap(map) };
      },
      ({ configMap }) => configMap,
    );
  }

  removeConfigMapKeys(state: ConfigMapState, keys: readonly string[]): Promise<ConfigMapState> {
    return this.caches.maps.writeThrough(
      objectKey(state),
      async () => {
        const map = structuredClone(this.map(state.namespace, state.name)!);
        if (map.metadata.resourceVersion !== state.resourceVersion) throw failed('conflict', 409);
        for (const key of keys) {
          if (key.startsWith('binary:')) delete map.binaryData[key.slice('binary:'.length)];
          else delete map.data[key];
        }
        this.mutate(map);
        this.writes.map += 1;
        return this.#keepMap(map);
      },
      written => written,
    );
  }

  deleteConfigMap(state: ConfigMapState): Promise<void> {
    return this.caches.maps.deleteThrough(objectKey(state), state.uid, async () => {
      const live = this.map(state.namespace, state.name);
      if (live && live.metadata.resourceVersion !== state.resourceVersion) throw failed('conflict', 409);
      this.deleteMap(state.namespace, state.name);
      return { gone: true };
    });
  }

  async textOf({ metadata: { uid, generation } }: ConfigVersion): Promise<string | null> {
    return this.#texts.get(`${uid}/${generation}`) ?? null;
  }

  readText(object: ConfigVersion): Promise<string | null> {
    return this.textOf(object);
  }

  async applyStatus(object: ConfigVersion, status: ConfigVersionStatus): Promise<void> {
    await this.caches.versions.writeThrough(
      objectKey(object.metadata),
      async () => {
        await this.#gate('status', object.metadata.name);
        const live = this.#versions.get(objectKey(object.metadata));
        if (live?.metadata.uid !== object.metadata.uid) throw failed('notFound', 404);
        const about = live.status.observedGeneration ?? -1;
        const ours = status.observedGeneration ?? -1;
        const isNews =
          about > ours || (about === ours && JSON.stringify(live.status) !== JSON.stringify(object.status));
        if (live.metadata.resourceVersion !== object.metadata.resourceVersion && isNews)
          throw failed('conflict', 409);
        this.writes.status += 1;
        const written = {
          ...live,
          metadata: { ...live.metadata, resourceVersion: this.#next() },
          status: structuredClone(status),
          isStatusOurs: status.version !== undefined,
        };
        this.#keep(written);
        return live.metadata.generation === object.metadata.generation ? written : null;
      },
      written => written,
    );
  }

  async applyNamespaceStatus(): Promise<void> {}

  async setFinalizers(object: ConfigVersion, finalizers: readonly string[]): Promise<ConfigVersion> {
    return this.caches.versions.writeThrough(
      objectKey(object.metadata),
      async () => {
        await this.#gate('finalizers', object.metadata.name);
        const live = this.#versions.get(objectKey(object.metadata));
        if (live?.metadata.resourceVersion !== object.metadata.resourceVersion) throw failed('conflict', 409);
        this.writes.finalizers += 1;
        const metadata = { ...live.metadata, finalizers, resourceVersion: this.#next() };
        const kept = this.#keep({ ...live, metadata });
        if (finalizers.length === 0 && metadata.deletionTimestamp)
          queueMicrotask(() => this.deleteVersion(metadata.namespace, metadata.name));
        return kept;
      },
      written => written,
    );
  }

  async setNamespaceFinalizers(object: ConfigNamespace): Promise<ConfigNamespace> {
    return object;
  }

  event({ metadata }: ConfigVersion, { reason, note }: { reason: string; note: string }): void {
    this.events.push({ object: metadata.name, reason, note });
  }

  async #gate(write: Write, name: string): Promise<void> {
    const held = this.#held.get(`${write} ${name}`);
    if (!held) return;
    this.#held.delete(`${write} ${name}`);
    held.reached();
    await held.let;
  }

  #merged(desired: DesiredConfigMap, live: Stored | undefined): Stored {
    const { namespace, name, labels, annotations, ownerReferences, data } = desired;
    const before = live && configMapState(live as never);
    const foreign = (values: Record<string, string> | undefined, where: string) =>
      Object.fromEntries(
        Object.entries(values ?? {}).filter(([key]) => !before?.applied.includes(`${where}:${key}`)),
      );
    const owned = (values: object) => Object.fromEntries(Object.keys(values).map(key => [`f:${key}`, {}]));
    const fieldsV1 = {
      'f:metadata': { 'f:labels': owned(labels), 'f:annotations': owned(annotations) },
      'f:data': owned(data),
    };
    return {
      metadata: {
        ...{ namespace, name, uid: live?.metadata.uid ?? `uid-${this.#next()}`, resourceVersion: '' },
        labels: { ...foreign(live?.metadata.labels, 'label'), ...labels },
        annotations: { ...foreign(live?.metadata.annotations, 'annotation'), ...annotations },
        ownerReferences,
        managedFields: [{ manager: 'pawl', operation: 'Apply', fieldsV1 }],
      },
      data: { ...foreign(live?.data, 'data'), ...data },
      binaryData: live?.binaryData ?? {},
    };
  }

  #keep(object: ConfigVersion): ConfigVersion {
    this.#versions.set(objectKey(object.metadata), object);
    queueMicrotask(() => this.caches.versions.upsert(object));
    return object;
  }

  #keepMap(map: Stored): ConfigMapState {
    map.metadata.resourceVersion = this.#next();
    this.#maps.set(objectKey(map.metadata), map);
    const state = configMapState(map as never);
    // The watch tells only of what has our label.
    const isWatched = map.metadata.labels['app.kubernetes.io/managed-by'] === 'pawl';
    const had = this.caches.maps.get(objectKey(state));
    queueMicrotask(() => {
      if (isWatched) this.caches.maps.upsert(state);
      else if (had) this.caches.maps.remove(had);
    });
    return state;
  }

  #collectGarbage(): void {
    const live = new Set([...this.#versions.values()].map(({ metadata }) => metadata.uid));
    for (const { metadata } of [...this.#maps.values()]) {
      const { ownerReferences: owners } = metadata;
      if (owners.length > 0 && !owners.some(({ uid }) => live.has(uid)))
        this.deleteMap(metadata.namespace, metadata.name);
    }
  }

  #next(): string {
    this.#revision += 1;
    return String(this.#revision);
  }
}
