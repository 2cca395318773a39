-- Up Migration
--
-- Brings the databases of earlier builds to one state. The files before this one were edited in place until here, and
-- a database remembers a migration by its name: two with the same names may differ. What those edits changed is a
-- column of versions, two of the feed, one signature and some bodies of functions; the bodies that the next file
-- replaces are left to it. From here on a file never changes, and a test holds their checksums.
--
-- Every statement finds out first whether it has something to do, so that a database of the latest build waits for
-- no lock.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

DO $$
DECLARE
  _has CONSTANT text := 'SELECT FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2 AND NOT attisdropped';
  _stale regprocedure;
  _found integer;
BEGIN
  EXECUTE _has USING 'config_versions', 'confirmed_by';
  GET DIAGNOSTICS _found = ROW_COUNT;
  IF _found = 0 THEN
    ALTER TABLE config_versions ADD COLUMN confirmed_by text;
  END IF;

  EXECUTE _has USING 'feed', 'system_id';
  GET DIAGNOSTICS _found = ROW_COUNT;
  IF _found = 0 THEN
    ALTER TABLE feed ADD COLUMN system_id bigint, ADD COLUMN forgotten_in pg_snapshot;
    -- What was forgotten so far is all visible now.
    UPDATE feed SET forgotten_in = pg_current_snapshot(), system_id = (SELECT system_identifier FROM pg_control_system());
    ALTER TABLE feed ALTER COLUMN system_id SET NOT NULL, ALTER COLUMN forgotten_in SET NOT NULL;
  END IF;

  -- Without operations: a delete was not part of a deployment then.
  FOR _stale IN
    SELECT p.oid FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
      AND p.proname = 'save_changes' AND NOT coalesce(p.proargnames @> '{_operations}', false)
  LOOP
    EXECUTE format('DROP FUNCTION %s', _stale);
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION rotate_changes(_max_entries bigint, _max_age interval, _batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
  _here bigint := (SELECT system_identifier FROM pg_control_system());
  _beyond bigint;
  _forgotten xid8;
  _count integer;
BEGIN
  PERFORM FROM feed FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  SELECT c.id INTO _beyond FROM changes c ORDER BY c.id DESC OFFSET _max_entries LIMIT 1;
  WITH old AS (
    DELETE FROM changes WHERE id IN (
      SELECT c.id FROM changes c WHERE c.id <= _beyond OR c.created_at < clock_timestamp() - _max_age
      ORDER BY c.id LIMIT _batch)
    RETURNING transaction_id, system_id
  ) SELECT count(*), max(transaction_id) FILTER (WHERE system_id = _here) INTO _count, _forgotten FROM old;
  UPDATE feed SET system_id = _here, forgotten = '0', forgotten_in = '1:1:' WHERE system_id <> _here;
  UPDATE feed SET forgotten = greatest(forgotten, _forgotten), forgotten_in = pg_current_snapshot()
    WHERE _forgotten IS NOT NULL;
  RETURN _count;
END $$;

CREATE OR REPLACE FUNCTION create_namespace(_name text, _principal text, _key text, _request_sha256 bytea)
RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
  SELECT k.outcome, k.answer INTO outcome, answer FROM recall_key(_principal, _key, _request_sha256) k;
  IF outcome = 'unknown' THEN
    INSERT INTO namespaces (name) VALUES (_name) ON CONFLICT DO NOTHING;
    IF FOUND THEN
      outcome := 'created';
      PERFORM keep_key(_principal, _key, _request_sha256, '{}');
    ELSE
      -- The request this one waited for may have been this very request, sent twice.
      SELECT CASE k.outcome WHEN 'unknown' THEN 'exists' ELSE k.outcome END, k.answer
        INTO outcome, answer FROM recall_key(_principal, _key, _request_sha256) k;
    END IF;
  END IF;
  RETURN NEXT;
END $$;

CREATE OR REPLACE FUNCTION delete_namespace(_name text, _principal text, _key text, _request_sha256 bytea)
RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _configs bigint;
  -- NULL: nothing is in the way.
  _refusal text;
BEGIN
  SELECT k.outcome, k.answer INTO outcome, answer FROM recall_key(_principal, _key, _request_sha256) k;
  IF outcome = 'unknown' THEN
    SELECT count(*) INTO _configs FROM configs c WHERE c.live_namespace = _name;
    answer := jsonb_build_object('configs', _configs);
    IF _configs > 0 THEN
      _refusal := 'in-use';
    ELSE
      DELETE FROM namespaces WHERE name = _name;
      _refusal := CASE WHEN NOT FOUND THEN 'missing' END;
    END IF;
    IF _refusal IS NULL THEN
      outcome := 'deleted';
      PERFORM keep_key(_principal, _key, _request_sha256, answer);
    ELSE
      -- The request this one waited for may have been this very request, sent twice; what is in use came after that.
      SELECT CASE k.outcome WHEN 'unknown' THEN _refusal ELSE k.outcome END,
          CASE k.outcome WHEN 'unknown' THEN jsonb_build_object('configs', _configs) ELSE k.answer END
        INTO outcome, answer FROM recall_key(_principal, _key, _request_sha256) k;
    END IF;
  END IF;
  RETURN NEXT;
END $$;
