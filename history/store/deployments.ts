/** Groups log entries into deployments: the newest entry of each, with the changes of all its entries. */
import type { DeploymentChange, DeploymentRecord } from '../words/history.ts';
import { toGit, type VersionRow } from './rows.ts';

export function toDeployments(
  leads: readonly VersionRow[],
  changes: readonly VersionRow[],
): DeploymentRecord[] {
  return leads.map(lead => {
    const own = changes.filter(change => change.lead === lead.id);
    return {
      id: lead.id as string,
      group: lead.group_key as string | null,
      createdAt: lead.created_at as Date,
      deployer: { name: lead.deployer as string, verified: lead.deployer_verified as boolean },
      git: toGit(column => lead[column]),
      result: lead.together as DeploymentRecord['result'],
      entries: lead.entries as number,
      changes: own.map(toChange),
      changeCount: (own[0]?.total as number | undefined) ?? 0,
    };
  });
}

function toChange(row: VersionRow): DeploymentChange {
  const version = (value: unknown) => (value === null ? null : BigInt(value as string));
  const { reason, message } = row as { reason: string | null; message: string | null };
  return {
    config: { namespace: row.namespace as string, path: row.path as string },
    operation: row.operation as DeploymentChange['operation'],
    oldVersion: version(row.old_version),
    newVersion: version(row.new_version),
    oldSha256: row.old_hex as string | null,
    newSha256: row.new_hex as string | null,
    refusal: reason === null ? null : { reason, message: message ?? '' },
    note: reason === null ? message : null,
  };
}
