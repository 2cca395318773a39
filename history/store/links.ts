/**
 * The hash chain as it is read: each link beside what is in the database now under its number. Invariant: the hash of a text
 * is calculated from the text, and never taken from the column that says what it is.
 */
import type { Format } from '../../text/format.ts';
import type { GoneVersion, LinkedFacts, LinkRecord, VersionLink } from '../words/link.ts';
import type { VersionKind } from '../words/model.ts';
import type { VersionRow } from './rows.ts';

/** Of the texts that are hashed for one page. */
const hashedBytes = 8 << 20;

/** Of what is linked, the columns that are shown as they are. */
const linkedColumns = [
  ...[
    'created_by',
    'actor',
    'actor_verified',
    'confirmed_by',
    'kind',
    'base_version',
    'merged_onto',
    'comment',
  ],
  ...['git_commit', 'git_branch', 'git_dirty', 'git_remote', 'git_path', 'authored_offset'],
];

/** As moment() of the schema, which only its owner may call. */
const moment = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** One config's numbers, or all of a namespace, by path and number. First which they are, then those that fit into a page. */
export function linksStatement(schema: string): string {
  const numbersOf = (table: string) =>
    `(SELECT n.version FROM ${schema}.${table} n WHERE n.config_id = c.id
      AND (c.path > $3 COLLATE "C" OR n.version > $4::bigint) ORDER BY n.version LIMIT $5::bigint)`;
  return `
    WITH next AS MATERIALIZED (
      SELECT c.id, c.path, c.format, n.version FROM (
        SELECT * FROM ${schema}.configs c WHERE c.namespace = $1 AND ($2::text IS NULL OR c.path = $2)
          AND c.path >= $3 COLLATE "C" AND (c.latest_version_id IS NOT NULL
            OR EXISTS (SELECT FROM ${schema}.version_links l WHERE l.config_id = c.id))
        -- The first may have nothing left.
        ORDER BY c.path LIMIT $5::bigint + 1
      ) c CROSS JOIN LATERAL (
        SELECT b.version FROM (${numbersOf('version_links')} UNION ${numbersOf('config_versions')}) b
        ORDER BY b.version LIMIT $5::bigint
      ) n ORDER BY c.path, n.version LIMIT $5::bigint
    ), sized AS MATERIALIZED (
      SELECT n.*, v.id AS version_id, row_number() OVER page AS ordinal, count(*) OVER () AS found,
        sum(octet_length(v.body_raw)) OVER page AS total
      FROM next n LEFT JOIN ${schema}.config_versions v ON v.config_id = n.id AND v.version = n.version
      WINDOW page AS (ORDER BY n.path, n.version)
    )
    SELECT s.found, s.path, s.format, s.version, encode(l.sha256, 'hex') AS link_sha256,
      encode(l.hints, 'hex') AS link_hints, l.late_at, v.id AS version_id,
      encode(sha256(convert_to(v.body_raw, 'UTF8')), 'hex') AS sha256,
      ${linkedColumns.map(column => `v.${column}`).join(', ')},
      ${moment('v.created_at')} AS created_at, ${moment('v.authored_at')} AS authored_at,
      t.deleted_at, t.actor AS deleter, t.actor_verified AS deleter_verified, t.reason, t.login,
      l.version IS NULL AND EXISTS (SELECT FROM ${schema}.unlinked_configs u WHERE u.config_id = s.id) AS waits
    FROM sized s LEFT JOIN ${schema}.config_versions v ON v.id = s.version_id
    LEFT JOIN ${schema}.version_links l ON l.config_id = s.id AND l.version = s.version
    -- The stone it left, or one set later: it was purged from what is kept of deleted configs.
    LEFT JOIN LATERAL (SELECT * FROM ${schema}.tombstones t WHERE v.id IS NULL AND t.config_id = s.id
      AND t.id >= l.stone_id AND s.version BETWEEN t.first_version AND t.last_version ORDER BY t.id DESC LIMIT 1) t ON true
    WHERE s.ordinal = 1 OR coalesce(s.total, 0) <= ${hashedBytes} ORDER BY s.ordinal`;
}

export function toLinkRecord(namespace: string, row: VersionRow): LinkRecord {
  return {
    config: { namespace, path: row.path as string },
    version: BigInt(row.version as string),
    link: row.link_sha256 === null ? null : toLink(row),
    facts: row.version_id === null ? null : toFacts(row),
    gone: row.deleted_at === null ? null : toGone(row),
    waits: row.waits as boolean,
  };
}

function toLink({ link_sha256, link_hints, late_at }: VersionRow): VersionLink {
  return { sha256: link_sha256 as string, hints: link_hints as string, lateAt: late_at as Date | null };
}

function toFacts(row: VersionRow): LinkedFacts {
  const text = (column: string) => row[column] as string | null;
  const number = (column: string) => (row[column] === null ? null : BigInt(row[column] as string));
  return {
    format: row.format as Format,
    sha256: row.sha256 as string,
    author: row.created_by as string,
    actor: { name: row.actor as string, verified: row.actor_verified as boolean },
    confirmedBy: text('confirmed_by'),
    kind: row.kind as VersionKind,
    ...{ baseVersion: number('base_version'), mergedOnto: number('merged_onto') },
    comment: row.comment as string,
    git: {
      ...{ commit: text('git_commit'), branch: text('git_branch'), dirty: row.git_dirty as boolean | null },
      ...{ remote: text('git_remote'), path: text('git_path') },
    },
    createdAt: row.created_at as string,
    authored:
      row.authored_at === null
        ? null
        : { at: row.authored_at as string, offsetMinutes: row.authored_offset as number },
  };
}

function toGone({ deleted_at, deleter, deleter_verified, reason, login }: VersionRow): GoneVersion {
  return {
    at: deleted_at as Date,
    by: deleter === null ? null : { name: deleter as string, verified: deleter_verified === true },
    ...{ reason: reason as string | null, login: login as string },
  };
}
