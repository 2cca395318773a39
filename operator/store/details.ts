/** Rows of the history's lists into the words of its readers. */
import type { ConfigRecord, VersionDetail } from '../api/history.ts';
import type { Format } from '../api/model.ts';
import { toVersionRecord, type VersionRow } from './rows.ts';
import { versionColumns } from './statements.ts';

/** Columns of one version but its text, with all that is remembered of it. */
export const detailColumns = (table: string): string =>
  [
    versionColumns(table, ''),
    ...['merged_onto', 'merged_paths', 'confirmed_by'].map(column => `${table}.${column}`),
    ...['object_cluster', 'object_namespace', 'object_name'].map(column => `${table}.${column}`),
    `octet_length(${table}.body_raw) AS bytes`,
  ].join(', ');

/** Columns of a config whose head is joined as another table. */
export const configColumns = (config: string): string =>
  `${config}.id AS config_id, ${config}.namespace, ${config}.path, ${config}.format, ` +
  `${config}.created_at AS config_created_at`;

export function toVersionDetail(row: VersionRow): VersionDetail {
  const { object_cluster: cluster, object_namespace: namespace, object_name: name } = row;
  return {
    ...toVersionRecord(row),
    mergedOnto: row.merged_onto === null ? null : BigInt(row.merged_onto as string),
    mergedPaths: row.merged_paths as string[],
    confirmedBy: row.confirmed_by as string | null,
    object:
      name === null
        ? null
        : { cluster: cluster as string, namespace: namespace as string, name: name as string },
    bytes: row.bytes as number,
  };
}

export function toConfigRecord(row: VersionRow): ConfigRecord {
  return {
    config: { namespace: row.namespace as string, path: row.path as string },
    id: row.config_id as string,
    format: row.format as Format,
    createdAt: row.config_created_at as Date,
    head: toVersionDetail(row),
  };
}
