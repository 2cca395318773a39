/**
 * What would become of a ConfigVersion's manifest, applied now: the same terms, law and decision as when the operator looks
 * at the object. Invariant: no text, line or entry of the log is written, and nothing to the cluster.
 */
import { isDeepStrictEqual } from 'node:util';
import { unapprovedRefusal } from '../history/core/approval.ts';
import { Concluder, type Conclusion } from '../history/settle/concluder.ts';
import type { Store } from '../history/settle/ports.ts';
import type { Thinker } from '../history/settle/thinker.ts';
import { systemClock } from '../runtime/clock.ts';
import type { PlaceInLine } from '../runtime/offload.ts';
import type { Fate, Foreseen, Manifest } from '../server/ports.ts';
import { sha256 } from '../text/sha256.ts';
import { annotation, type ConfigVersion } from './object/config-version.ts';
import { stallOf } from './object/refusal-words.ts';
import { proposedConfig, type ReadSettings, readTerms, type Terms } from './object/terms.ts';
import { type Holds, wholeLawOf } from './reconcile/namespace-law.ts';
import type { Cluster } from './reconcile/ports.ts';
import { formerSha256Of, sameConfig } from './reconcile/wake.ts';

/** Lost races after which it is said that others are at it. */
const maxRaces = 8;

export interface PreviewContext {
  readonly cluster: Pick<Cluster, 'configVersion' | 'configNamespace' | 'kubeNamespace' | 'schemas'>;
  readonly store: Pick<Store, 'look' | 'texts' | 'between' | 'lineText' | 'judged'>;
  readonly thinker: Thinker;
  readonly reading: ReadSettings;
  /** Kubernetes namespaces that are looked into; null: all. */
  readonly watched: readonly string[] | null;
  readonly holds: Holds;
}

export async function preview(
  { cluster, store, thinker, reading, watched, holds }: PreviewContext,
  manifest: Manifest,
  place: PlaceInLine,
  signal: AbortSignal,
): Promise<Foreseen> {
  const { namespace, name, spec } = manifest;
  if (watched !== null && !watched.includes(namespace)) return { kind: 'unwatched' };
  const present = cluster.configVersion(`${namespace}/${name}`);
  const exists = present !== undefined;
  const object = asApplied(manifest, present, reading);
  if (present && present.spec.format !== spec.format) return { kind: 'immutable', exists, field: 'format' };
  if (present && !sameConfig(proposedConfig(present), proposedConfig(object))) {
    return { kind: 'immutable', exists, field: present.spec.path === spec.path ? 'namespace' : 'path' };
  }
  if (spec.suspend) return { kind: 'suspended', exists };
  const concluder = new Concluder(store, thinker);
  for (let race = 0; race < maxRaces; race++) {
    const law = await wholeLawOf({ cluster, holds }, object, ['write', 'read'], systemClock.now(), signal);
    if (!law) return { kind: 'untold' };
    const terms = readTerms(object, reading);
    const formerSha256 = formerSha256Of(cluster, object);
    const proposal = { ...terms, text: spec.body };
    const concluded = await concluder.conclude(proposal, law, { formerSha256, place }, signal);
    if (concluded === 'untold') return { kind: 'untold' };
    if (concluded !== 'raced' && concluded.kind === 'waiting')
      return { kind: 'waiting', exists, former: spec.formerly! };
    if (concluded === 'raced' || concluded.decision.kind === 'outdated') continue;
    const fate = await fateOf(store, terms, concluded, signal);
    if (fate) return { ...fate, exists };
  }
  return { kind: 'raced' };
}

/** Null: a text is gone meanwhile. */
async function fateOf(
  store: PreviewContext['store'],
  terms: Terms,
  { decision, view, headText }: Conclusion,
  signal: AbortSignal,
): Promise<Fate | null> {
  switch (decision.kind) {
    case 'outdated':
      return null;
    case 'accepted':
      return { kind: 'unchanged', version: decision.line.version };
    case 'unchanged':
      return { kind: 'unchanged', version: decision.version };
    case 'refused': {
      const { refusal } = decision;
      const change = refusal.kind === 'unconfirmed' ? refusal.mergedDiff : null;
      return { kind: 'refused', stall: stallOf(refusal, terms), change };
    }
    case 'unapproved': {
      const refusal = unapprovedRefusal(terms, decision, await store.judged(terms, signal));
      return { kind: 'refused', stall: stallOf(refusal, terms), change: decision.change };
    }
    case 'save': {
      const { head } = view;
      const before =
        head && (headText ?? (await store.texts(terms.config, [head.version], signal)).get(head.version));
      if (head && before == null) return null;
      return {
        ...(decision.notices && { notices: decision.notices }),
        kind: decision.versionKind === 'direct' ? 'saved' : 'merged',
        version: (view.config?.lastVersion ?? 0n) + 1n,
        onto: head && { record: head, text: before! },
        text: decision.body.text,
      };
    }
  }
}

/** The object as it would be: of the next generation, unless that says what is there already. */
function asApplied(
  { namespace, name, spec, annotations, appliedBy, sender }: Manifest,
  present: ConfigVersion | undefined,
  { trustStamps }: ReadSettings,
): ConfigVersion {
  const { body, ...rest } = spec;
  const bodySha256 = sha256(body);
  const isSame = present?.bodySha256 === bodySha256 && isDeepStrictEqual({ ...present.spec }, rest);
  const generation = (present?.metadata.generation ?? 0) + (isSame ? 0 : 1);
  const last = present?.metadata.annotations[annotation.requestedBy];
  const stamp = isSame ? last : (appliedBy ?? last ?? sender);
  const { [annotation.requestedBy]: _, [annotation.confirmedBy]: __, ...own } = annotations;
  return {
    metadata: {
      ...{ namespace, name, uid: present?.metadata.uid ?? '', generation, resourceVersion: '' },
      creationTimestamp: present?.metadata.creationTimestamp ?? '',
      annotations: { ...own, ...(trustStamps && stamp && { [annotation.requestedBy]: stamp }) },
    },
    spec: rest,
    bodySha256,
    status: present?.status ?? { observedGeneration: -1 },
    isStatusOurs: present?.isStatusOurs ?? false,
    specManager: present?.specManager ?? '',
  };
}
