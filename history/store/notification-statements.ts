/** The statements that read what notifiers are told of. */
import { detailColumns } from './details.ts';

/** @param schema quoted where it needs to be */
export function notificationStatements(schema: string) {
  /**
   * Rows of a table that were not there at one point and are at another ($1, $2 and $5, $6): with higher numbers, and of
   * transactions that had not ended. Asked all the time, so it must not read what it is not after, however little PostgreSQL
   * knows of the tables: each range has two ends, which says that few rows are meant.
   */
  const news = (table: string, seen: string, until: string, where: string) => {
    const isThere = `(r.system_id <> $5::bigint OR pg_visible_in_snapshot(r.transaction_id, $6::pg_snapshot))`;
    return `(
      SELECT r.* FROM ${schema}.${table} r
      WHERE ${where} AND r.id > ${seen}::bigint AND r.id <= ${until}::bigint AND ${isThere}
      UNION ALL
      SELECT r.* FROM ${schema}.${table} r
      WHERE ${where} AND r.transaction_id >= pg_snapshot_xmin($2::pg_snapshot)
        AND r.transaction_id < CASE WHEN $1::bigint = $5::bigint THEN pg_snapshot_xmax($6::pg_snapshot)
          ELSE '18446744073709551615'::xid8 END
        AND r.system_id = $1::bigint AND NOT pg_visible_in_snapshot(r.transaction_id, $2::pg_snapshot)
        AND r.id + 0 <= ${seen}::bigint AND ${isThere})`;
  };
  return {
    notifierNow: `
      SELECT control.system_identifier AS system, pg_current_snapshot()::text AS snapshot,
        coalesce((SELECT max(x.id) FROM ${schema}.changes x), 0) AS change,
        coalesce((SELECT max(d.id) FROM ${schema}.deployments d), 0) AS entry,
        coalesce((SELECT max(e.id) FROM ${schema}.rendering_events e), 0) AS rendering
      FROM pg_control_system() control`,
    notifierAfter: `
      WITH page AS (
        (SELECT 'c' AS source, x.id, x.transaction_id, x.kind, c.namespace, c.path, x.version, x.created_at,
          NULL::text AS reason, CASE WHEN x.kind = 'saved' THEN (SELECT v.kind FROM ${schema}.config_versions v
            WHERE v.config_id = x.config_id AND v.version = x.version) END AS version_kind
        FROM (
          SELECT x.* FROM ${news('changes', '$3', '$7', "r.kind IN ('saved', 'deleted')")} x
          WHERE $9::text = '' OR $9::text = 'c' AND x.id > $10::bigint ORDER BY x.id LIMIT $12::bigint
        ) x CROSS JOIN LATERAL (
          SELECT c.namespace, c.path FROM ${schema}.configs c WHERE c.id = x.config_id LIMIT 1
        ) c)
        UNION ALL
        (SELECT 'e', d.id, d.transaction_id, 'refused', g.namespace, g.path, NULL, d.created_at, d.reason, NULL
        FROM (
          SELECT d.* FROM ${news('deployments', '$4', '$8', 'r.transaction_id IS NOT NULL AND r.reason = ANY ($11::text[])')} d
          WHERE $9::text IN ('', 'c') OR $9::text = 'e' AND d.id > $10::bigint ORDER BY d.id LIMIT $12::bigint
        ) d CROSS JOIN LATERAL (
          SELECT g.namespace, g.path FROM ${schema}.deployment_changes g
          WHERE g.deployment_id = d.id AND g.ordinal = 1 LIMIT 1
        ) g)
        UNION ALL
        (SELECT 'r', e.id, e.transaction_id, CASE WHEN e.reason IS NULL THEN 'rendered' ELSE 'failed' END,
          e.namespace, e.path, e.version, e.created_at, NULL, NULL
        FROM ${news('rendering_events', '$13', '$14', 'r.cluster = $15::text')} e
        WHERE $9::text <> 'r' OR e.id > $10::bigint ORDER BY e.id LIMIT $12::bigint)
        ORDER BY source, id LIMIT $12::bigint
      )
      SELECT page.*, f.lost FROM (
        SELECT f.system_id = $1::bigint AND f.forgotten > '0'::xid8
          AND NOT pg_visible_in_snapshot(f.forgotten, $2::pg_snapshot) AS lost
        FROM ${schema}.feed f WHERE f.id = 1
      ) f LEFT JOIN page ON true ORDER BY page.source, page.id`,
    notifierStates: `
      SELECT n.id, n.dead, n.lost_at, w.waiting, w.oldest, w.due_in, b.attempts AS worst_attempts,
        b.reason AS worst_reason, l.event AS dead_event, l.died_at, l.reason AS dead_reason
      FROM ${schema}.notifiers n
      CROSS JOIN LATERAL (
        SELECT count(*) AS waiting, min(m.at) AS oldest,
          (extract(epoch FROM min(m.due_at) - clock_timestamp()) * 1000)::float8 AS due_in
        FROM ${schema}.notifications m WHERE m.notifier_id = n.id AND m.died_at IS NULL
      ) w
      LEFT JOIN LATERAL (
        SELECT m.attempts, m.reason FROM ${schema}.notifications m
        WHERE m.notifier_id = n.id AND m.died_at IS NULL AND m.attempts > 0 ORDER BY m.attempts DESC, m.id LIMIT 1
      ) b ON true
      LEFT JOIN LATERAL (
        SELECT m.event, m.died_at, m.reason FROM ${schema}.notifications m
        WHERE m.notifier_id = n.id AND m.died_at IS NOT NULL ORDER BY m.id DESC LIMIT 1
      ) l ON true
      WHERE n.id = ANY ($1::bigint[])`,
    notifierVersion: `
      SELECT c.format, ${detailColumns('v')}, v.body_raw, (
        SELECT p.body_raw FROM ${schema}.config_versions p WHERE p.config_id = c.id AND p.version < v.version
        ORDER BY p.version DESC LIMIT 1) AS former
      FROM ${schema}.configs c JOIN ${schema}.config_versions v ON v.config_id = c.id
      WHERE c.namespace = $1 AND c.path = $2 AND v.version = $3::bigint`,
    notifierRefusal: `
      SELECT d.deployer, d.deployer_verified, d.object_namespace, d.object_name, d.reason, d.message, g.old_version
      FROM ${schema}.deployments d JOIN ${schema}.deployment_changes g ON g.deployment_id = d.id AND g.ordinal = 1
      WHERE d.id = $1::bigint`,
    notifierRendering: `
      SELECT e.object_namespace, e.target, e.object_name, e.reason, e.message
      FROM ${schema}.rendering_events e WHERE e.id = $1::bigint`,
    notifierDeletion: `
      SELECT t.actor, t.actor_verified FROM ${schema}.configs c JOIN ${schema}.tombstones t ON t.config_id = c.id
      WHERE c.namespace = $1 AND c.path = $2 AND t.last_version = $3::bigint ORDER BY t.id DESC LIMIT 1`,
  };
}
