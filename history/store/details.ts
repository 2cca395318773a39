/** Turns rows of the history's lists into the types of its readers. */

import type { Format } from '../../text/format.ts';
import type { ConfigRecord, VersionDetail } from '../words/history.ts';
import type { ApprovalRecord } from '../words/model.ts';
import { toVersionRecord, type VersionRow } from './rows.ts';
import { versionColumns } from './statements.ts';

/** Columns of one version but its text, with all that is remembered of it. */
export const detailColumns = (table: string, prefix = ''): string =>
  [
    versionColumns(table, prefix),
    ...[
      ...['merged_onto', 'merged_paths', 'confirmed_by'],
      ...['object_cluster', 'object_namespace', 'object_name'],
      ...['authored_at', 'authored_offset'],
    ].map(column => `${table}.${column} AS ${prefix}${column}`),
    `octet_length(${table}.body_raw) AS ${prefix}bytes`,
  ].join(', ');

/** What was approved or bypassed for a version. */
export const approvalsColumn = (schema: string, table: string): string =>
  `(SELECT jsonb_agg(jsonb_build_object('kind', a.kind, 'name', a.name, 'at', a.at, 'reason', a.reason) ORDER BY a.ordinal)
    FROM ${schema}.approvals a WHERE a.version_id = ${table}.id) AS approvals`;

/** Columns of a config whose head is joined as another table. */
export const configColumns = (config: string): string =>
  `${config}.id AS config_id, ${config}.namespace, ${config}.path, ${config}.format, ` +
  `${config}.created_at AS config_created_at`;

export function toVersionDetail(row: VersionRow, prefix = ''): VersionDetail {
  const at = (column: string) => row[prefix + column];
  const [mergedOnto, name, authored] = [at('merged_onto'), at('object_name'), at('authored_at')];
  return {
    ...toVersionRecord(row, prefix),
    mergedOnto: mergedOnto === null ? null : BigInt(mergedOnto as string),
    mergedPaths: at('merged_paths') as string[],
    confirmedBy: at('confirmed_by') as string | null,
    object:
      name === null
        ? null
        : {
            cluster: at('object_cluster') as string,
            namespace: at('object_namespace') as string,
            name: name as string,
          },
    authored:
      authored === null ? null : { at: authored as Date, offsetMinutes: at('authored_offset') as number },
    bytes: at('bytes') as number,
    approvals: toApprovals(row.approvals),
  };
}

/** @param told undefined: the statement does not say */
function toApprovals(told: unknown): readonly ApprovalRecord[] {
  const records = (told ?? []) as (Omit<ApprovalRecord, 'at'> & { at: string })[];
  return records.map(({ at, ...record }) => ({ ...record, at: new Date(at) }));
}

/** @param prefix of the columns of its head */
export function toConfigRecord(row: VersionRow, prefix = ''): ConfigRecord {
  return {
    config: { namespace: row.namespace as string, path: row.path as string },
    id: row.config_id as string,
    format: row.format as Format,
    createdAt: row.config_created_at as Date,
    head: toVersionDetail(row, prefix),
  };
}
