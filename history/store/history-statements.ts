/**
 * The SQL of the readers. Invariant: every list goes on after the key of its last item and reads an index, so a
 * page costs the same wherever it is, and nothing saved meanwhile shows an item twice or hides one that was there.
 */
import { approvalsColumn, configColumns, detailColumns } from './details.ts';
import { linksStatement } from './links.ts';

export type HistoryStatements = ReturnType<typeof historyStatements>;

/** Of the texts in a page of an export. */
const exportedBytes = 2 << 20;

/** Of a text that is read together with others. */
const shortBytes = 64 << 10;

/** How many configs one search looks at. */
export const searchedAtOnce = 2_000;

/** @param schema quoted where it needs to be */
export function historyStatements(schema: string) {
  const [configs, versions] = [`${schema}.configs`, `${schema}.config_versions`];
  const [deployments, changes] = [`${schema}.deployments`, `${schema}.deployment_changes`];
  const record = `${configColumns('c')}, ${detailColumns('v')}`;
  // See feed.ts.
  const epoch = `${schema}.feed_epoch()`;
  const position = `SELECT pg_current_snapshot()::text AS snapshot, ${epoch} AS epoch`;
  const headOf = (namespace: string, path: string, text = 'v.body_raw') =>
    `SELECT greatest(c.last_version, c.floor) AS last_number, ${record}, ${text} FROM ${configs} c
    LEFT JOIN ${versions} v ON v.id = c.latest_version_id WHERE c.namespace = ${namespace} AND c.path = ${path}`;
  const head = headOf('$1', '$2');
  const shortText = `CASE WHEN octet_length(v.body_raw) <= ${shortBytes} THEN v.body_raw END AS body_raw`;
  const visibleChange = (changeOf: string) =>
    `EXISTS (SELECT FROM ${deployments} e JOIN ${changes} x ON x.deployment_id = e.id WHERE ${changeOf}
      AND ($1::text[] IS NULL OR x.namespace = ANY ($1))
      AND ($6::text IS NULL OR x.namespace = $6) AND ($7::text IS NULL OR x.path = $7))`;
  const together =
    '(e.id = d.id OR e.group_key = d.group_key AND e.deployer = d.deployer AND e.deployer_verified = d.deployer_verified)';
  return {
    // What is up is gone already, whether it was removed or not.
    trash: `
      SELECT t.id, t.namespace, t.path, t.format, t.versions, t.bytes, t.first_version, t.last_version, t.deleted_at,
        t.kept_until, t.actor, t.actor_verified
      FROM ${schema}.trash t
      WHERE t.namespace = $1 AND ($2::bigint IS NULL OR t.id < $2) AND t.kept_until > clock_timestamp()
      ORDER BY t.id DESC LIMIT $3::bigint`,
    namespaces: `
      SELECT n.name, n.created_at,
        (SELECT count(*) FROM ${configs} c WHERE c.live_namespace = n.name) AS configs
      FROM ${schema}.namespaces n
      WHERE ($1::text[] IS NULL OR n.name = ANY ($1)) AND n.name > $2
      ORDER BY n.name LIMIT $3::bigint`,
    // The next path, or all paths below the next folder at once: '0' comes right after '/'.
    configs: `
      WITH RECURSIVE walk AS (
        (SELECT c.id, c.path, CASE WHEN $4 AND strpos(substr(c.path, length($2) + 1), '/') > 0
            THEN left(c.path, length($2) + strpos(substr(c.path, length($2) + 1), '/')) END AS folder, 1 AS n
          FROM ${configs} c
          WHERE c.namespace = $1 AND c.path > $3 COLLATE "C" AND c.path >= $2 COLLATE "C"
            AND starts_with(c.path, $2) AND c.latest_version_id IS NOT NULL
          ORDER BY c.path LIMIT 1)
        UNION ALL
        SELECT next.id, next.path, CASE WHEN $4 AND strpos(substr(next.path, length($2) + 1), '/') > 0
            THEN left(next.path, length($2) + strpos(substr(next.path, length($2) + 1), '/')) END, walk.n + 1
        FROM walk CROSS JOIN LATERAL (
          SELECT c.id, c.path FROM ${configs} c
          WHERE c.namespace = $1 AND starts_with(c.path, $2) AND c.latest_version_id IS NOT NULL
            AND c.path > CASE WHEN walk.folder IS NULL THEN walk.path
              ELSE left(walk.folder, -1) || '/' || chr(1114111) END COLLATE "C"
          ORDER BY c.path LIMIT 1
        ) next
        WHERE walk.n < $5::bigint
      )
      SELECT walk.folder, ${record} FROM walk
      CROSS JOIN LATERAL (SELECT c.* FROM ${configs} c WHERE c.id = walk.id LIMIT 1) c
      CROSS JOIN LATERAL (SELECT v.* FROM ${versions} v WHERE v.id = c.latest_version_id LIMIT 1) v
      ORDER BY walk.path`,
    head,
    // LIMIT: looked up one by one, whatever PostgreSQL believes about how many there are. A long text is left out: nobody
    // who asked for a short one waits for it.
    heads: `
      SELECT h.* FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (namespace, path, ordinal)
      LEFT JOIN LATERAL (${headOf('asked.namespace', 'asked.path', shortText)} LIMIT 1) h ON true ORDER BY asked.ordinal`,
    headAt: `SELECT here.*, h.* FROM (${position}) here LEFT JOIN (${head}) h ON true`,
    position,
    versions: `
      SELECT ${detailColumns('v')}, ${approvalsColumn(schema, 'v')} FROM ${configs} c JOIN ${versions} v ON v.config_id = c.id
      WHERE c.namespace = $1 AND c.path = $2 AND ($3::bigint IS NULL OR v.version < $3)
        AND ($5::text IS NULL OR strpos(translate(lower(v.created_by), ':', '/'), translate(lower($5), ':', '/')) > 0
          OR strpos(translate(lower(v.actor), ':', '/'), translate(lower($5), ':', '/')) > 0)
        AND ($6::timestamptz IS NULL OR v.created_at >= $6) AND ($7::timestamptz IS NULL OR v.created_at < $7)
      ORDER BY v.version DESC LIMIT $4::bigint`,
    bodies: `
      SELECT ${detailColumns('v')}, v.body_raw FROM ${configs} c JOIN ${versions} v ON v.config_id = c.id
      WHERE c.namespace = $1 AND c.path = $2 AND v.version < $3::bigint
      ORDER BY v.version DESC LIMIT $4::bigint`,
    version: `
      SELECT ${configColumns('c')}, ${detailColumns('h', 'head_')}, ${detailColumns('v')}, v.body_raw,
        ${approvalsColumn(schema, 'v')}
      FROM ${configs} c JOIN ${versions} h ON h.id = c.latest_version_id JOIN ${versions} v ON v.config_id = c.id
      WHERE c.namespace = $1 AND c.path = $2 AND v.version = $3::bigint`,
    texts: `
      SELECT v.version, v.body_raw FROM ${configs} c JOIN ${versions} v ON v.config_id = c.id
      WHERE c.namespace = $1 AND c.path = $2 AND v.version = ANY ($3::bigint[])`,
    // Config by config: sorting by both keys at once would read all of them first.
    revisions: `
      SELECT ${configColumns('c')}, ${detailColumns('v')} FROM (
        SELECT * FROM ${configs} c WHERE c.namespace = $1 AND ($2::text IS NULL OR c.path = $2)
          AND c.path >= $3 COLLATE "C" AND c.latest_version_id IS NOT NULL
        -- The first may have nothing left.
        ORDER BY c.path LIMIT $5::bigint + 1
      ) c CROSS JOIN LATERAL (
        SELECT * FROM ${versions} v WHERE v.config_id = c.id
          AND (c.path > $3 COLLATE "C" OR v.version < $4::bigint) ORDER BY v.version DESC LIMIT $5::bigint
      ) v ORDER BY c.path, v.version DESC LIMIT $5::bigint`,
    // By the numbers of rows alone, then the texts of those that are shown: the first, and what fits beside it.
    exported: `
      WITH next AS MATERIALIZED (
        SELECT n.id, c.id AS config_id FROM ${configs} c CROSS JOIN LATERAL (
          SELECT v.id FROM ${versions} v WHERE v.config_id = c.id AND v.id > $2::bigint ORDER BY v.id LIMIT $3::bigint
        ) n WHERE c.namespace = $1 AND c.latest_version_id IS NOT NULL ORDER BY n.id LIMIT $3::bigint
      ), sized AS MATERIALIZED (
        SELECT n.id, n.config_id, row_number() OVER (ORDER BY n.id) AS ordinal, count(*) OVER () AS found,
          sum(octet_length(v.body_raw)) OVER (ORDER BY n.id) AS total
        FROM next n JOIN ${versions} v ON v.id = n.id
      )
      SELECT s.found, v.id AS version_id, ${configColumns('c')}, ${detailColumns('v')}, v.body_raw
      FROM sized s JOIN ${versions} v ON v.id = s.id JOIN ${configs} c ON c.id = s.config_id
      WHERE s.ordinal = 1 OR s.total <= ${exportedBytes} ORDER BY s.id`,
    links: linksStatement(schema),
    // Only so many configs are looked at; the last of them is where the next page begins.
    search: `
      WITH looked AS MATERIALIZED (
        SELECT c.* FROM ${configs} c
        WHERE c.latest_version_id IS NOT NULL AND ($1::text[] IS NULL OR c.namespace = ANY ($1))
          AND (c.namespace, c.path) > ($2 COLLATE "C", $3 COLLATE "C") AND starts_with(c.path, $4)
        ORDER BY c.namespace, c.path LIMIT ${searchedAtOnce}
      ), found AS (
        SELECT ${record} FROM looked c JOIN ${versions} v ON v.id = c.latest_version_id
        WHERE ($5::text IS NULL OR c.path ILIKE $5)
          AND ($6::text IS NULL OR jsonb_path_exists(v.body_json, $6::jsonpath, $7::jsonb, true))
        ORDER BY c.namespace, c.path LIMIT $8::bigint
      ), last AS (
        SELECT namespace, path FROM looked ORDER BY namespace DESC, path DESC LIMIT 1
      )
      SELECT found.*, last.namespace AS last_namespace, last.path AS last_path,
        (SELECT count(*) FROM looked) AS looked
      FROM last LEFT JOIN found ON true ORDER BY found.namespace, found.path`,
    // The newest entry stands for its deployment.
    deployments: `
      SELECT d.*, g.entries, g.result AS together FROM ${deployments} d CROSS JOIN LATERAL (
        SELECT count(*)::int AS entries,
          CASE WHEN bool_and(e.result = 'accepted') THEN 'accepted' ELSE 'refused' END AS result
        FROM ${deployments} e WHERE ${together}
      ) g
      WHERE ($8::bigint IS NULL OR d.id < $8) AND ($2::timestamptz IS NULL OR d.created_at >= $2)
        AND ($3::timestamptz IS NULL OR d.created_at < $3) AND ($4::text IS NULL OR d.deployer = $4)
        AND ($5::text IS NULL OR d.git_commit = $5)
        AND (d.group_key IS NULL OR d.id = (SELECT l.id FROM ${deployments} l WHERE l.group_key = d.group_key
          AND l.deployer = d.deployer AND l.deployer_verified = d.deployer_verified ORDER BY l.id DESC LIMIT 1))
        AND ($10::text IS NULL OR g.result = $10) AND ${visibleChange(together)}
      ORDER BY d.id DESC LIMIT $9::bigint`,
    deploymentChanges: `
      SELECT d.id AS lead, g.* FROM ${deployments} d CROSS JOIN LATERAL (
        SELECT x.*, encode(x.old_sha256, 'hex') AS old_hex, encode(x.new_sha256, 'hex') AS new_hex,
          e.reason, e.message, count(*) OVER ()::int AS total
        FROM ${deployments} e JOIN ${changes} x ON x.deployment_id = e.id
        WHERE ${together} AND ($1::text[] IS NULL OR x.namespace = ANY ($1))
        ORDER BY e.id DESC, x.ordinal LIMIT 100
      ) g WHERE d.id = ANY ($2::bigint[])`,
    // A row is new to a reader when its transaction had not ended in that reader's snapshot and has in the present one,
    // or in the one that an unfinished page began with. Asked ten times a second, so it must not read what it is not
    // after, however little PostgreSQL knows of the tables: the range of transactions with two ends says that few rows
    // are meant, "+ 0" that their numbers do not help to find them, and what comes with a row is looked up for each.
    changes: `
      WITH now AS MATERIALIZED (
        SELECT coalesce($3::pg_snapshot, pg_current_snapshot()) AS snapshot, control.system_identifier AS system_id,
          pg_snapshot_xmax(pg_current_snapshot()) AS newest, f.system_id AS forgotten_by, f.forgotten, f.forgotten_in,
          ${epoch} AS epoch
        FROM ${schema}.feed f, pg_control_system() control WHERE f.id = 1
      ), seen AS (
        SELECT n.*, $1::text = n.epoch
          AND (n.forgotten_by <> n.system_id OR pg_snapshot_xmin($2::pg_snapshot) > n.forgotten
            OR pg_snapshot_xmax($2::pg_snapshot) > n.forgotten AND NOT EXISTS (
              SELECT FROM pg_snapshot_xip($2::pg_snapshot) AS unseen
              WHERE unseen <= n.forgotten AND pg_visible_in_snapshot(unseen, n.forgotten_in)))
          AND pg_snapshot_xmax($2::pg_snapshot) <= n.newest AND pg_snapshot_xmax(n.snapshot) <= n.newest AS usable
        FROM now n
      )
      SELECT s.snapshot::text AS snapshot, s.epoch, s.usable, x.id, x.kind, x.version, x.created_at,
        c.namespace, c.path,
        CASE WHEN x.kind = 'saved' THEN (SELECT v.object_uid FROM ${versions} v
          WHERE v.config_id = x.config_id AND v.version = x.version) END AS object_uid
      FROM seen s LEFT JOIN LATERAL (
        SELECT x.* FROM ${schema}.changes x
        WHERE s.usable AND x.transaction_id >= pg_snapshot_xmin($2::pg_snapshot)
          AND x.transaction_id < pg_snapshot_xmax(coalesce($3::pg_snapshot, pg_current_snapshot()))
          AND x.system_id = s.system_id AND NOT pg_visible_in_snapshot(x.transaction_id, $2::pg_snapshot)
          AND pg_visible_in_snapshot(x.transaction_id, s.snapshot) AND x.id + 0 > $4::bigint
        ORDER BY x.id + 0 LIMIT $5::bigint
      ) x ON true LEFT JOIN LATERAL (
        SELECT c.namespace, c.path FROM ${configs} c WHERE c.id = x.config_id LIMIT 1
      ) c ON true
      ORDER BY x.id`,
  };
}
