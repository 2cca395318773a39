/**
 * The SQL that reads for a decision, one statement for each call, as functions of the schema's name. Invariant: one
 * statement is one transaction and one snapshot, so no call sees half of another's save. Names are
 * qualified: nothing here depends on a session's search_path.
 */

import { projectionStatement, purgedStatement } from './projection.ts';

export interface Statements {
  readonly look: string;
  /** As `look`, and the newest version that had a text. */
  readonly lookForText: string;
  readonly texts: string;
  readonly between: string;
  readonly lineText: string;
  readonly judged: string;
  /** Whose versions keep the text of a line from being the live one. */
  readonly others: string;
  readonly history: string;
  /** Several configs at one moment. */
  readonly projected: string;
  /** Which versions were purged. */
  readonly purged: string;
  readonly countConfigs: string;
}

/** Columns of one version but its text, each name with a prefix. */
export const versionColumns = (table: string, prefix: string): string =>
  [
    'version',
    'kind',
    'base_version',
    'created_by',
    'actor',
    'actor_verified',
    'comment',
    'git_commit',
    'git_branch',
    'git_dirty',
    'git_remote',
    'git_path',
    'created_at',
  ]
    .map(column => `${table}.${column} AS ${prefix}${column}`)
    .concat(`encode(${table}.content_sha256, 'hex') AS ${prefix}sha256`)
    .join(', ');

/** Who saved a version, and when. */
const signedColumns = (table: string, prefix: string): string =>
  ['version', 'created_by', 'actor', 'actor_verified', 'created_at']
    .map(column => `${table}.${column} AS ${prefix}${column}`)
    .join(', ');

/** @param schema quoted where it needs to be */
export function statements(schema: string): Statements {
  const line = `s.config_id = c.id AND s.cluster = $3 AND s.namespace = $4 AND s.name = $5`;
  // A config without any number used is one that another save is only about to create.
  const lookWith = (more: string) => `
      SELECT c.id, c.format, greatest(c.last_version, c.floor) AS last_version, ${versionColumns('h', 'head_')}, ${versionColumns('b', 'base_')},
        s.uid AS line_uid, s.generation AS line_generation, s.base_version AS line_base_version,
        encode(s.accepted_sha256, 'hex') AS line_sha256, s.version AS line_version,
        encode(s.content_sha256, 'hex') AS line_content_sha256, s.accepted_as AS line_accepted_as,
        s.text_version_id IS NULL AND s.accepted_text IS NULL AS line_text_gone,
        CASE WHEN s.version < c.last_version THEN coalesce((SELECT min(n.version) FROM ${schema}.config_versions n
          WHERE n.config_id = c.id AND n.version > s.version), c.last_version) END AS line_superseded_by,
        s.actor AS line_actor, s.actor_verified AS line_actor_verified,
        (h.object_cluster, h.object_namespace, h.object_name) = ($3, $4, $5) AS head_is_own${more}
      FROM ${schema}.configs c
      LEFT JOIN ${schema}.config_versions h ON h.id = c.latest_version_id
      LEFT JOIN ${schema}.sources s ON ${line}
      LEFT JOIN ${schema}.config_versions b ON b.config_id = c.id AND b.version = $6::bigint
      WHERE c.namespace = $1 AND c.path = $2 AND greatest(c.last_version, c.floor) > 0`;
  return {
    // Two statements: PostgreSQL would plan one that reads less for some values than for others again at each call,
    // and a plan takes longer than the look.
    look: lookWith(''),
    lookForText: lookWith(`,
        CASE WHEN s.version IS DISTINCT FROM c.last_version THEN greatest(
          (SELECT max(v.version) FROM ${schema}.config_versions v
            WHERE v.config_id = c.id AND v.content_sha256 = $7::bytea),
          (SELECT max(o.version) FROM ${schema}.sources o
            JOIN ${schema}.config_versions w ON w.config_id = o.config_id AND w.version = o.version
            WHERE o.config_id = c.id AND o.accepted_sha256 = $7
              AND (o.cluster, o.namespace, o.name) <> ($3, $4, $5))) END AS match_version`),
    texts: `
      SELECT v.version, v.body_raw FROM ${schema}.configs c
      JOIN ${schema}.config_versions v ON v.config_id = c.id
      WHERE c.namespace = $1 AND c.path = $2 AND v.version = ANY ($3::bigint[])`,
    between: `
      SELECT * FROM (
        SELECT ${versionColumns('v', '')}, v.body_raw FROM ${schema}.configs c
        JOIN ${schema}.config_versions v ON v.config_id = c.id
        WHERE c.namespace = $1 AND c.path = $2 AND v.version > $3::bigint AND v.version <= $4::bigint
        ORDER BY v.version DESC LIMIT $5::bigint
      ) newest ORDER BY version`,
    lineText: `
      SELECT coalesce(s.accepted_text, v.body_raw) AS text FROM ${schema}.configs c
      JOIN ${schema}.sources s ON ${line}
      LEFT JOIN ${schema}.config_versions v ON v.id = s.text_version_id
      WHERE c.namespace = $1 AND c.path = $2`,
    judged: `
      SELECT j.token, j.name, j.at, j.rejected FROM ${schema}.judgements j
      WHERE j.object_uid = $1 AND j.object_generation = $2::bigint ORDER BY j.at, j.name`,
    others: `
      SELECT ${signedColumns('n', 'later_')}, ${signedColumns('m', 'mixed_')}
      FROM ${schema}.configs c
      JOIN ${schema}.sources s ON ${line}
      LEFT JOIN LATERAL (SELECT v.* FROM ${schema}.config_versions v
        WHERE v.config_id = c.id AND v.version > s.version ORDER BY v.version LIMIT 1) n ON true
      LEFT JOIN ${schema}.config_versions w ON w.config_id = c.id AND w.version = s.version
        AND s.content_sha256 <> s.accepted_sha256
      LEFT JOIN ${schema}.config_versions m ON m.config_id = c.id AND m.version = coalesce(w.merged_onto, w.version)
      WHERE c.namespace = $1 AND c.path = $2`,
    history: `
      SELECT ${versionColumns('v', '')} FROM ${schema}.configs c
      JOIN ${schema}.config_versions v ON v.config_id = c.id
      WHERE c.namespace = $1 AND c.path = $2 AND ($3::bigint IS NULL OR v.version < $3)
      ORDER BY v.version DESC LIMIT $4::bigint`,
    projected: projectionStatement(schema),
    purged: purgedStatement(schema),
    countConfigs: `SELECT count(*) AS configs FROM ${schema}.configs WHERE live_namespace = $1`,
  };
}
