/**
 * Reads what a projection shows: many configs by one statement, and so at one moment. Invariant: no more rows than asked
 * for are answered, and no text is read where all together would be too many bytes.
 */
import type { Format } from '../../text/format.ts';
import type { Version } from '../words/model.ts';
import type { ProjectedVersion, ProjectionLook, ProjectionView } from '../words/projection.ts';
import { textValue } from './values.ts';

export interface ProjectionRow {
  readonly is_folder: boolean;
  /** Of the question, from 1. */
  readonly ordinal: string;
  readonly namespace: string;
  readonly path: string;
  readonly format: Format | null;
  readonly head: string | null;
  readonly version: string | null;
  readonly sha256: string;
  readonly bytes: number;
  readonly body_raw: string | null;
}

/** @param schema quoted where it needs to be */
export function projectionStatement(schema: string): string {
  const [configs, versions] = [`${schema}.configs`, `${schema}.config_versions`];
  // A config that has versions has its highest number on the latest (000001_tables.sql). LIMIT: looked up one by one,
  // whatever PostgreSQL believes about how many there are.
  return `
      SELECT shown.is_folder, shown.ordinal, shown.namespace, shown.path, shown.format, shown.head, v.version,
        encode(v.content_sha256, 'hex') AS sha256, octet_length(v.body_raw) AS bytes,
        CASE WHEN sum(octet_length(v.body_raw)) OVER () <= $8::bigint THEN v.body_raw END AS body_raw
      FROM (
        (SELECT false AS is_folder, a.ordinal, a.namespace, a.path, c.id, c.format, c.head,
            coalesce(a.pinned, c.head) AS wanted
          FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS a (namespace, path, pinned, ordinal)
          LEFT JOIN LATERAL (
            SELECT c.id, c.format, CASE WHEN c.latest_version_id IS NOT NULL THEN c.last_version END AS head
            FROM ${configs} c WHERE c.namespace = a.namespace AND c.path = a.path LIMIT 1
          ) c ON true
          ORDER BY a.ordinal LIMIT $7::bigint)
        UNION ALL
        (SELECT true, f.ordinal, f.namespace, c.path, c.id, c.format, c.last_version, c.last_version
          FROM unnest($4::text[], $5::text[], $6::text[]) WITH ORDINALITY AS f (namespace, prefix, upto, ordinal)
          CROSS JOIN LATERAL (
            SELECT c.id, c.path, c.format, c.last_version FROM ${configs} c
            WHERE c.namespace = f.namespace AND c.latest_version_id IS NOT NULL
              AND c.path >= f.prefix COLLATE "C" AND c.path < f.upto COLLATE "C"
              AND (f.prefix = '' OR c.path = f.prefix OR starts_with(c.path, f.prefix || '/'))
            ORDER BY c.path LIMIT $7::bigint
          ) c
          ORDER BY f.ordinal, c.path LIMIT $7::bigint)
      ) shown
      LEFT JOIN LATERAL (
        SELECT v.* FROM ${versions} v WHERE v.config_id = shown.id AND v.version = shown.wanted LIMIT 1
      ) v ON true
      ORDER BY shown.is_folder, shown.ordinal, shown.path COLLATE "C"`;
}

/** A tombstone may speak of a range of which some versions stayed, or went to the trash before. */
export function purgedStatement(schema: string): string {
  return `
      SELECT EXISTS (
          SELECT FROM ${schema}.tombstones t
          WHERE t.config_id = c.id AND t.reason IS NOT NULL AND a.version BETWEEN t.first_version AND t.last_version
        ) AND NOT EXISTS (
          SELECT FROM ${schema}.config_versions v WHERE v.config_id = c.id AND v.version = a.version
        ) AND NOT EXISTS (
          SELECT FROM ${schema}.trash t JOIN ${schema}.config_versions v ON v.config_id = t.kept_in
          WHERE t.config_id = c.id AND v.version = a.version
        ) AS is_purged
      FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS a (namespace, path, version, ordinal)
      LEFT JOIN LATERAL (
        SELECT c.id FROM ${schema}.configs c WHERE c.namespace = a.namespace AND c.path = a.path LIMIT 1
      ) c ON true
      ORDER BY a.ordinal`;
}

export function projectionValues({ configs, folders, most, maxTextBytes }: ProjectionLook): unknown[] {
  return [
    configs.map(({ config }) => textValue(config.namespace, 'the namespace')),
    configs.map(({ config }) => textValue(config.path, 'the path')),
    configs.map(({ version }) => (version === null ? null : String(version))),
    folders.map(({ namespace }) => textValue(namespace, 'the namespace')),
    folders.map(({ prefix }) => textValue(prefix, 'the prefix')),
    // '0' comes right after '/'.
    folders.map(({ prefix }) => (prefix === '' ? '\u{10FFFF}' : `${prefix}0`)),
    most + 1,
    maxTextBytes,
  ];
}

export function toProjectionView(
  rows: readonly ProjectionRow[],
  { configs, folders, most }: ProjectionLook,
): ProjectionView {
  const kept = rows.slice(0, most);
  const at = (isFolder: boolean, index: number) =>
    kept.filter(row => row.is_folder === isFolder && row.ordinal === String(index + 1));
  return {
    configs: configs.flatMap((_, index) =>
      at(false, index).map(row => ({ shown: toProjected(row), head: numberOrNull(row.head) })),
    ),
    folders: folders.map((_, index) => at(true, index).flatMap(row => toProjected(row) ?? [])),
    isCut: rows.length > most,
  };
}

function toProjected(row: ProjectionRow): ProjectedVersion | null {
  const version = numberOrNull(row.version);
  if (version === null || row.format === null) return null;
  const { namespace, path, format, sha256, bytes, body_raw: text } = row;
  return { config: { namespace, path }, format, version, sha256, bytes, text };
}

const numberOrNull = (text: string | null): Version | null => (text === null ? null : BigInt(text));
