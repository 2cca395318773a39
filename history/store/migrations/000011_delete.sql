-- Up Migration
--
-- What is deleted is gone, and that it was deleted stays. One function takes a config away, for every door. A version
-- that goes takes every copy of its text along, and each delete leaves a stone that nothing removes. The stone names the
-- deleter, whom each door's function names for the rest of its transaction.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Copies -----------------------------------------------------------------------------------------------

-- A line whose text was deleted has neither: it goes on saying what became of the proposal, and is nobody's base.
ALTER TABLE sources DROP CONSTRAINT sources_check;
ALTER TABLE sources ADD CONSTRAINT sources_text_once CHECK (text_version_id IS NULL OR accepted_text IS NULL) NOT VALID;

-- Lines on this version lose its text, or have it from another version that says the same. So do lines that keep a
-- text of their own that is the same, or was merged into this version: a secret in it was in theirs before.
CREATE OR REPLACE FUNCTION before_version_delete() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM FROM configs WHERE id = OLD.config_id AND latest_version_id = OLD.id;
  IF FOUND THEN
    RAISE EXCEPTION 'version % is the latest of config %; only the config as a whole can be deleted',
      OLD.version, OLD.config_id USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
  END IF;
  UPDATE sources SET text_version_id = (
      SELECT max(v.id) FROM config_versions v
      WHERE v.config_id = OLD.config_id AND v.content_sha256 = OLD.content_sha256 AND v.id <> OLD.id)
    WHERE text_version_id = OLD.id;
  UPDATE sources SET accepted_text = NULL WHERE config_id = OLD.config_id AND accepted_text IS NOT NULL
    AND (version = OLD.version OR accepted_sha256 = OLD.content_sha256);
  RETURN OLD;
END $$;

-- Earlier builds left the texts of deleted versions to the lines.
UPDATE sources s SET accepted_text = NULL WHERE accepted_text IS NOT NULL
  AND NOT EXISTS (SELECT FROM config_versions v WHERE v.config_id = s.config_id AND v.version = s.version);

-- Stones -----------------------------------------------------------------------------------------------

CREATE TABLE tombstones (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  config_id bigint NOT NULL REFERENCES configs (id),
  first_version bigint NOT NULL,
  last_version bigint NOT NULL,
  versions bigint NOT NULL CHECK (versions > 0),
  deleted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The user for whom it was done, as the caller says; NULL: it did not say.
  actor text,
  actor_verified boolean,
  -- The role that was logged in to the database.
  login name NOT NULL DEFAULT session_user
);
CREATE INDEX tombstones_config ON tombstones (config_id, id);

CREATE TRIGGER stones_never_change BEFORE UPDATE OR DELETE ON tombstones
  FOR EACH ROW EXECUTE FUNCTION refuse('what was deleted is remembered for good');
CREATE TRIGGER stones_are_never_truncated BEFORE TRUNCATE ON tombstones
  EXECUTE FUNCTION refuse('what was deleted is remembered for good');

CREATE FUNCTION set_stones() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _by jsonb := nullif(current_setting('pawl.deleter', true), '')::jsonb;
BEGIN
  INSERT INTO tombstones (config_id, first_version, last_version, versions, actor, actor_verified)
    SELECT g.config_id, min(g.version), max(g.version), count(*), _by ->> 'name', (_by ->> 'verified')::boolean
    FROM gone g GROUP BY g.config_id;
  RETURN NULL;
END $$;
CREATE TRIGGER deletes_leave_a_stone AFTER DELETE ON config_versions
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION set_stones();

-- Deletes ---------------------------------------------------------------------------------------------

-- Takes a locked config's head, lines and versions, as one change of an entry of the log, and answers how many
-- versions. The counter of its numbers stays.
CREATE OR REPLACE FUNCTION delete_in_deployment(_deployment bigint, _ordinal integer, _config_id bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _config configs;
  _versions bigint;
BEGIN
  SELECT c.* INTO STRICT _config FROM configs c WHERE c.id = _config_id;
  PERFORM log_change(
    _deployment, _ordinal, ROW(_config.namespace, _config.path)::config_key, 'delete',
    head_of(_config.latest_version_id), NULL, NULL);
  PERFORM set_config('pawl.deleter', jsonb_build_object('name', d.deployer, 'verified', d.deployer_verified)::text, true)
    FROM deployments d WHERE d.id = _deployment;
  UPDATE configs SET latest_version_id = NULL WHERE id = _config_id;
  -- Lines first: each version would look for its text in them.
  DELETE FROM sources WHERE config_id = _config_id;
  DELETE FROM config_versions WHERE config_id = _config_id;
  GET DIAGNOSTICS _versions = ROW_COUNT;
  RETURN _versions;
END $$;

-- For an object that goes and takes its config along. `deleted` with the number of versions; `nothing` was there, or
-- is left of what this object may take; `kept`: it is not this object's alone. Waits for saves of this config, and
-- they for it: a save that comes later finds no head, and is raced if it had seen one.
CREATE FUNCTION delete_for_object(_at config_key, _source source, _uid text, _by actor)
RETURNS TABLE (outcome text, versions bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _config configs;
BEGIN
  outcome := 'nothing';
  versions := 0;
  SELECT c.* INTO _config FROM configs c WHERE c.namespace = _at.namespace AND c.path = _at.path FOR NO KEY UPDATE;
  -- Done already for this object, and none of its proposals was accepted since (that would take a cluster
  -- restored from a backup): what is here now is somebody else's.
  IF _config.id IS NULL OR EXISTS (SELECT FROM deletions d WHERE d.config_id = _config.id AND d.object_uid = _uid)
    AND NOT EXISTS (SELECT FROM sources s WHERE s.config_id = _config.id AND s.cluster = _source.cluster
      AND s.namespace = _source.namespace AND s.name = _source.name AND s.uid = _uid) THEN
    RETURN NEXT;
    RETURN;
  END IF;
  -- A request saved the latest: somebody may still need it, for whom no object stands. Or other clusters' objects
  -- live on it: what this cluster can see of them is their lines.
  IF EXISTS (SELECT FROM config_versions v WHERE v.id = _config.latest_version_id AND v.object_uid IS NULL)
    OR EXISTS (SELECT FROM sources s WHERE s.config_id = _config.id AND s.cluster <> _source.cluster) THEN
    outcome := 'kept';
    RETURN NEXT;
    RETURN;
  END IF;
  INSERT INTO deletions AS d (config_id, object_uid) VALUES (_config.id, _uid)
    ON CONFLICT (config_id, object_uid) DO UPDATE SET deleted_at = excluded.deleted_at;
  IF _config.latest_version_id IS NOT NULL THEN
    versions := delete_in_deployment(
      log_entry(ROW(_by, NULL, NULL)::origin, ROW(_source, _uid, NULL, NULL, NULL, NULL)::proposal, 'accepted', NULL, NULL),
      1, _config.id);
    outcome := 'deleted';
  END IF;
  RETURN NEXT;
END $$;

-- As delete_for_object, and only while the head is the one that was decided about, and of this very source: whose own
-- save is not the latest takes nothing along.
CREATE FUNCTION delete_own(_at config_key, _expected_head bigint, _source source, _uid text, _by actor)
RETURNS TABLE (outcome text, versions bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
  -- The lock is held until the end of this call, and so until after the delete.
  PERFORM FROM configs c WHERE c.namespace = _at.namespace AND c.path = _at.path FOR NO KEY UPDATE;
  PERFORM FROM configs c JOIN config_versions v ON v.id = c.latest_version_id
    WHERE c.namespace = _at.namespace AND c.path = _at.path AND (v.version <> _expected_head
      OR (v.object_cluster, v.object_namespace, v.object_name) IS DISTINCT FROM
        (_source.cluster, _source.namespace, _source.name));
  IF FOUND THEN
    outcome := 'kept';
    versions := 0;
    RETURN NEXT;
    RETURN;
  END IF;
  RETURN QUERY SELECT * FROM delete_for_object(_at, _source, _uid, _by);
END $$;

-- Removes a config and all its versions, whichever objects have lines on it: they propose anew, as the next version.
-- `deleted` with `versions` and `lastVersion`, `missing`, `moved` with `head`, `known` and `reused`.
CREATE OR REPLACE FUNCTION delete_config_by_request(
  _namespace text, _path text, _expected_head bigint, _actor text, _actor_verified boolean,
  _principal text, _key text, _request_sha256 bytea
) RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _config configs;
  _versions bigint;
BEGIN
  SELECT c.* INTO _config FROM configs c WHERE c.namespace = _namespace AND c.path = _path
    FOR NO KEY UPDATE;
  SELECT k.outcome, k.answer INTO outcome, answer FROM recall_key(_principal, _key, _request_sha256) k;
  IF outcome = 'unknown' THEN
    answer := NULL;
    IF _config.latest_version_id IS NULL THEN
      outcome := 'missing';
    ELSIF _config.last_version <> _expected_head THEN
      outcome := 'moved';
      answer := jsonb_build_object('head', _config.last_version::text);
    ELSE
      _versions := delete_in_deployment(
        log_entry(ROW(ROW(_actor, _actor_verified), NULL, NULL)::origin, NULL, 'accepted', NULL, NULL), 1, _config.id);
      outcome := 'deleted';
      answer := jsonb_build_object('versions', _versions, 'lastVersion', _config.last_version::text);
      PERFORM keep_key(_principal, _key, _request_sha256, answer);
    END IF;
  END IF;
  RETURN NEXT;
END $$;

-- Removes one version that is not the head. `deleted`, `head`, `gone`, `known` and `reused`.
CREATE OR REPLACE FUNCTION delete_version_by_request(
  _namespace text, _path text, _version bigint, _actor text, _actor_verified boolean,
  _principal text, _key text, _request_sha256 bytea
) RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _config configs;
  _gone head;
BEGIN
  SELECT c.* INTO _config FROM configs c WHERE c.namespace = _namespace AND c.path = _path
    FOR NO KEY UPDATE;
  SELECT k.outcome, k.answer INTO outcome, answer FROM recall_key(_principal, _key, _request_sha256) k;
  IF outcome = 'unknown' THEN
    answer := '{}';
    IF _config.latest_version_id IS NOT NULL AND _config.last_version = _version THEN
      outcome := 'head';
    ELSE
      PERFORM set_config(
        'pawl.deleter', jsonb_build_object('name', _actor, 'verified', _actor_verified)::text, true);
      DELETE FROM config_versions v WHERE v.config_id = _config.id AND v.version = _version
        RETURNING v.id, v.version, v.content_sha256, v.kind, v.created_at, v.object_uid INTO _gone;
      outcome := CASE WHEN FOUND THEN 'deleted' ELSE 'gone' END;
      IF outcome = 'deleted' THEN
        PERFORM log_change(
          log_entry(ROW(ROW(_actor, _actor_verified), NULL, NULL)::origin, NULL, 'accepted', NULL, NULL), 1,
          ROW(_namespace, _path)::config_key, 'delete', _gone, NULL, NULL);
        PERFORM keep_key(_principal, _key, _request_sha256, answer);
      END IF;
    END IF;
  END IF;
  RETURN NEXT;
END $$;

-- For replicas of the build before this one.
CREATE OR REPLACE FUNCTION delete_config(
  _namespace text, _path text, _cluster text, _object_namespace text, _object_name text, _uid text,
  _actor text, _actor_verified boolean
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT CASE outcome WHEN 'kept' THEN -1 ELSE versions END FROM delete_for_object(
    ROW(_namespace, _path)::config_key, ROW(_cluster, _object_namespace, _object_name)::source, _uid,
    ROW(_actor, _actor_verified)::actor)
$$;
