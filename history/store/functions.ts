/**
 * The schema's functions that save, each as a table of its parameters: which name each field of a save has in SQL,
 * stated once. Invariant: what PostgreSQL cannot hold is refused by name before it is sent.
 */
import type { SaveImport, VersionToImport } from '../words/imports.ts';
import type {
  Actor,
  ApprovalRecord,
  ConfigId,
  GitOrigin,
  NewVersion,
  ProposalRef,
  Source,
} from '../words/model.ts';
import type { Quota } from '../words/policy.ts';
import type { ChangeToSave, Idempotency } from '../words/request.ts';
import type {
  ConfigDeletion,
  FloorRaise,
  LineMove,
  LineRewind,
  RefusalToLog,
  Save,
  SaveTogether,
} from '../words/save.ts';
import { actorParts, configParts, keepParts, keyParts, type TrashTime } from './function-parts.ts';
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

export const deleteOwn: SqlCall<ConfigDeletion & TrashTime> = sqlCall('delete_own_keeping', {
  ...keepParts(),
  at: configKey(deletion => deletion.config),
  expected_head: scalar('bigint', deletion => deletion.expectedHead),
  source: source(deletion => deletion.source),
  uid: scalar('text', deletion => deletion.uid),
  by: actor(deletion => deletion.actor),
});

const proposalParts: Parts<{ proposal: Omit<ProposalRef, 'text'> }> = {
  cluster: scalar('text', ({ proposal }) => proposal.source.cluster),
  object_namespace: scalar('text', ({ proposal }) => proposal.source.namespace),
  object_name: scalar('text', ({ proposal }) => proposal.source.name),
  uid: scalar('text', ({ proposal }) => proposal.uid),
  generation: scalar('bigint', ({ proposal }) => proposal.generation),
  proposal_sha256: scalar('bytea', ({ proposal }) => hashValue(proposal.sha256)),
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
export const saveTogetherKeeping: SqlCall<SaveTogether & TrashTime> = sqlCall('save_together_keeping', {
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
export const saveApprovedTogether: SqlCall<SaveTogether & TrashTime> = sqlCall('save_approved_together', {
  ...saveTogetherKeeping.parts,
  records: scalar('jsonb', ({ approval }) => JSON.stringify((approval?.records ?? []).map(recordsOf))),
  waited: scalar('bigint', ({ approval }) => approval?.kept?.id ?? null),
  content_sha256: scalar('bytea', ({ approval }) => approval?.kept && hashValue(approval.kept.contentSha256)),
});

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
