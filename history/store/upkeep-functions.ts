/** The schema's functions for what nobody asks for: who is there, and what goes with time. */
import type { ClusterBeat } from '../words/save.ts';
import { boundedParts, milliseconds, type Rotation, rotationParts } from './function-parts.ts';
import { type SqlCall, scalar, sqlCall } from './parameters.ts';

export const registerCluster: SqlCall<ClusterBeat> = sqlCall('register_cluster', {
  name: scalar('text', ({ name }) => name),
  uid: scalar('text', ({ uid }) => uid),
  stale: milliseconds(({ staleMs }) => staleMs),
});

interface Holding {
  readonly cluster: string;
  readonly clusterUid: string;
  readonly namespace: string;
  readonly uid: string;
  readonly claimed: boolean;
}
export const holdNamespace: SqlCall<Holding> = sqlCall('hold_namespace', {
  cluster: scalar('text', ({ cluster }) => cluster),
  cluster_uid: scalar('text', ({ clusterUid }) => clusterUid),
  namespace: scalar('text', ({ namespace }) => namespace),
  uid: scalar('text', ({ uid }) => uid),
  claimed: scalar('boolean', ({ claimed }) => claimed),
});

export const rotateLog = sqlCall('rotate_log', boundedParts);
export const rotateChanges = sqlCall('rotate_changes', boundedParts);
export const rotateKeys = sqlCall('rotate_keys', rotationParts);
export const rotateTrash: SqlCall<{ readonly batch: number }> = sqlCall('rotate_trash', {
  batch: scalar('integer', ({ batch }) => batch),
});
export const rotateProposals = sqlCall('rotate_proposals', rotationParts);

/** Links versions that were saved before there were links. */
export const linkWaiting: SqlCall<Pick<Rotation, 'batch'>> = sqlCall('link_waiting', {
  batch: scalar('integer', ({ batch }) => batch),
});
