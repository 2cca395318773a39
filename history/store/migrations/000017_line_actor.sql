-- Up Migration
--
-- A line remembers who made its last proposal. So far that was looked up in the version the proposal became, and one that
-- became none, because it said nothing new, was nobody's: its author's next edit was taken for somebody else's.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- NULL: nobody remembers.
ALTER TABLE sources ADD COLUMN actor text, ADD COLUMN actor_verified boolean,
  ADD CONSTRAINT sources_actor CHECK ((actor IS NULL) = (actor_verified IS NULL));

UPDATE sources s SET actor = v.actor, actor_verified = v.actor_verified FROM config_versions v
  WHERE v.config_id = s.config_id AND v.object_uid = s.uid AND v.object_generation = s.generation
    AND coalesce(v.proposal_sha256, v.content_sha256) = s.accepted_sha256;

-- Of those that became no version the log tells, unless it said the same before or was rotated.
UPDATE sources s SET actor = d.deployer, actor_verified = d.deployer_verified FROM deployments d
  WHERE s.actor IS NULL AND d.result = 'accepted' AND d.object_uid = s.uid AND d.object_generation = s.generation;

-- As before, with who made the proposal.
DROP FUNCTION put_line(bigint, proposal, bigint, bigint, bytea, text);
CREATE FUNCTION put_line(
  _config_id bigint, _proposal proposal, _text_version_id bigint, _version bigint, _content_sha256 bytea,
  _accepted_as text, _by actor
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO sources AS s (
    config_id, cluster, namespace, name, uid, generation, accepted_sha256, text_version_id, accepted_text,
    base_version, version, content_sha256, accepted_as, actor, actor_verified
  ) VALUES (
    _config_id, (_proposal.source).cluster, (_proposal.source).namespace, (_proposal.source).name, _proposal.uid,
    _proposal.generation, _proposal.sha256, _text_version_id,
    CASE WHEN _text_version_id IS NULL THEN _proposal.text END, _proposal.base_version, _version, _content_sha256,
    _accepted_as, _by.name, _by.verified
  ) ON CONFLICT (config_id, cluster, namespace, name) DO UPDATE SET
    uid = excluded.uid, generation = excluded.generation, accepted_sha256 = excluded.accepted_sha256,
    text_version_id = excluded.text_version_id, accepted_text = excluded.accepted_text,
    base_version = excluded.base_version, version = excluded.version,
    content_sha256 = excluded.content_sha256, accepted_as = excluded.accepted_as,
    accepted_at = excluded.accepted_at, actor = excluded.actor, actor_verified = excluded.actor_verified;
END $$;

CREATE OR REPLACE FUNCTION save_proposal(
  _at config_key, _expected_head bigint, _expected_sha256 bytea, _proposal proposal, _version new_version, _by origin
) RETURNS TABLE (outcome text, config_id bigint, created_at timestamptz, line source_line)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _config configs;
  _line sources;
  _head head;
  _saved head;
BEGIN
  SELECT c.* INTO _config FROM configs c WHERE c.namespace = _at.namespace AND c.path = _at.path FOR NO KEY UPDATE;
  IF _config.latest_version_id IS NULL THEN
    IF _expected_head <> 0 THEN
      outcome := 'raced';
      RETURN NEXT;
      RETURN;
    END IF;
    INSERT INTO namespaces (name) VALUES (_at.namespace) ON CONFLICT DO NOTHING;
    IF _config.id IS NULL THEN
      INSERT INTO configs (namespace, path, format) VALUES (_at.namespace, _at.path, _version.format)
        ON CONFLICT (namespace, path) DO NOTHING;
      SELECT c.* INTO STRICT _config FROM configs c WHERE c.namespace = _at.namespace AND c.path = _at.path
        FOR NO KEY UPDATE;
    END IF;
  END IF;
  _head := head_of(_config.latest_version_id);
  config_id := _config.id;

  SELECT s.* INTO _line FROM sources s WHERE s.config_id = _config.id AND s.cluster = (_proposal.source).cluster
    AND s.namespace = (_proposal.source).namespace AND s.name = (_proposal.source).name;
  IF _line.uid = _proposal.uid AND _line.generation >= _proposal.generation THEN
    -- Saved already. To a caller whose answer got lost, say it again, if it still is the head: so a caller that
    -- is told 'saved' may take its text for the latest.
    IF _line.generation = _proposal.generation AND _line.accepted_sha256 = _proposal.sha256
      AND _head.sha256 = _version.sha256 AND EXISTS (SELECT FROM config_versions v WHERE v.id = _head.id
        AND v.object_uid = _proposal.uid AND v.object_generation = _proposal.generation) THEN
      outcome := 'saved';
      created_at := _head.created_at;
      line := line_of(_config, _line);
    ELSE
      outcome := 'raced';
    END IF;
    RETURN NEXT;
    RETURN;
  END IF;
  IF coalesce(_head.version, 0) <> _expected_head
    OR _expected_sha256 IS NOT NULL AND _head.sha256 IS DISTINCT FROM _expected_sha256 THEN
    outcome := 'raced';
    RETURN NEXT;
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM config_versions v WHERE v.object_uid = _proposal.uid
    AND v.object_generation = _proposal.generation
    AND coalesce(v.proposal_sha256, v.content_sha256) = _proposal.sha256) THEN
    outcome := 'taken';
    RETURN NEXT;
    RETURN;
  END IF;

  _saved := insert_version(_config, _head.version, _version, _by, _proposal);
  line := ROW(
    _proposal.uid, _proposal.generation, _proposal.sha256, _proposal.base_version, _saved.version, _saved.sha256,
    CASE WHEN _saved.kind IN ('merged', 'confirmed') THEN 'Merged' ELSE 'Saved' END, NULL)::source_line;
  PERFORM put_line(
    _config.id, _proposal, CASE WHEN _proposal.text IS NULL THEN _saved.id END, _saved.version, _saved.sha256,
    line.accepted_as, _by.deployer);
  PERFORM log_change(
    log_entry(_by, _proposal, 'accepted', NULL, NULL), 1, _at,
    CASE WHEN _head.id IS NULL THEN 'create' ELSE 'update' END, _head, _saved.version, _saved.sha256);
  outcome := 'saved';
  created_at := _saved.created_at;
  RETURN NEXT;
END $$;

CREATE OR REPLACE FUNCTION move_line_to(_at config_key, _expected_head bigint, _version bigint, _proposal proposal, _by origin)
RETURNS TABLE (outcome text, line source_line)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _config configs;
  _line sources;
  _head head;
  _text_version bigint;
  _content_sha256 bytea;
BEGIN
  outcome := 'raced';
  SELECT c.* INTO _config FROM configs c WHERE c.namespace = _at.namespace AND c.path = _at.path FOR NO KEY UPDATE;
  IF _config.id IS NULL OR _version > _config.last_version THEN
    RETURN NEXT;
    RETURN;
  END IF;

  SELECT s.* INTO _line FROM sources s WHERE s.config_id = _config.id AND s.cluster = (_proposal.source).cluster
    AND s.namespace = (_proposal.source).namespace AND s.name = (_proposal.source).name;
  IF _line.uid = _proposal.uid AND _line.generation >= _proposal.generation THEN
    IF _line.generation = _proposal.generation AND _line.version = _version
      AND _line.accepted_sha256 = _proposal.sha256 THEN
      outcome := 'moved';
      line := line_of(_config, _line);
    END IF;
    RETURN NEXT;
    RETURN;
  END IF;
  _head := head_of(_config.latest_version_id);
  IF coalesce(_head.version, 0) <> _expected_head THEN
    RETURN NEXT;
    RETURN;
  END IF;

  SELECT v.content_sha256, CASE WHEN v.content_sha256 = _proposal.sha256 THEN v.id END
    INTO _content_sha256, _text_version
    FROM config_versions v WHERE v.config_id = _config.id AND v.version = _version;
  IF NOT FOUND THEN
    -- Deleted. A line that is there already may go on naming it; a new one may not begin to.
    IF _line.version IS DISTINCT FROM _version THEN
      RETURN NEXT;
      RETURN;
    END IF;
    _content_sha256 := _line.content_sha256;
  END IF;
  PERFORM put_line(_config.id, _proposal, _text_version, _version, _content_sha256, 'Unchanged', _by.deployer);
  IF NOT is_told(_at, _version, _by.deployer, _proposal.uid) THEN
    PERFORM log_change(
      log_entry(_by, _proposal, 'accepted', NULL, NULL), 1, _at, 'unchanged', _head, _version, _content_sha256);
  END IF;
  outcome := 'moved';
  SELECT s.* INTO _line FROM sources s WHERE s.config_id = _config.id AND s.cluster = (_proposal.source).cluster
    AND s.namespace = (_proposal.source).namespace AND s.name = (_proposal.source).name;
  line := line_of(_config, _line);
  RETURN NEXT;
END $$;

-- The last two parameters have defaults for replicas of the build before this one.
CREATE FUNCTION rewind_line(
  _namespace text, _path text, _cluster text, _object_namespace text, _object_name text, _uid text,
  _generation bigint, _proposal_sha256 bytea, _proposal_text text, _base_version bigint,
  _line_uid text, _line_generation bigint, _line_sha256 bytea,
  _actor text DEFAULT NULL, _actor_verified boolean DEFAULT NULL
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
    _line.accepted_text := _proposal_text;
  END IF;
  PERFORM put_line(
    _config_id,
    ROW(ROW(_cluster, _object_namespace, _object_name), _uid, _generation, _proposal_sha256, _line.accepted_text,
      _base_version)::proposal,
    _line.text_version_id, _line.version, _line.content_sha256, _line.accepted_as,
    ROW(_actor, _actor_verified)::actor);
  RETURN true;
END $$;

-- Who may save may rewind. The former function goes last: until then the roles that run operators have it.
SELECT grant_operators();
DROP FUNCTION rewind_line(
  text, text, text, text, text, text, bigint, bytea, text, bigint, text, bigint, bytea
);
