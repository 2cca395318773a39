/**
 * ConfigVersion objects for the HTTP API. A confirmation is written into the status, which only Pawl may write: so it
 * is trusted without an admission policy, it goes when the merge it confirms goes, and a user's own part of the object
 * is not touched. Invariant: it lands on the very status that was shown, or nowhere. An approval is kept in the database, which
 * decides; the status only shows it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { PostgresProposals } from '../history/store/proposals.ts';
import type { Judgements } from '../history/words/model.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Proposals } from '../server/ports.ts';
import { consumersOf, podsOf } from './consumers.ts';
import { examine } from './examine.ts';
import type { KubeCluster } from './kube/cluster.ts';
import { isKubeError } from './kube/kube-error.ts';
import type { KubeWorkloads } from './kube/workloads.ts';
import type { ConfigVersion } from './object/config-version.ts';
import { withJudgements } from './object/refusal-words.ts';
import { shownConfig, shownVersion } from './object/render.ts';
import { proposedConfig } from './object/terms.ts';
import { type PreviewContext, preview } from './preview.ts';
import { sameConfig, targetOf } from './reconcile/wake.ts';

interface ProposalsContext extends Omit<PreviewContext, 'cluster'> {
  /** null: this process does not look at them. */
  readonly workloads: KubeWorkloads | null;
  readonly judgements: Pick<PostgresProposals, 'judge' | 'judged'>;
}

export function proposalsOf(
  cluster: KubeCluster,
  { workloads, judgements, ...context }: ProposalsContext,
): Proposals {
  return {
    drifted: () => cluster.driftedConfigVersions(),
    shownBy(object) {
      const map = cluster.configMap(targetOf(object));
      const about = map && shownConfig(map);
      return about && sameConfig(about, proposedConfig(object)) ? shownVersion(map) : null;
    },
    preview: (manifest, place, signal) => preview({ cluster, ...context }, manifest, place, signal),
    refused: () => cluster.refusedConfigVersions(),
    find: (namespace, name) => cluster.configVersion(`${namespace}/${name}`) ?? null,
    proposing: config => cluster.proposersOf(config),
    projecting: config => cluster.projectionsOf(config),
    consumers: config => workloads && consumersOf(workloads, cluster, config),
    pods: async (consumer, signal) => workloads && podsOf(workloads, consumer, signal),
    configMap: ref => cluster.configMap(ref) ?? null,
    examine: (object, signal) => examine({ cluster, ...context }, object, signal),
    judged: (objects, signal) => judgedOf(judgements, objects, signal),
    async judge(object, judgement, signal) {
      const { uid, generation } = object.metadata;
      await judgements.judge({ uid, generation: BigInt(generation), ...judgement }, signal);
      const said = (await judgedOf(judgements, [object], signal)).get(uid);
      return said ? showJudgements(cluster, object, judgement.token, said, signal) : 'moved';
    },
    async confirm(object, by, signal) {
      const { conflict, ...facts } = object.status;
      if (conflict === undefined) return 'moved';
      const status = { ...facts, conflict: { ...conflict, confirmedBy: by } };
      try {
        await cluster.applyStatus(object, status, signal);
        return 'confirmed';
      } catch (error) {
        if (isKubeError(error, 'conflict') || isKubeError(error, 'notFound')) return 'moved';
        throw error;
      }
    },
  };
}

async function judgedOf(
  judgements: ProposalsContext['judgements'],
  objects: readonly ConfigVersion[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Judgements>> {
  const said = await judgements.judged(
    objects.map(({ metadata }) => metadata.uid),
    signal,
  );
  // What was said to an earlier generation is not about this one.
  const current = objects.filter(
    ({ metadata: { uid, generation } }) => said.get(uid)?.generation === BigInt(generation),
  );
  return new Map(current.map(({ metadata: { uid } }) => [uid, said.get(uid)!]));
}

/** Writes that the operator or others make of the same status meanwhile. */
const maxShows = 5;
const betweenShowsMs = 100;

/** Has the operator look at the object again. It may have looked just before, so the write is tried until it is not in between. */
async function showJudgements(
  cluster: Pick<KubeCluster, 'configVersion' | 'applyStatus'>,
  { metadata: { namespace, name, uid } }: ConfigVersion,
  token: string,
  said: Judgements,
  signal: AbortSignal,
): Promise<Judgements | 'moved'> {
  for (let tries = 1; ; tries += 1) {
    const object = cluster.configVersion(`${namespace}/${name}`);
    const shown = object?.status.approval;
    if (object?.metadata.uid !== uid || shown?.token !== token) return 'moved';
    const approval = withJudgements(shown, said);
    if (isDeepStrictEqual(approval, shown)) return said;
    try {
      await cluster.applyStatus(object, { ...object.status, approval }, signal);
      return said;
    } catch (error) {
      if (isKubeError(error, 'notFound')) return 'moved';
      if (!isKubeError(error, 'conflict') || tries === maxShows) throw error;
      await systemClock.sleep(betweenShowsMs, signal);
    }
  }
}
