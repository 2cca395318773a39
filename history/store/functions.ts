/**
 * The schema's functions that write, each as a table of its parameters: which name each field of a save has in SQL,
 * stated once. Invariant: what PostgreSQL cannot hold is refused by name before it is sent.
 */
import { sha256 } from '../../text/sha256.ts';
import type { SaveImport, VersionToImport } from '../words/imports.ts';
import type {
  Actor,
  ApprovalRecord,
  Approvals,
  ConfigId,
  GitOrigin,
  NewVersion,
  ProposalRef,
  Source,
  Version,
} from '../words/model.ts';
import type { FailedRendering, NotificationToKeep, SettledAs, ShownVersion } from '../words/notification.ts';
import type { Quota } from '../words/policy.ts';
import type { ChangeToSave, Idempotency } from '../words/request.ts';
import type {
  ClusterBeat,
  ConfigDeletion,
  FloorRaise,
  JudgementToKeep,
  KeptProposal,
  LineMove,
  LineRewind,
  ProposalToKeep,
  RefusalToLog,
  Save,
  SaveTogether,
} from '../words/save.ts';
import { columns, composite, list, type Parts, type SqlCall, scalar, sqlCall } from './parameters.ts';
import { groupValue, hashValue, remarkValue, textValue } from './values.ts';

interface Origin {
  readonly actor: Actor;
  readonly git: GitOrigin;
  readonly group: string | null;
}

/** What a new version is in SQL. */
interface VersionRow extends Omit<NewVersion, 'actor' | 'git' | 'deploymentId'> {
  readonly baseVersion: bigint | null;
}

const milliseconds = <Input>(value: (input: Input) => number) =>
  scalar<Input>('interval', input => `${value(input)} milliseconds`);

const remark = (text: string | undefined) => (text === undefined ? null : remarkValue(text));

const configKey = composite<ConfigId>('config_key', {
  namespace: scalar('text', ({ namespace }) => namespace),
  path: scalar('text', ({ path }) => path),
});

const actor = composite<Actor>('actor', {
  name: scalar('text', ({ name }) => name),
  verified: scalar('boolean', ({ verified }) => verified),
});

const gitOrigin = composite<GitOrigin>('git_origin', {
  commit: scalar('text', ({ commit }) => remark(commit)),
  branch: scalar('text', ({ branch }) => remark(branch)),
  dirty: scalar('boolean', ({ dirty }) => dirty ?? null),
  remote: scalar('text', ({ remote }) => remark(remote)),
  path: scalar('text', ({ path }) => remark(path)),
});

const origin = composite<Origin>('origin', {
  deployer: actor(by => by.actor),
  git: gitOrigin(by => by.git),
  group_key: scalar('text', by => groupValue(by.group)),
});

const sourceParts: Parts<Source> = {
  cluster: scalar('text', ({ cluster }) => cluster),
  namespace: scalar('text', ({ namespace }) => namespace),
  name: scalar('text', ({ name }) => name),
};
const source = composite<Source>('source', sourceParts);

/** `text`: null where the version saved says the same. */
const proposal = composite<Omit<ProposalRef, 'text'> & { readonly text: string | null }>('proposal', {
  source: source(one => one.source),
  uid: scalar('text', ({ uid }) => uid),
  generation: scalar('bigint', ({ generation }) => generation),
  sha256: scalar('bytea', ({ sha256 }) => hashValue(sha256)),
  text: scalar('text', ({ text }) => (text === null ? null : textValue(text, 'the proposed text'))),
  base_version: scalar('bigint', ({ baseVersion }) => baseVersion),
});

/** All null for a change that saves nothing. */
const newVersion = composite<VersionRow | null>('new_version', {
  format: scalar('text', version => version?.format ?? null),
  body_raw: scalar('text', version => version && textValue(version.body.text, 'the text to save')),
  body_json: scalar('jsonb', version => version?.body.json ?? null),
  documents: scalar('integer', version => version?.body.documents ?? null),
  sha256: scalar('bytea', version => version && hashValue(version.body.sha256)),
  kind: scalar('text', version => version?.kind ?? null),
  base_version: scalar('bigint', version => version?.baseVersion ?? null),
  merged_paths: scalar('text[]', version => version?.mergedPaths ?? []),
  author: scalar('text', version => version && remarkValue(version.author)),
  comment: scalar('text', version => version && remarkValue(version.comment)),
  confirmed_by: scalar('text', version => version?.confirmedBy ?? null),
});

/** An idempotency key, one by one. All null for a request without one. */
const keyParts = <Input>(find: (input: Input) => Idempotency | null) => {
  const part = (type: string, value: (one: Idempotency) => unknown) =>
    scalar<Input>(type, input => {
      const one = find(input);
      return one && value(one);
    });
  return {
    principal: part('text', one => textValue(one.principal, 'the user')),
    key: part('text', one => textValue(one.key, 'the idempotency key')),
    request_sha256: part('bytea', one => hashValue(one.requestSha256)),
  };
};

/** All null for a namespace without any. */
const quotaParts: Parts<Quota | null> = {
  namespace: scalar('text', quota => quota?.namespace ?? null),
  versions_per_day: scalar('bigint', quota => quota?.versionsPerDay ?? null),
  bytes: scalar('bigint', quota => quota?.bytes ?? null),
};
const quotaValue = composite<Quota | null>('quota', quotaParts);

/** As the statement `look` calls them. */
const lineColumns = [
  ...['uid', 'generation', 'base_version', 'version', 'accepted_as', 'superseded_by'].map(
    column => `(answer.line).${column} AS line_${column}`,
  ),
  ...['sha256', 'content_sha256'].map(column => `encode((answer.line).${column}, 'hex') AS line_${column}`),
].join(', ');

const savedColumns = `outcome, config_id, created_at, exceeded, ${lineColumns}`;

export const saveProposal: SqlCall<Save> = sqlCall(
  'save_proposal',
  {
    at: configKey(save => save.config),
    expected_head: scalar('bigint', save => save.expectedHead),
    expected_sha256: scalar('bytea', ({ expectedSha256: hash }) =>
      hash === undefined ? null : hashValue(hash),
    ),
    proposal: proposal(save => {
      const same = save.proposal.sha256 === save.version.body.sha256;
      return same ? { ...save.proposal, text: null } : save.proposal;
    }),
    version: newVersion(({ version, proposal: { baseVersion } }) => ({ ...version, baseVersion })),
    by: origin(({ version }) => ({ ...version, group: version.deploymentId })),
    quota: quotaValue(save => save.quota),
  },
  savedColumns,
);

/** Onto a version of this person only. */
export const saveOnto: SqlCall<Save> = sqlCall(
  'save_onto',
  { ...saveProposal.parts, expected_actor: scalar('text', save => save.expectedActor) },
  savedColumns,
);

const recordsOf = (records: readonly ApprovalRecord[]) =>
  records.map(({ kind, name, at, reason }) => ({
    ...{ kind, name: remarkValue(name), at: at?.toISOString() ?? null },
    reason: reason === null ? null : remarkValue(reason),
  }));

/** Of an object that others have approved. */
export const saveApproved: SqlCall<Save> = sqlCall(
  'save_approved',
  {
    ...saveProposal.parts,
    token: scalar('text', ({ approved }) => approved?.token ?? ''),
    names: scalar('text[]', ({ approved }) => approved?.names ?? []),
  },
  savedColumns,
);

const { quota: _, ...unlimited } = saveOnto.parts;
/** Of several configs, each in a namespace without a quota. */
export const saveProposals: SqlCall<readonly Save[]> = sqlCall('save_proposals', columns(unlimited));

export const moveLineTo: SqlCall<LineMove> = sqlCall(
  'move_line_to',
  {
    at: configKey(move => move.config),
    expected_head: scalar('bigint', move => move.expectedHead),
    version: scalar('bigint', move => move.version),
    proposal: proposal(move => move.proposal),
    by: origin(move => ({ ...move, group: move.deploymentId })),
  },
  `outcome, ${lineColumns}`,
);

/** How long what is deleted stays in the trash; 0: not at all. */
interface Keeping {
  readonly keepMs: number;
}
const keepParts = <Input extends Keeping>(): Parts<Input> => ({
  keep: milliseconds(({ keepMs }) => keepMs),
});

export const deleteOwn: SqlCall<ConfigDeletion & Keeping> = sqlCall('delete_own_keeping', {
  ...keepParts(),
  at: configKey(deletion => deletion.config),
  expected_head: scalar('bigint', deletion => deletion.expectedHead),
  source: source(deletion => deletion.source),
  uid: scalar('text', deletion => deletion.uid),
  by: actor(deletion => deletion.actor),
});

/** Of functions that take the parts of a config, a proposal and a Git origin one by one. */
const configParts: Parts<{ config: ConfigId }> = {
  namespace: scalar('text', ({ config }) => config.namespace),
  path: scalar('text', ({ config }) => config.path),
};
const proposalParts: Parts<{ proposal: Omit<ProposalRef, 'text'> }> = {
  cluster: scalar('text', ({ proposal }) => proposal.source.cluster),
  object_namespace: scalar('text', ({ proposal }) => proposal.source.namespace),
  object_name: scalar('text', ({ proposal }) => proposal.source.name),
  uid: scalar('text', ({ proposal }) => proposal.uid),
  generation: scalar('bigint', ({ proposal }) => proposal.generation),
  proposal_sha256: scalar('bytea', ({ proposal }) => hashValue(proposal.sha256)),
};
const actorParts: Parts<{ actor: Actor }> = {
  actor: scalar('text', ({ actor: { name } }) => name),
  actor_verified: scalar('boolean', ({ actor: { verified } }) => verified),
};

export const logRefusal: SqlCall<RefusalToLog> = sqlCall('log_refusal', {
  ...configParts,
  ...proposalParts,
  ...actorParts,
  git_commit: scalar('text', ({ git }) => remark(git.commit)),
  git_branch: scalar('text', ({ git }) => remark(git.branch)),
  git_dirty: scalar('boolean', ({ git }) => git.dirty ?? null),
  git_remote: scalar('text', ({ git }) => remark(git.remote)),
  git_path: scalar('text', ({ git }) => remark(git.path)),
  group: scalar('text', ({ deploymentId }) => groupValue(deploymentId)),
  reason: scalar('text', ({ reason }) => reason),
  message: scalar('text', ({ message }) => remarkValue(message)),
});

export const rewindLine: SqlCall<LineRewind> = sqlCall('rewind_line', {
  ...configParts,
  ...proposalParts,
  proposal_text: scalar('text', ({ proposal: { text } }) => textValue(text, 'the proposed text')),
  base_version: scalar('bigint', ({ proposal: { baseVersion } }) => baseVersion),
  line_uid: scalar('text', ({ seen }) => seen.uid),
  line_generation: scalar('bigint', ({ seen }) => seen.generation),
  line_sha256: scalar('bytea', ({ seen }) => hashValue(seen.sha256)),
  ...actorParts,
});

export const raiseFloor: SqlCall<FloorRaise> = sqlCall('raise_floor', {
  ...configParts,
  format: scalar('text', ({ format }) => format),
  seen: scalar('bigint', ({ seen }) => seen),
});

export interface QuotaQuestion {
  readonly quota: Quota;
  readonly versions: number;
  readonly bytes: number;
}

interface ChangeElement {
  readonly change: ChangeToSave;
  readonly request: SaveTogether;
}

const saveOf = ({ change, request }: ChangeElement): VersionRow | null => {
  if (change.kind !== 'save') return null;
  const { body, format, versionKind: kind, baseVersion, mergedPaths, comment } = change;
  const confirmedBy = kind === 'confirmed' ? request.actor.name : null;
  return { body, format, kind, baseVersion, mergedPaths, comment, author: request.author, confirmedBy };
};

const sha256Of = ({ change }: ChangeElement): string | null => {
  if (change.kind === 'delete') return null;
  return change.kind === 'save' ? change.body.sha256 : change.sha256;
};

export const saveTogether: SqlCall<SaveTogether> = sqlCall('save_together', {
  changes: list<SaveTogether, ChangeElement>(
    'change_to_save',
    {
      config: configKey(({ change }) => change.config),
      operation: scalar('text', ({ change }) => change.kind),
      expected_head: scalar('bigint', ({ change }) => change.expectedHead),
      sha256: scalar('bytea', element => {
        const sha256 = sha256Of(element);
        return sha256 === null ? null : hashValue(sha256);
      }),
      version: newVersion(saveOf),
    },
    request => request.changes.map(change => ({ change, request })),
  ),
  by: origin(request => request),
  ...keyParts<SaveTogether>(request => request.idempotency),
  quotas: list<SaveTogether, Quota>('quota', quotaParts, request => request.quotas),
});

/** As the OpenAPI document bounds a comment. */
const mostRemark = 4_096;

/** Where something is deleted. */
export const saveTogetherKeeping: SqlCall<SaveTogether & Keeping> = sqlCall('save_together_keeping', {
  ...saveTogether.parts,
  ...keepParts(),
  remark: scalar('text', remarkOf),
});

/** What the log says of the deletes among its changes, once for all that say the same. */
function remarkOf({ changes }: SaveTogether): string | null {
  const remarks = new Set(changes.flatMap(change => (change.kind === 'delete' ? change.remark : [])));
  const said = [...remarks].filter(remark => remark !== '').join('\n');
  return said === '' ? null : remarkValue(said.slice(0, mostRemark));
}

/** With what the history tells of each change's approval; what waited goes with it. */
export const saveApprovedTogether: SqlCall<SaveTogether & Keeping> = sqlCall('save_approved_together', {
  ...saveTogetherKeeping.parts,
  records: scalar('jsonb', ({ approval }) => JSON.stringify((approval?.records ?? []).map(recordsOf))),
  waited: scalar('bigint', ({ approval }) => approval?.kept?.id ?? null),
  content_sha256: scalar('bytea', ({ approval }) => approval?.kept && hashValue(approval.kept.contentSha256)),
});

export const keepProposal: SqlCall<ProposalToKeep> = sqlCall('keep_proposal', {
  namespace: scalar('text', ({ namespace }) => namespace),
  paths: scalar('text[]', ({ paths }) => paths),
  subject: scalar('bytea', ({ paths }) => hashValue(sha256(paths.join('\n')))),
  proposer: scalar('text', ({ proposer }) => textValue(proposer, 'the user')),
  sha256s: scalar('bytea[]', ({ sha256s }) => sha256s.map(hashValue)),
  request: scalar('text', ({ request }) => textValue(request, 'the request')),
  content_sha256: scalar('bytea', ({ contentSha256 }) => hashValue(contentSha256)),
  max_count: scalar('bigint', ({ limits }) => limits.count),
  max_bytes: scalar('bigint', ({ limits }) => limits.bytes),
  max_of_one: scalar('bigint', ({ limits }) => limits.ofOne),
});

export const judgeObject: SqlCall<JudgementToKeep> = sqlCall('judge_object', {
  uid: scalar('text', ({ uid }) => uid),
  generation: scalar('bigint', ({ generation }) => generation),
  token: scalar('text', ({ token }) => token),
  name: scalar('text', ({ name }) => textValue(name, 'the user')),
  rejected: scalar('text', ({ rejected }) => (rejected === null ? null : remarkValue(rejected))),
});

type KeptName = Pick<KeptProposal, 'id' | 'contentSha256'>;
const keptParts: Parts<KeptName> = {
  id: scalar('bigint', ({ id }) => id),
  content_sha256: scalar('bytea', ({ contentSha256 }) => hashValue(contentSha256)),
};
const approvalsValue = (approvals: Approvals | null) =>
  approvals && JSON.stringify({ token: approvals.token, by: approvals.by });

export const approveProposal: SqlCall<KeptName & { seen: Approvals | null; approvals: Approvals }> = sqlCall(
  'approve_proposal',
  {
    ...keptParts,
    seen: scalar('jsonb', ({ seen }) => approvalsValue(seen)),
    approvals: scalar('jsonb', ({ approvals }) => approvalsValue(approvals)),
  },
);

export const endProposal: SqlCall<KeptName & { actor: Actor; reason: string; message: string }> = sqlCall(
  'end_proposal',
  {
    ...keptParts,
    ...actorParts,
    reason: scalar('text', ({ reason }) => reason),
    message: scalar('text', ({ message }) => remarkValue(message)),
  },
);

export const importTogether: SqlCall<SaveImport> = sqlCall('import_versions', {
  namespace: scalar('text', ({ namespace }) => namespace),
  versions: list<SaveImport, VersionToImport>(
    'imported_version',
    {
      path: scalar('text', ({ config }) => config.path),
      expected_head: scalar('bigint', ({ expectedHead }) => expectedHead),
      version: newVersion(({ body, format, author, comment }) => ({
        ...{ body, format, author, comment, kind: 'imported', baseVersion: null },
        ...{ mergedPaths: [], confirmedBy: null },
      })),
      git: gitOrigin(({ git }) => git),
      authored_at: scalar('timestamp with time zone', ({ authored }) => authored.at.toISOString()),
      authored_offset: scalar('smallint', ({ authored }) => authored.offsetMinutes),
    },
    ({ versions }) => versions,
  ),
  by: origin(({ actor, versions }) => {
    const { path: _, ...git } = versions.at(-1)?.git ?? {};
    return { actor, git, group: null };
  }),
  quota: quotaValue(({ quota }) => quota),
});

/** Whether so much more fits into a namespace. */
export const exceededQuota: SqlCall<QuotaQuestion> = sqlCall('exceeded_quota', {
  quota: quotaValue<QuotaQuestion>(question => question.quota),
  versions: scalar('bigint', ({ versions }) => versions),
  bytes: scalar('bigint', ({ bytes }) => bytes),
});

export const recallKey: SqlCall<Idempotency> = sqlCall(
  'recall_key',
  keyParts<Idempotency>(one => one),
);

interface NamespaceWrite {
  readonly name: string;
  readonly idempotency: Idempotency | null;
}
const namespaceParts: Parts<NamespaceWrite> = {
  name: scalar('text', ({ name }) => textValue(name, 'the name')),
  ...keyParts<NamespaceWrite>(({ idempotency }) => idempotency),
};
export const createNamespace = sqlCall('create_namespace', namespaceParts);
export const deleteNamespace = sqlCall('delete_namespace', namespaceParts);

interface DeletionByRequest {
  readonly config: ConfigId;
  readonly actor: Actor;
  readonly idempotency: Idempotency | null;
}
const deletionParts: Parts<DeletionByRequest> = {
  ...configParts,
  ...actorParts,
  ...keyParts<DeletionByRequest>(({ idempotency }) => idempotency),
};

type HeadDeletion = DeletionByRequest & { readonly expectedHead: Version | null };
const headDeletionParts: Parts<HeadDeletion> = {
  ...deletionParts,
  expected_head: scalar('bigint', ({ expectedHead }) => expectedHead),
};
export const deleteConfig: SqlCall<HeadDeletion & Keeping> = sqlCall('delete_config_keeping', {
  ...headDeletionParts,
  ...keepParts(),
});
export const purgeConfig: SqlCall<HeadDeletion> = sqlCall('purge_config_by_request', headDeletionParts);

export const undeleteConfig: SqlCall<DeletionByRequest> = sqlCall('undelete_config', deletionParts);

export const deleteVersion: SqlCall<DeletionByRequest & { readonly version: Version }> = sqlCall(
  'delete_version_by_request',
  { ...deletionParts, version: scalar('bigint', ({ version }) => version) },
);

export const purgeVersion: SqlCall<
  DeletionByRequest & { readonly version: Version; readonly reason: string }
> = sqlCall('purge_version_by_request', {
  ...deletionParts,
  version: scalar('bigint', ({ version }) => version),
  reason: scalar('text', ({ reason }) => textValue(reason, 'the reason')),
});

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

export interface Rotation {
  readonly maxAgeMs: number;
  /** At most so many go. */
  readonly batch: number;
}
const rotationParts: Parts<Rotation> = {
  max_age: milliseconds(({ maxAgeMs }) => maxAgeMs),
  batch: scalar('integer', ({ batch }) => batch),
};
const boundedParts: Parts<Rotation & { readonly maxEntries: number }> = {
  max_entries: scalar('bigint', ({ maxEntries }) => maxEntries),
  ...rotationParts,
};
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

/** The object of a notifier. */
export interface NotifierName {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}
const notifierParts: Parts<NotifierName> = {
  cluster: scalar('text', ({ cluster }) => cluster),
  namespace: scalar('text', ({ namespace }) => namespace),
  name: scalar('text', ({ name }) => name),
  uid: scalar('text', ({ uid }) => uid),
};
const notifierId: Parts<{ readonly notifier: string }> = {
  notifier: scalar('bigint', ({ notifier }) => notifier),
};

export const beginNotifier: SqlCall<NotifierName & { readonly position: string }> = sqlCall(
  'begin_notifier',
  {
    ...notifierParts,
    position: scalar('text', ({ position }) => position),
  },
);

interface TakenNotifications {
  readonly notifier: string;
  readonly from: string;
  readonly to: string;
  readonly lost: boolean;
  readonly keep: readonly NotificationToKeep[];
  readonly mostWaiting: number;
  readonly mostDead: number;
}
export const takeNotifications: SqlCall<TakenNotifications> = sqlCall('take_notifications', {
  ...notifierId,
  from: scalar('text', ({ from }) => from),
  to: scalar('text', ({ to }) => to),
  lost: scalar('boolean', ({ lost }) => lost),
  event: scalar('text[]', ({ keep }) => keep.map(({ event }) => event)),
  kind: scalar('text[]', ({ keep }) => keep.map(({ kind }) => kind)),
  namespace: scalar('text[]', ({ keep }) => keep.map(({ config }) => config.namespace)),
  path: scalar('text[]', ({ keep }) => keep.map(({ config }) => config.path)),
  version: scalar('bigint[]', ({ keep }) => keep.map(({ version }) => version)),
  entry: scalar('bigint[]', ({ keep }) => keep.map(({ entry }) => entry)),
  at: scalar('timestamp with time zone[]', ({ keep }) => keep.map(({ at }) => at.toISOString())),
  most: scalar('integer', ({ mostWaiting }) => mostWaiting),
  most_dead: scalar('integer', ({ mostDead }) => mostDead),
});

export const claimNotification: SqlCall<{ readonly notifier: string; readonly holdMs: number }> = sqlCall(
  'claim_notification',
  { ...notifierId, hold: milliseconds(({ holdMs }) => holdMs) },
);

interface SettledNotification {
  readonly id: string;
  readonly attempts: number;
  readonly as: SettledAs;
  readonly mostDead: number;
}
export const settleNotification: SqlCall<SettledNotification> = sqlCall('settle_notification', {
  notification: scalar('bigint', ({ id }) => id),
  attempts: scalar('integer', ({ attempts }) => attempts),
  delivered: scalar('boolean', ({ as }) => as.kind === 'delivered'),
  wait: scalar('interval', ({ as }) => (as.kind === 'later' ? `${as.waitMs} milliseconds` : null)),
  reason: scalar('text', ({ as }) => (as.kind === 'delivered' ? null : remarkValue(as.reason))),
  most_dead: scalar('integer', ({ mostDead }) => mostDead),
});

export const reviveNotifications = sqlCall('revive_notifications', notifierId);
export const forgetNotifier = sqlCall('forget_notifier', notifierParts);
export const rotateNotifiers = sqlCall('rotate_notifiers', rotationParts);

/** A config namespace whose renderings in a cluster are told. */
export interface Followed {
  readonly cluster: string;
  readonly namespace: string;
}
const followedParts: Parts<Followed> = {
  cluster: scalar('text', ({ cluster }) => cluster),
  namespace: scalar('text', ({ namespace }) => namespace),
};

/** As it is kept: a name of a Kubernetes object has no slash. */
const targetName = ({ target: { kind, name } }: Pick<ShownVersion, 'target'>): string => `${kind}/${name}`;

export const followRenderings: SqlCall<Followed & { readonly shown: readonly ShownVersion[] }> = sqlCall(
  'follow_renderings',
  {
    ...followedParts,
    object_namespace: scalar('text[]', ({ shown }) => shown.map(({ target }) => target.namespace)),
    target: scalar('text[]', ({ shown }) => shown.map(targetName)),
    path: scalar('text[]', ({ shown }) => shown.map(({ config }) => config.path)),
    version: scalar('bigint[]', ({ shown }) => shown.map(({ version }) => version)),
  },
);
export const unfollowRenderings = sqlCall('unfollow_renderings', followedParts);

/** Of one target. */
interface RenderedTogether extends Followed, Pick<ShownVersion, 'target'> {
  readonly shown: readonly ShownVersion[];
}
export const tellRendered: SqlCall<RenderedTogether> = sqlCall('tell_rendered', {
  ...followedParts,
  object_namespace: scalar('text', ({ target }) => target.namespace),
  target: scalar('text', targetName),
  path: scalar('text[]', ({ shown }) => shown.map(({ config }) => config.path)),
  version: scalar('bigint[]', ({ shown }) => shown.map(({ version }) => version)),
});

export const tellRenderFailed: SqlCall<Followed & FailedRendering> = sqlCall('tell_render_failed', {
  ...followedParts,
  object_namespace: scalar('text', ({ target }) => target.namespace),
  target: scalar('text', targetName),
  path: scalar('text', ({ config }) => config.path),
  version: scalar('bigint', ({ version }) => version),
  object_name: scalar('text', ({ object }) => object.name),
  uid: scalar('text', ({ object }) => object.uid),
  generation: scalar('bigint', ({ object }) => object.generation),
  reason: scalar('text', ({ reason }) => reason),
  message: scalar('text', ({ message }) => remarkValue(message)),
});

export const rotateRenderingEvents = sqlCall('rotate_rendering_events', boundedParts);
