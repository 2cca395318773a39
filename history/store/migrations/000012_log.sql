-- Up Migration
--
-- The log of deployments is bounded for each namespace, so that nobody's entries push another's out.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE INDEX deployment_changes_namespace ON deployment_changes (namespace, deployment_id) WHERE operation <> 'delete';

-- Takes at most _batch changes: of each namespace those beyond the newest _max_entries that are older than a day, but no
-- delete; and of all those older than _max_age. Entries go with their last change. Not fewer than 1,000 of a namespace
-- stay, nor less than seven days, whoever asks for it. Two who rotate at once take turns at changes: neither waits
-- for the other, nor for a save. By index always, also when statistics are old: it runs again and again, and mostly
-- finds nothing.
CREATE OR REPLACE FUNCTION rotate_log(_max_entries bigint, _max_age interval, _batch integer)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
  _most CONSTANT bigint := greatest(_max_entries, 1000);
  _oldest CONSTANT timestamptz := clock_timestamp() - greatest(_max_age, interval '7 days');
  _young CONSTANT timestamptz := clock_timestamp() - interval '1 day';
  _namespace text := '';
  _beyond bigint;
  _emptied bigint[];
  _count integer := 0;
  _some integer;
BEGIN
  LOOP
    -- One namespace after the other, each found by one look at the index.
    SELECT min(x.namespace) INTO _namespace FROM deployment_changes x
      WHERE x.operation <> 'delete' AND x.namespace > _namespace COLLATE "C";
    EXIT WHEN _namespace IS NULL OR _count >= _batch;
    SELECT x.deployment_id INTO _beyond FROM deployment_changes x
      WHERE x.namespace = _namespace AND x.operation <> 'delete' ORDER BY x.deployment_id DESC OFFSET _most LIMIT 1;
    CONTINUE WHEN NOT FOUND;
    WITH old AS MATERIALIZED (
      SELECT x.deployment_id, x.ordinal FROM deployment_changes x
      WHERE x.namespace = _namespace AND x.operation <> 'delete' AND x.deployment_id <= _beyond
      ORDER BY x.deployment_id LIMIT _batch - _count FOR UPDATE SKIP LOCKED
    ), gone AS (
      DELETE FROM deployment_changes x USING old, deployments d
      WHERE x.deployment_id = old.deployment_id AND x.ordinal = old.ordinal AND d.id = x.deployment_id
        AND d.created_at < _young RETURNING x.deployment_id
    ) SELECT array_agg(DISTINCT deployment_id), count(*) INTO _emptied, _some FROM gone;
    DELETE FROM deployments d WHERE d.id = ANY (_emptied)
      AND NOT EXISTS (SELECT FROM deployment_changes x WHERE x.deployment_id = d.id);
    _count := _count + _some;
  END LOOP;
  DELETE FROM deployments WHERE id = ANY (ARRAY(
    SELECT d.id FROM deployments d WHERE d.created_at < _oldest ORDER BY d.created_at LIMIT greatest(_batch - _count, 0)
    FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS _some = ROW_COUNT;
  RETURN _count + _some;
END $$;
