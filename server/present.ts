/** Turns records of the history into the API's JSON. Version numbers stay below 2^53, as the store's counters do. */
import type {
  Config,
  DeletedConfig,
  Deployment,
  DeploymentChange,
  Git,
  Namespace,
  SaveResult,
  Version,
  VersionApproval,
  VersionFacts,
  Violation,
} from '../api/types.gen.ts';
import { originIn } from '../history/core/carry.ts';
import type {
  DeploymentChange as ChangeRecord,
  ConfigRecord,
  DeploymentRecord,
  NamespaceRecord,
  TrashRecord,
  VersionDetail,
} from '../history/words/history.ts';
import type { ApprovalRecord, AuthoredAt, ConfigId, GitOrigin, VersionKind } from '../history/words/model.ts';
import type { RuleNotice } from '../history/words/secret.ts';
import type { Format } from '../text/format.ts';

export function namespaceOf({ name, configs, createdAt }: NamespaceRecord): Namespace {
  return { name, configs, created_at: createdAt.toISOString() };
}

export function trashOf(deletion: TrashRecord): DeletedConfig {
  const { config, format, versions, bytes, firstVersion, lastVersion } = deletion;
  return {
    ...{ path: config.path, format, versions, bytes },
    ...{ first_version: Number(firstVersion), last_version: Number(lastVersion) },
    deleted_at: deletion.deletedAt.toISOString(),
    deleted_by: deletion.deletedBy.name,
    kept_until: deletion.keptUntil.toISOString(),
  };
}

export function configOf({ config, format, head }: Pick<ConfigRecord, 'config' | 'format' | 'head'>): Config {
  return configWith(config, format, head.version);
}

export function configWith({ namespace, path }: ConfigId, format: Format, latest: bigint): Config {
  return { namespace, path, format, latest_version: Number(latest) };
}

export function factsOf(version: VersionDetail): VersionFacts {
  const { mergedOnto, mergedPaths, confirmedBy, object, baseVersion, authored } = version;
  const promotedFrom = version.kind === 'promoted' ? originIn(version.comment) : null;
  return {
    version: Number(version.version),
    content_sha256: version.sha256,
    created_at: version.createdAt.toISOString(),
    created_by: version.author,
    actor: version.actor.name,
    actor_verified: version.actor.verified,
    comment: version.comment,
    kind: version.kind,
    base_version: baseVersion === null ? null : Number(baseVersion),
    git: gitOf(version.git),
    ...(mergedOnto !== null && { merged_onto: Number(mergedOnto) }),
    ...(mergedPaths.length > 0 && { merged_paths: [...mergedPaths] }),
    ...(promotedFrom && { promoted_from: promotedFrom }),
    ...(confirmedBy !== null && { confirmed_by: confirmedBy }),
    ...(version.approvals.length > 0 && { approvals: version.approvals.map(approvalOf) }),
    ...(authored && { authored_at: authoredTime(authored) }),
    ...(object && { object: `${object.cluster}/${object.namespace}/${object.name}` }),
    bytes: version.bytes,
  };
}

function approvalOf({ kind, name, at, reason }: ApprovalRecord): VersionApproval {
  return { kind, name, ...(at && { at: at.toISOString() }), ...(reason !== null && { reason }) };
}

export function versionOf(version: VersionDetail, text: string): Version {
  return { ...factsOf(version), body_raw: text };
}

/** RFC 3339, in the author's own time zone. */
function authoredTime({ at, offsetMinutes }: AuthoredAt): string {
  const there = new Date(at.getTime() + offsetMinutes * 60_000).toISOString().replace(/[.]\d+Z$/, '');
  const [hours, minutes] = [Math.floor(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60];
  const two = (part: number) => String(part).padStart(2, '0');
  return `${there}${offsetMinutes < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`;
}

export function gitOf({ commit, branch, dirty, remote, path }: GitOrigin): Git {
  return {
    ...(commit !== undefined && { commit }),
    ...(branch !== undefined && { branch }),
    ...(dirty !== undefined && { dirty }),
    ...(remote !== undefined && { remote }),
    ...(path !== undefined && { path }),
  };
}

export function resultOf(kind: VersionKind): SaveResult {
  return kind === 'direct' ? 'saved' : kind;
}

/** What rules that only warn say; nothing where there is nothing to say. */
export function noticesOf(answer: { readonly kind: string; readonly notices?: readonly RuleNotice[] }): {
  notices?: Violation[];
} {
  const notices = violationsOf(answer.notices ?? []).violations;
  return notices.length > 0 ? { notices } : {};
}

/** All places that rules found, and how many more there are. */
export function violationsOf(findings: readonly RuleNotice[]): {
  violations: Violation[];
  more_violations?: number;
} {
  const violations = findings.flatMap(placesOf);
  const more = findings.reduce((sum, found) => sum + ('more' in found ? found.more : 0), 0);
  return { violations, ...(more > 0 && { more_violations: more }) };
}

function placesOf(found: RuleNotice): readonly Violation[] {
  switch (found.kind) {
    case 'violated':
      return found.violations;
    case 'unfinished':
      return [{ schema: found.schema, message: `took too long on this text: ${found.why}` }];
    case 'secrets':
      return found.places;
    case 'unsearched':
      return [{ message: `The text took too long to be searched for secrets: ${found.why}` }];
  }
}

export function deploymentOf(record: DeploymentRecord): Deployment {
  return {
    id: record.id,
    created_at: record.createdAt.toISOString(),
    deployer: record.deployer.name,
    deployer_verified: record.deployer.verified,
    ...(record.group !== null && { group: record.group }),
    git: gitOf(record.git),
    result: record.result,
    entries: record.entries,
    changes: record.changes.map(changeOf),
    change_count: record.changeCount,
  };
}

function changeOf({
  config,
  operation,
  oldVersion,
  newVersion,
  oldSha256,
  newSha256,
  refusal,
  note,
}: ChangeRecord) {
  const change: DeploymentChange = {
    ...{ namespace: config.namespace, path: config.path, operation },
    ...(oldVersion !== null && { old_version: Number(oldVersion) }),
    ...(newVersion !== null && { new_version: Number(newVersion) }),
    ...(oldSha256 !== null && { old_sha256: oldSha256 }),
    ...(newSha256 !== null && { new_sha256: newSha256 }),
    ...(refusal && { refusal: { reason: refusal.reason, message: refusal.message } }),
    ...(note !== null && { note }),
  };
  return change;
}
