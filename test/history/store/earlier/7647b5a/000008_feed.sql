-- Up Migration
--
-- The feed: what happened to which config, for those who follow along. A row is written by triggers in the
-- transaction of the change itself, whatever code makes it.
--
-- Numbers of rows are taken before their transactions end, and transactions end in any order: whoever reads
-- "all after number N" misses what ends late. So a reader's cursor is a snapshot (which transactions had ended
-- when it read), and the rows that are new to it are those of transactions that ended between its snapshot and
-- the present one. Each row is in exactly one such window, and nobody waits for somebody else's long
-- transaction. No NOTIFY: it makes commits wait for each other.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE TABLE changes (
  -- Within one config the order in which things happened: writers of a config wait for each other.
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Numbers of transactions mean nothing in another database server, say one that a dump was restored to.
  system_id bigint NOT NULL,
  transaction_id xid8 NOT NULL,
  config_id bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('saved', 'deleted', 'version-deleted')),
  version bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX changes_transaction ON changes (transaction_id);

-- Rows of transactions up to here were forgotten: who has not read past it must begin anew. One row.
CREATE TABLE feed (
  id integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  forgotten xid8 NOT NULL
);
INSERT INTO feed (forgotten) VALUES ('0');

CREATE FUNCTION tell_saved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO changes (system_id, transaction_id, config_id, kind, version) VALUES (
    (SELECT system_identifier FROM pg_control_system()), pg_current_xact_id(), NEW.config_id, 'saved', NEW.version);
  RETURN NULL;
END $$;
CREATE TRIGGER versions_are_told AFTER INSERT ON config_versions FOR EACH ROW EXECUTE FUNCTION tell_saved();

CREATE FUNCTION tell_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO changes (system_id, transaction_id, config_id, kind, version) VALUES (
    (SELECT system_identifier FROM pg_control_system()), pg_current_xact_id(), NEW.id, 'deleted', OLD.last_version);
  RETURN NULL;
END $$;
CREATE TRIGGER deletes_are_told AFTER UPDATE ON configs
  FOR EACH ROW WHEN (NEW.latest_version_id IS NULL AND OLD.latest_version_id IS NOT NULL)
  EXECUTE FUNCTION tell_deleted();

-- Of a config that goes as a whole only that is told. Once for each statement: that one deletes thousands.
CREATE FUNCTION tell_version_deleted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO changes (system_id, transaction_id, config_id, kind, version)
    SELECT (SELECT system_identifier FROM pg_control_system()), pg_current_xact_id(), g.config_id,
      'version-deleted', g.version
    FROM gone g JOIN configs c ON c.id = g.config_id WHERE c.latest_version_id IS NOT NULL ORDER BY g.version;
  RETURN NULL;
END $$;
CREATE TRIGGER version_deletes_are_told AFTER DELETE ON config_versions
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tell_version_deleted();

-- Forgets at most _batch rows that are beyond the newest _max_entries or older than _max_age, and answers how
-- many. 0 also while somebody else does.
CREATE FUNCTION rotate_changes(_max_entries bigint, _max_age interval, _batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
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
  ) SELECT count(*), max(transaction_id) FILTER (
      WHERE system_id = (SELECT system_identifier FROM pg_control_system())) INTO _count, _forgotten FROM old;
  UPDATE feed SET forgotten = _forgotten WHERE forgotten < _forgotten;
  RETURN _count;
END $$;

CREATE OR REPLACE FUNCTION grant_operator(_role name) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), _role);
  EXECUTE format('GRANT SELECT, INSERT ON namespaces, config_versions, deployments, deployment_changes, '
    'idempotency_keys TO %I', _role);
  EXECUTE format('GRANT SELECT, INSERT (namespace, path, format, floor), '
    'UPDATE (format, latest_version_id, last_version, floor) ON configs TO %I', _role);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON sources, clusters TO %I', _role);
  EXECUTE format('GRANT SELECT ON migrations, deletions, changes, feed TO %I', _role);
  EXECUTE format('GRANT EXECUTE ON FUNCTION log_change, save_version, save_version_onto, move_line, delete_config, log_refusal, '
    'rotate_log, register_cluster, raise_floor, rewind_line, recall_key, keep_key, save_changes, '
    'delete_config_by_request, delete_version_by_request, create_namespace, delete_namespace, rotate_keys, '
    'rotate_changes TO %I', _role);
END $$;

-- Whoever runs the operator goes on doing so.
DO $$
DECLARE
  _role name;
BEGIN
  REVOKE ALL ON FUNCTION recall_key, keep_key, save_changes, delete_config_by_request, delete_version_by_request,
    create_namespace, delete_namespace, rotate_keys, rotate_changes, tell_saved, tell_deleted,
    tell_version_deleted FROM PUBLIC;
  FOR _role IN
    SELECT r.rolname FROM pg_proc p, aclexplode(p.proacl) a JOIN pg_roles r ON r.oid = a.grantee
    WHERE p.pronamespace = current_schema()::regnamespace AND p.proname = 'save_version' AND a.grantee <> p.proowner
  LOOP
    PERFORM grant_operator(_role);
  END LOOP;
END $$;
