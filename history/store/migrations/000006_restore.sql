-- Up Migration
--
-- Restores: the database taken back under a newer cluster, and a cluster taken back under a newer database.
-- See docs/adr/0010-restores.md.
--
-- The first: a number that a cluster shows was used, whatever this database remembers. It is kept as a floor, and
-- the next version comes after it. Numbers between are a gap, and the only kind of gap there is.
--
-- The second: a generation of an object does not name one text any more. What was accepted is known by object,
-- generation and the text proposed.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Numbers up to here were used, by versions that this database has lost.
ALTER TABLE configs ADD COLUMN floor bigint NOT NULL DEFAULT 0 CHECK (floor >= 0);

-- NULL: the text proposed is the text saved.
ALTER TABLE config_versions ADD COLUMN proposal_sha256 bytea;

DROP INDEX config_versions_object;
CREATE UNIQUE INDEX config_versions_object
  ON config_versions (object_uid, object_generation, coalesce(proposal_sha256, content_sha256))
  WHERE object_uid IS NOT NULL;

CREATE OR REPLACE FUNCTION advance_head() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE configs SET latest_version_id = NEW.id, last_version = NEW.version
    WHERE id = NEW.config_id AND greatest(last_version, floor) = NEW.version - 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'version % is not the next number of config %', NEW.version, NEW.config_id
      USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER numbers_are_not_skipped ON configs;
CREATE TRIGGER numbers_are_not_skipped BEFORE UPDATE ON configs
  FOR EACH ROW WHEN (NEW.last_version > OLD.last_version AND
    (NEW.latest_version_id IS NULL OR NEW.last_version <> greatest(OLD.last_version, OLD.floor) + 1))
  EXECUTE FUNCTION refuse('version numbers are not skipped');

CREATE TRIGGER floors_only_rise BEFORE UPDATE ON configs
  FOR EACH ROW WHEN (NEW.floor < OLD.floor)
  EXECUTE FUNCTION refuse('version numbers only grow and are never reused');

DROP TRIGGER the_counter_outlives_deletes ON configs;
CREATE TRIGGER the_counter_outlives_deletes BEFORE DELETE ON configs
  FOR EACH ROW WHEN (greatest(OLD.last_version, OLD.floor) > 0)
  EXECUTE FUNCTION refuse('a config that had versions keeps its counter; delete its versions instead');

-- A number that a cluster shows is not used again.
CREATE FUNCTION raise_floor(_namespace text, _path text, _format text, _seen bigint) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO configs AS c (namespace, path, format, floor) VALUES (_namespace, _path, _format, _seen)
    ON CONFLICT (namespace, path) DO UPDATE SET floor = excluded.floor
    WHERE greatest(c.last_version, c.floor) < excluded.floor;
END $$;

-- Takes a source's line back to the proposal that its object holds now, after its cluster was taken back. The
-- caller saw the line, and then that object at the API server itself. Does nothing if the line moved since. What
-- the object holds may be
-- - what the line says, under another generation;
-- - a proposal accepted before, also of an object that another one had taken the place of, or the very text of a version: then that is what the line says again;
-- - something new: nobody can know what that was edited from, so the source has no line any more.
-- Runs with the rights of whoever migrated: the operator's role deletes no line otherwise.
CREATE FUNCTION rewind_line(
  _namespace text, _path text, _cluster text, _object_namespace text, _object_name text, _uid text,
  _generation bigint, _proposal_sha256 bytea, _proposal_text text, _base_version bigint,
  _line_uid text, _line_generation bigint, _line_sha256 bytea
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _config_id bigint;
  _line sources;
  _version config_versions;
  _same boolean;
BEGIN
  SELECT c.id INTO _config_id FROM configs c WHERE c.namespace = _namespace AND c.path = _path
    FOR NO KEY UPDATE;
  DELETE FROM sources s WHERE s.config_id = _config_id AND s.cluster = _cluster
    AND s.namespace = _object_namespace AND s.name = _object_name AND s.uid = _line_uid
    AND s.generation = _line_generation AND s.accepted_sha256 = _line_sha256
    RETURNING s.* INTO _line;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF _line.accepted_sha256 <> _proposal_sha256 THEN
    SELECT v.* INTO _version FROM config_versions v WHERE v.config_id = _config_id
      AND v.object_uid = _uid AND v.object_generation = _generation
      AND coalesce(v.proposal_sha256, v.content_sha256) = _proposal_sha256;
    _same := FOUND;
    IF NOT _same THEN
      SELECT v.* INTO _version FROM config_versions v WHERE v.config_id = _config_id
        AND v.content_sha256 = _proposal_sha256 ORDER BY v.version DESC LIMIT 1;
    END IF;
    IF NOT FOUND THEN
      RETURN true;
    END IF;
    _line.version := _version.version;
    _line.content_sha256 := _version.content_sha256;
    _line.accepted_as := CASE
      WHEN NOT _same THEN 'Unchanged'
      WHEN _version.kind IN ('merged', 'confirmed') THEN 'Merged' ELSE 'Saved' END;
    _line.text_version_id := CASE WHEN _version.content_sha256 = _proposal_sha256 THEN _version.id END;
    _line.accepted_text := CASE WHEN _line.text_version_id IS NULL THEN _proposal_text END;
  END IF;
  INSERT INTO sources (
    config_id, cluster, namespace, name, uid, generation, accepted_sha256, text_version_id, accepted_text,
    base_version, version, content_sha256, accepted_as
  ) VALUES (
    _config_id, _cluster, _object_namespace, _object_name, _uid, _generation, _proposal_sha256,
    _line.text_version_id, _line.accepted_text, _base_version, _line.version, _line.content_sha256,
    _line.accepted_as
  );
  RETURN true;
END $$;

-- As before, but for the number, and for what tells a proposal from another.
CREATE OR REPLACE FUNCTION save_version(
  _namespace text, _path text, _format text, _expected_head bigint,
  _cluster text, _object_namespace text, _object_name text, _uid text, _generation bigint,
  -- NULL as proposal text: it is the same as the body.
  _proposal_sha256 bytea, _proposal_text text, _base_version bigint,
  _body_raw text, _body_json jsonb, _documents integer, _content_sha256 bytea, _kind text,
  _author text, _actor text, _actor_verified boolean, _comment text,
  _git_commit text, _git_branch text, _git_dirty boolean, _git_remote text, _git_path text,
  _group text, _confirmed_by text, _merged_paths text[]
) RETURNS TABLE (outcome text, version bigint, config_id bigint, created_at timestamptz)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _config configs;
  _line sources;
  _head bigint;
  _head_sha256 bytea;
  _id bigint;
  _created_at timestamptz;
  _version bigint;
BEGIN
  SELECT c.* INTO _config FROM configs c WHERE c.namespace = _namespace AND c.path = _path
    FOR NO KEY UPDATE;
  IF _config.latest_version_id IS NULL THEN
    IF _expected_head <> 0 THEN
      RETURN QUERY SELECT 'raced', NULL::bigint, NULL::bigint, NULL::timestamptz;
      RETURN;
    END IF;
    INSERT INTO namespaces (name) VALUES (_namespace) ON CONFLICT DO NOTHING;
    IF _config.id IS NULL THEN
      INSERT INTO configs (namespace, path, format) VALUES (_namespace, _path, _format)
        ON CONFLICT (namespace, path) DO NOTHING;
      SELECT c.* INTO STRICT _config FROM configs c WHERE c.namespace = _namespace AND c.path = _path
        FOR NO KEY UPDATE;
    END IF;
  END IF;
  _head := CASE WHEN _config.latest_version_id IS NULL THEN 0 ELSE _config.last_version END;

  SELECT s.* INTO _line FROM sources s WHERE s.config_id = _config.id
    AND s.cluster = _cluster AND s.namespace = _object_namespace AND s.name = _object_name;
  IF _line.uid = _uid AND _line.generation >= _generation THEN
    -- Saved already. To a caller whose answer got lost, say it again, if it still is the head: so whoever
    -- is told 'saved' may take his text for the latest.
    RETURN QUERY SELECT 'saved', v.version, v.config_id, v.created_at FROM config_versions v
      WHERE v.id = _config.latest_version_id AND _line.generation = _generation
        AND v.object_uid = _uid AND v.object_generation = _generation
        AND v.content_sha256 = _content_sha256 AND _line.accepted_sha256 = _proposal_sha256;
    IF NOT FOUND THEN
      RETURN QUERY SELECT 'raced', NULL::bigint, NULL::bigint, NULL::timestamptz;
    END IF;
    RETURN;
  END IF;
  IF _head <> _expected_head THEN
    RETURN QUERY SELECT 'raced', NULL::bigint, NULL::bigint, NULL::timestamptz;
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM config_versions v WHERE v.object_uid = _uid AND v.object_generation = _generation
    AND coalesce(v.proposal_sha256, v.content_sha256) = _proposal_sha256) THEN
    -- Accepted once, but the line belongs to another object by now: looking again would not tell.
    RETURN QUERY SELECT 'taken', NULL::bigint, NULL::bigint, NULL::timestamptz;
    RETURN;
  END IF;

  IF _config.format <> _format THEN
    UPDATE configs SET format = _format WHERE id = _config.id;
  END IF;
  SELECT v.content_sha256 INTO _head_sha256 FROM config_versions v WHERE v.id = _config.latest_version_id;

  _version := greatest(_config.last_version, _config.floor) + 1;
  INSERT INTO config_versions AS v (
    config_id, version, body_raw, body_json, documents, content_sha256, created_by, actor, actor_verified,
    comment, kind, base_version, confirmed_by, merged_onto, merged_paths, git_commit, git_branch, git_dirty, git_remote,
    git_path, object_cluster, object_namespace, object_name, object_uid, object_generation, proposal_sha256
  ) VALUES (
    _config.id, _version, _body_raw, _body_json, _documents, _content_sha256, _author,
    _actor, _actor_verified, _comment, _kind, _base_version, _confirmed_by,
    CASE WHEN _kind IN ('merged', 'confirmed') THEN nullif(_head, 0) END, _merged_paths,
    _git_commit, _git_branch, _git_dirty, _git_remote, _git_path, _cluster, _object_namespace, _object_name, _uid, _generation,
    nullif(_proposal_sha256, _content_sha256)
  ) RETURNING v.id, v.created_at INTO _id, _created_at;

  INSERT INTO sources AS s (
    config_id, cluster, namespace, name, uid, generation, accepted_sha256, text_version_id, accepted_text,
    base_version, version, content_sha256, accepted_as
  ) VALUES (
    _config.id, _cluster, _object_namespace, _object_name, _uid, _generation, _proposal_sha256,
    CASE WHEN _proposal_text IS NULL THEN _id END, _proposal_text, _base_version, _version,
    _content_sha256, CASE WHEN _kind IN ('merged', 'confirmed') THEN 'Merged' ELSE 'Saved' END
  ) ON CONFLICT (config_id, cluster, namespace, name) DO UPDATE SET
    uid = excluded.uid, generation = excluded.generation, accepted_sha256 = excluded.accepted_sha256,
    text_version_id = excluded.text_version_id, accepted_text = excluded.accepted_text,
    base_version = excluded.base_version, version = excluded.version,
    content_sha256 = excluded.content_sha256, accepted_as = excluded.accepted_as,
    accepted_at = excluded.accepted_at;

  PERFORM log_change(
    _group, _actor, _actor_verified, _cluster, _object_namespace, _object_name, _uid, _generation,
    _git_commit, _git_branch, _git_dirty, _git_remote, _git_path, 'accepted', NULL, NULL,
    _namespace, _path, CASE WHEN _head = 0 THEN 'create' ELSE 'update' END,
    nullif(_head, 0), _version, _head_sha256, _content_sha256
  );

  RETURN QUERY SELECT 'saved', _version, _config.id, _created_at;
END $$;

-- For whoever did not look: the head must be that version and say just that. A restored database may hold another
-- text under a number that a cluster remembers.
CREATE FUNCTION save_version_onto(
  _expected_sha256 bytea,
  _namespace text, _path text, _format text, _expected_head bigint,
  _cluster text, _object_namespace text, _object_name text, _uid text, _generation bigint,
  _proposal_sha256 bytea, _proposal_text text, _base_version bigint,
  _body_raw text, _body_json jsonb, _documents integer, _content_sha256 bytea, _kind text,
  _author text, _actor text, _actor_verified boolean, _comment text,
  _git_commit text, _git_branch text, _git_dirty boolean, _git_remote text, _git_path text,
  _group text, _confirmed_by text, _merged_paths text[]
) RETURNS TABLE (outcome text, version bigint, config_id bigint, created_at timestamptz)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
  PERFORM FROM configs c WHERE c.namespace = _namespace AND c.path = _path FOR NO KEY UPDATE;
  PERFORM FROM configs c JOIN config_versions v ON v.id = c.latest_version_id
    WHERE c.namespace = _namespace AND c.path = _path AND v.content_sha256 = _expected_sha256;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'raced', NULL::bigint, NULL::bigint, NULL::timestamptz;
    RETURN;
  END IF;
  RETURN QUERY SELECT * FROM save_version(
    _namespace, _path, _format, _expected_head, _cluster, _object_namespace, _object_name, _uid, _generation,
    _proposal_sha256, _proposal_text, _base_version, _body_raw, _body_json, _documents, _content_sha256, _kind,
    _author, _actor, _actor_verified, _comment, _git_commit, _git_branch, _git_dirty, _git_remote, _git_path,
    _group, _confirmed_by, _merged_paths);
END $$;

CREATE OR REPLACE FUNCTION grant_operator(_role name) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), _role);
  EXECUTE format('GRANT SELECT, INSERT ON namespaces, config_versions, deployments, deployment_changes TO %I', _role);
  EXECUTE format('GRANT SELECT, INSERT (namespace, path, format, floor), '
    'UPDATE (format, latest_version_id, last_version, floor) ON configs TO %I', _role);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON sources, clusters TO %I', _role);
  EXECUTE format('GRANT SELECT ON migrations, deletions TO %I', _role);
  EXECUTE format('GRANT EXECUTE ON FUNCTION log_change, save_version, save_version_onto, move_line, delete_config, log_refusal, '
    'rotate_log, register_cluster, raise_floor, rewind_line TO %I', _role);
END $$;

-- Whoever runs the operator goes on doing so.
DO $$
DECLARE
  _role name;
BEGIN
  EXECUTE format('REVOKE ALL ON FUNCTION raise_floor, rewind_line, save_version_onto FROM PUBLIC');
  FOR _role IN
    SELECT r.rolname FROM pg_proc p, aclexplode(p.proacl) a JOIN pg_roles r ON r.oid = a.grantee
    WHERE p.pronamespace = current_schema()::regnamespace AND p.proname = 'save_version' AND a.grantee <> p.proowner
  LOOP
    PERFORM grant_operator(_role);
  END LOOP;
END $$;
