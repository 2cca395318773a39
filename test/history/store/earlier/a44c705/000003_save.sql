-- Up Migration
--
-- Saving, as functions, so that one round trip is one transaction: lock the config, compare, insert. The
-- operator of another version may run beside this one: a signature, once released, keeps its meaning,
-- and a change of it is a function of another name.
--
-- Both answer 'raced' when the config is not what the caller saw, and do nothing then. All writers take
-- the lock on the config first, so they cannot deadlock with each other. READ COMMITTED is meant: each
-- statement here sees what was committed before it, which after the lock is all there is.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- One entry of the log, with its one change. A refusal that is there already is not written again.
CREATE FUNCTION log_change(
  _group text, _deployer text, _deployer_verified boolean,
  _cluster text, _object_namespace text, _object_name text, _uid text, _generation bigint,
  _git_commit text, _git_branch text, _git_dirty boolean, _git_remote text, _git_path text,
  _result text, _reason text, _message text,
  _namespace text, _path text, _operation text,
  _old_version bigint, _new_version bigint, _old_sha256 bytea, _new_sha256 bytea
) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  _deployment bigint;
BEGIN
  INSERT INTO deployments (
    group_key, deployer, deployer_verified, object_cluster, object_namespace, object_name, object_uid,
    object_generation, git_commit, git_branch, git_dirty, git_remote, git_path, result, reason, message
  ) VALUES (
    -- Anybody may write an annotation of any length, and an index holds no long ones: no save fails for that.
    left(_group, 200), _deployer, _deployer_verified, _cluster, _object_namespace, _object_name, _uid,
    _generation, _git_commit, _git_branch, _git_dirty, _git_remote, _git_path, _result, _reason, _message
  ) ON CONFLICT (object_uid, object_generation, reason) WHERE result = 'refused' DO NOTHING
  RETURNING id INTO _deployment;
  IF FOUND THEN
    INSERT INTO deployment_changes (
      deployment_id, ordinal, namespace, path, operation, old_version, new_version, old_sha256, new_sha256
    ) VALUES (
      _deployment, 1, _namespace, _path, _operation, _old_version, _new_version, _old_sha256, _new_sha256
    );
  END IF;
END $$;

CREATE FUNCTION save_version(
  _namespace text, _path text, _format text, _expected_head bigint,
  _cluster text, _object_namespace text, _object_name text, _uid text, _generation bigint,
  -- NULL as proposal text: it is the same as the body.
  _proposal_sha256 bytea, _proposal_text text, _base_version bigint,
  _body_raw text, _body_json jsonb, _documents integer, _content_sha256 bytea, _kind text,
  _author text, _actor text, _actor_verified boolean, _comment text,
  _git_commit text, _git_branch text, _git_dirty boolean, _git_remote text, _git_path text,
  _group text, _merged_paths text[]
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
  IF EXISTS (SELECT FROM config_versions v WHERE v.object_uid = _uid AND v.object_generation = _generation)
  THEN
    -- Accepted once, but the line belongs to another object by now: looking again would not tell.
    RETURN QUERY SELECT 'taken', NULL::bigint, NULL::bigint, NULL::timestamptz;
    RETURN;
  END IF;

  IF _config.format <> _format THEN
    UPDATE configs SET format = _format WHERE id = _config.id;
  END IF;
  SELECT v.content_sha256 INTO _head_sha256 FROM config_versions v WHERE v.id = _config.latest_version_id;

  INSERT INTO config_versions AS v (
    config_id, version, body_raw, body_json, documents, content_sha256, created_by, actor, actor_verified,
    comment, kind, base_version, merged_onto, merged_paths, git_commit, git_branch, git_dirty, git_remote,
    git_path, object_cluster, object_namespace, object_name, object_uid, object_generation
  ) VALUES (
    _config.id, _config.last_version + 1, _body_raw, _body_json, _documents, _content_sha256, _author,
    _actor, _actor_verified, _comment, _kind, _base_version,
    CASE WHEN _kind IN ('merged', 'confirmed') THEN nullif(_head, 0) END, _merged_paths,
    _git_commit, _git_branch, _git_dirty, _git_remote, _git_path, _cluster, _object_namespace, _object_name, _uid, _generation
  ) RETURNING v.id, v.created_at INTO _id, _created_at;

  INSERT INTO sources AS s (
    config_id, cluster, namespace, name, uid, generation, accepted_sha256, text_version_id, accepted_text,
    base_version, version, content_sha256, accepted_as
  ) VALUES (
    _config.id, _cluster, _object_namespace, _object_name, _uid, _generation, _proposal_sha256,
    CASE WHEN _proposal_text IS NULL THEN _id END, _proposal_text, _base_version, _config.last_version + 1,
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
    nullif(_head, 0), _config.last_version + 1, _head_sha256, _content_sha256
  );

  RETURN QUERY SELECT 'saved', _config.last_version + 1, _config.id, _created_at;
END $$;

CREATE FUNCTION move_line(
  _namespace text, _path text, _expected_head bigint,
  _cluster text, _object_namespace text, _object_name text, _uid text, _generation bigint,
  _proposal_sha256 bytea, _proposal_text text, _base_version bigint, _version bigint,
  _actor text, _actor_verified boolean,
  _git_commit text, _git_branch text, _git_dirty boolean, _git_remote text, _git_path text,
  _group text
) RETURNS text
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  _config configs;
  _line sources;
  _text_version bigint;
  _content_sha256 bytea;
  _head bigint;
BEGIN
  SELECT c.* INTO _config FROM configs c WHERE c.namespace = _namespace AND c.path = _path
    FOR NO KEY UPDATE;
  IF _config.id IS NULL OR _version > _config.last_version THEN
    RETURN 'raced';
  END IF;

  SELECT s.* INTO _line FROM sources s WHERE s.config_id = _config.id
    AND s.cluster = _cluster AND s.namespace = _object_namespace AND s.name = _object_name;
  IF _line.uid = _uid AND _line.generation >= _generation THEN
    RETURN CASE WHEN _line.generation = _generation AND _line.version = _version
      AND _line.accepted_sha256 = _proposal_sha256 THEN 'moved' ELSE 'raced' END;
  END IF;
  _head := CASE WHEN _config.latest_version_id IS NULL THEN 0 ELSE _config.last_version END;
  IF _head <> _expected_head THEN
    RETURN 'raced';
  END IF;

  SELECT v.content_sha256, CASE WHEN v.content_sha256 = _proposal_sha256 THEN v.id END
    INTO _content_sha256, _text_version
    FROM config_versions v WHERE v.config_id = _config.id AND v.version = _version;
  IF NOT FOUND THEN
    -- Deleted. A line that is there already may go on naming it; a new one may not begin to.
    IF _line.version IS DISTINCT FROM _version THEN
      RETURN 'raced';
    END IF;
    _content_sha256 := _line.content_sha256;
  END IF;
  INSERT INTO sources AS s (
    config_id, cluster, namespace, name, uid, generation, accepted_sha256, text_version_id, accepted_text,
    base_version, version, content_sha256, accepted_as
  ) VALUES (
    _config.id, _cluster, _object_namespace, _object_name, _uid, _generation, _proposal_sha256,
    _text_version, CASE WHEN _text_version IS NULL THEN _proposal_text END, _base_version, _version,
    _content_sha256, 'Unchanged'
  ) ON CONFLICT (config_id, cluster, namespace, name) DO UPDATE SET
    uid = excluded.uid, generation = excluded.generation, accepted_sha256 = excluded.accepted_sha256,
    text_version_id = excluded.text_version_id, accepted_text = excluded.accepted_text,
    base_version = excluded.base_version, version = excluded.version,
    content_sha256 = excluded.content_sha256, accepted_as = excluded.accepted_as,
    accepted_at = excluded.accepted_at;

  PERFORM log_change(
    _group, _actor, _actor_verified, _cluster, _object_namespace, _object_name, _uid, _generation,
    _git_commit, _git_branch, _git_dirty, _git_remote, _git_path, 'accepted', NULL, NULL,
    _namespace, _path, 'unchanged', nullif(_head, 0), _version,
    (SELECT v.content_sha256 FROM config_versions v WHERE v.id = _config.latest_version_id), _content_sha256
  );
  RETURN 'moved';
END $$;
