-- Up Migration
--
-- One way to save: what a version, a proposal and an entry of the log are is spelled once, as types with named parts;
-- one function inserts a version, one moves a line, one writes the log. Every door's function locks, compares, and
-- calls these. Outcomes are words, and a save answers with the line it wrote.
--
-- The functions of before keep their signatures and what they promise, on top of the new ones: replicas of the build
-- before this one go on until they are replaced. A later release drops them.
--
-- Every function that the operator calls runs with the rights of the role that migrated; the operator's own role
-- only reads. So a version or an entry of the log comes from nowhere but these functions, with the time of the
-- database.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE TYPE config_key AS (namespace text, path text);
CREATE TYPE actor AS (name text, verified boolean);
CREATE TYPE git_origin AS (commit text, branch text, dirty boolean, remote text, path text);

-- Who deploys, from where, and what they call it.
CREATE TYPE origin AS (deployer actor, git git_origin, group_key text);

CREATE TYPE source AS (cluster text, namespace text, name text);

-- One generation of one object. `text` is NULL where the version saved says the same.
CREATE TYPE proposal AS (source source, uid text, generation bigint, sha256 bytea, text text, base_version bigint);

CREATE TYPE new_version AS (
  format text, body_raw text, body_json jsonb, documents integer, sha256 bytea, kind text, base_version bigint,
  merged_paths text[], author text, comment text, confirmed_by text
);

-- Operations: 'save'; 'unchanged', which says that the head is that text already; 'delete'. `version` is of a save,
-- `sha256` of the text in all but a delete.
CREATE TYPE change_to_save AS (
  config config_key, operation text, expected_head bigint, sha256 bytea, version new_version
);

-- A line as its readers see it.
CREATE TYPE source_line AS (
  uid text, generation bigint, sha256 bytea, base_version bigint, version bigint, content_sha256 bytea,
  accepted_as text, superseded_by bigint
);

-- A version without its text.
CREATE TYPE head AS (id bigint, version bigint, sha256 bytea, kind text, created_at timestamptz, object_uid text);

-- One more way in which a version comes to be: its author named no base, and said that it takes the place of the
-- latest all the same. The rows that are there satisfied a stricter rule, so none has to be looked at again.
ALTER TABLE config_versions DROP CONSTRAINT config_versions_kind_check,
  ADD CONSTRAINT config_versions_kind_check
    CHECK (kind IN ('direct', 'merged', 'confirmed', 'promoted', 'overwrite')) NOT VALID;

-- The parts -------------------------------------------------------------------------------------------
-- Called by the functions below only, inside of their locks.

-- Of configs.latest_version_id. All NULL where there is none now.
CREATE FUNCTION head_of(_version_id bigint) RETURNS head LANGUAGE plpgsql STABLE AS $$
DECLARE
  _head head;
BEGIN
  SELECT v.id, v.version, v.content_sha256, v.kind, v.created_at, v.object_uid INTO _head
    FROM config_versions v WHERE v.id = _version_id;
  RETURN _head;
END $$;

-- The next version of a locked config, and its head. The proposal's parts are NULL for a request.
CREATE FUNCTION insert_version(
  _config configs, _onto bigint, _new new_version, _by origin, _proposal proposal
) RETURNS head LANGUAGE plpgsql AS $$
DECLARE
  _inserted head;
BEGIN
  IF _config.format <> _new.format THEN
    UPDATE configs SET format = _new.format WHERE id = _config.id;
  END IF;
  INSERT INTO config_versions AS v (
    config_id, version, body_raw, body_json, documents, content_sha256, created_by, actor, actor_verified,
    comment, kind, base_version, confirmed_by, merged_onto, merged_paths,
    git_commit, git_branch, git_dirty, git_remote, git_path,
    object_cluster, object_namespace, object_name, object_uid, object_generation, proposal_sha256
  ) VALUES (
    _config.id, greatest(_config.last_version, _config.floor) + 1, _new.body_raw, _new.body_json, _new.documents,
    _new.sha256, _new.author, (_by.deployer).name, (_by.deployer).verified, _new.comment, _new.kind,
    _new.base_version, _new.confirmed_by, CASE WHEN _new.kind IN ('merged', 'confirmed') THEN _onto END,
    _new.merged_paths, (_by.git).commit, (_by.git).branch, (_by.git).dirty, (_by.git).remote, (_by.git).path,
    (_proposal.source).cluster, (_proposal.source).namespace, (_proposal.source).name, _proposal.uid,
    _proposal.generation, nullif(_proposal.sha256, _new.sha256)
  ) RETURNING v.id, v.version, v.content_sha256, v.kind, v.created_at, v.object_uid INTO _inserted;
  RETURN _inserted;
END $$;

-- The source's line says from now on that this proposal became, or matched, that version. `_text_version_id`: the
-- version that says exactly what was proposed; NULL: none does, and the proposal has its text.
CREATE FUNCTION put_line(
  _config_id bigint, _proposal proposal, _text_version_id bigint, _version bigint, _content_sha256 bytea,
  _accepted_as text
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO sources AS s (
    config_id, cluster, namespace, name, uid, generation, accepted_sha256, text_version_id, accepted_text,
    base_version, version, content_sha256, accepted_as
  ) VALUES (
    _config_id, (_proposal.source).cluster, (_proposal.source).namespace, (_proposal.source).name, _proposal.uid,
    _proposal.generation, _proposal.sha256, _text_version_id,
    CASE WHEN _text_version_id IS NULL THEN _proposal.text END, _proposal.base_version, _version, _content_sha256,
    _accepted_as
  ) ON CONFLICT (config_id, cluster, namespace, name) DO UPDATE SET
    uid = excluded.uid, generation = excluded.generation, accepted_sha256 = excluded.accepted_sha256,
    text_version_id = excluded.text_version_id, accepted_text = excluded.accepted_text,
    base_version = excluded.base_version, version = excluded.version,
    content_sha256 = excluded.content_sha256, accepted_as = excluded.accepted_as,
    accepted_at = excluded.accepted_at;
END $$;

CREATE FUNCTION line_of(_config configs, _line sources) RETURNS source_line LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN ROW(
    _line.uid, _line.generation, _line.accepted_sha256, _line.base_version, _line.version, _line.content_sha256,
    _line.accepted_as, CASE WHEN _line.version < _config.last_version THEN coalesce(
      (SELECT min(v.version) FROM config_versions v WHERE v.config_id = _config.id AND v.version > _line.version),
      _config.last_version) END
  )::source_line;
END $$;

-- NULL: it is a refusal that is there already. The proposal's parts are NULL for a request.
CREATE FUNCTION log_entry(_by origin, _proposal proposal, _result text, _reason text, _message text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  _id bigint;
BEGIN
  INSERT INTO deployments AS d (
    group_key, deployer, deployer_verified, object_cluster, object_namespace, object_name, object_uid,
    object_generation, git_commit, git_branch, git_dirty, git_remote, git_path, result, reason, message
  ) VALUES (
    -- Anybody may write an annotation of any length, and an index holds no long ones: no save fails for that.
    left(_by.group_key, 200), (_by.deployer).name, (_by.deployer).verified, (_proposal.source).cluster,
    (_proposal.source).namespace, (_proposal.source).name, _proposal.uid, _proposal.generation, (_by.git).commit,
    (_by.git).branch, (_by.git).dirty, (_by.git).remote, (_by.git).path, _result, _reason, _message
  ) ON CONFLICT (object_uid, object_generation, reason) WHERE result = 'refused' DO NOTHING
  RETURNING d.id INTO _id;
  RETURN _id;
END $$;

CREATE FUNCTION log_change(
  _deployment bigint, _ordinal integer, _config config_key, _operation text, _before head, _version bigint,
  _sha256 bytea
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO deployment_changes (
    deployment_id, ordinal, namespace, path, operation, old_version, new_version, old_sha256, new_sha256
  ) VALUES (
    _deployment, _ordinal, _config.namespace, _config.path, _operation, _before.version, _version, _before.sha256,
    _sha256
  );
END $$;

-- Whether the log's newest entry for this config says already that this deployer, and this object, has it at that version.
CREATE FUNCTION is_told(_at config_key, _version bigint, _by actor, _uid text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
  _told boolean;
BEGIN
  SELECT x.new_version IS NOT DISTINCT FROM _version AND d.result = 'accepted' AND d.deployer = _by.name
      AND d.deployer_verified = _by.verified AND d.object_uid IS NOT DISTINCT FROM _uid
    INTO _told FROM deployment_changes x JOIN deployments d ON d.id = x.deployment_id
    WHERE x.namespace = _at.namespace AND x.path = _at.path ORDER BY x.deployment_id DESC LIMIT 1;
  RETURN coalesce(_told, false);
END $$;

-- Objects ---------------------------------------------------------------------------------------------

-- `saved`: the proposal is the head, by this call or by an earlier one whose answer got lost; with its line. `raced`:
-- the config is not as the caller saw it, and nothing was written: look again. `taken`: this proposal was saved once,
-- and its source is another object's by now: looking again would not tell.
-- `_expected_sha256` is of the head's text, for a caller that knows the head's number from elsewhere than here: a
-- restored database may hold another text under that number.
CREATE FUNCTION save_proposal(
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
    line.accepted_as);
  PERFORM log_change(
    log_entry(_by, _proposal, 'accepted', NULL, NULL), 1, _at,
    CASE WHEN _head.id IS NULL THEN 'create' ELSE 'update' END, _head, _saved.version, _saved.sha256);
  outcome := 'saved';
  created_at := _saved.created_at;
  RETURN NEXT;
END $$;

-- As save_proposal, and onto a version of this verified person only: for a caller that did not look, and must not take
-- back what somebody else saved. Who saved a version never changes, so no lock is needed to tell.
CREATE FUNCTION save_onto(
  _at config_key, _expected_head bigint, _expected_sha256 bytea, _expected_actor text, _proposal proposal,
  _version new_version, _by origin
) RETURNS TABLE (outcome text, config_id bigint, created_at timestamptz, line source_line)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
  PERFORM FROM configs c JOIN config_versions v ON v.config_id = c.id
    WHERE c.namespace = _at.namespace AND c.path = _at.path AND v.version = _expected_head
      AND v.actor = _expected_actor AND v.actor_verified;
  IF NOT FOUND THEN
    outcome := 'raced';
    RETURN NEXT;
    RETURN;
  END IF;
  RETURN QUERY SELECT * FROM save_proposal(_at, _expected_head, _expected_sha256, _proposal, _version, _by);
END $$;

-- The source's line goes to a version that says already what was proposed; nothing is saved, but logged, unless the log
-- says just that. `moved` with the line, also to a call for a proposal that was moved there before; `raced` as above.
CREATE FUNCTION move_line_to(_at config_key, _expected_head bigint, _version bigint, _proposal proposal, _by origin)
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
  PERFORM put_line(_config.id, _proposal, _text_version, _version, _content_sha256, 'Unchanged');
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

CREATE OR REPLACE FUNCTION log_refusal(
  _namespace text, _path text,
  _cluster text, _object_namespace text, _object_name text, _uid text, _generation bigint,
  _proposal_sha256 bytea, _actor text, _actor_verified boolean,
  _git_commit text, _git_branch text, _git_dirty boolean, _git_remote text, _git_path text,
  _group text, _reason text, _message text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _at config_key := ROW(_namespace, _path);
  _config configs;
  _head head;
  _deployment bigint;
BEGIN
  -- To ask first is cheaper than a conflict, and a refused proposal is looked at again and again.
  IF EXISTS (SELECT FROM deployments d WHERE d.object_uid = _uid AND d.object_generation = _generation
      AND d.reason = _reason AND d.result = 'refused') THEN
    RETURN;
  END IF;
  SELECT c.* INTO _config FROM configs c WHERE c.namespace = _namespace AND c.path = _path;
  _head := head_of(_config.latest_version_id);
  _deployment := log_entry(
    ROW(ROW(_actor, _actor_verified), ROW(_git_commit, _git_branch, _git_dirty, _git_remote, _git_path), _group)::origin,
    ROW(ROW(_cluster, _object_namespace, _object_name), _uid, _generation, _proposal_sha256, NULL, NULL)::proposal,
    'refused', _reason, _message);
  IF _deployment IS NOT NULL THEN
    PERFORM log_change(
      _deployment, 1, _at, CASE WHEN _head.id IS NULL THEN 'create' ELSE 'update' END, _head, NULL, _proposal_sha256);
  END IF;
END $$;

-- As before, with the line put where every other is.
CREATE OR REPLACE FUNCTION rewind_line(
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
    _line.accepted_text := _proposal_text;
  END IF;
  PERFORM put_line(
    _config_id,
    ROW(ROW(_cluster, _object_namespace, _object_name), _uid, _generation, _proposal_sha256, _line.accepted_text,
      _base_version)::proposal,
    _line.text_version_id, _line.version, _line.content_sha256, _line.accepted_as);
  RETURN true;
END $$;

-- A number that a cluster shows was used. Not further away than any restore explains: the numbers would be used up.
CREATE OR REPLACE FUNCTION raise_floor(_namespace text, _path text, _format text, _seen bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _last bigint := coalesce((SELECT greatest(c.last_version, c.floor) FROM configs c
    WHERE c.namespace = _namespace AND c.path = _path), 0);
BEGIN
  IF _seen > _last + 1000000 THEN
    RAISE EXCEPTION 'version % is too far from % to have been used', _seen, _last
      USING ERRCODE = 'numeric_value_out_of_range';
  END IF;
  INSERT INTO configs AS c (namespace, path, format, floor) VALUES (_namespace, _path, _format, _seen)
    ON CONFLICT (namespace, path) DO UPDATE SET floor = excluded.floor
    WHERE greatest(c.last_version, c.floor) < excluded.floor;
END $$;

-- Requests --------------------------------------------------------------------------------------------

-- All changes as one entry of the log, or none. `saved`: the answer, in the order of the changes. `raced`: a head is
-- not the expected one, and nothing was written. serialization_failure: come again. `known` and `reused` as in
-- recall_key. No entry where nothing is saved, and the log says all of it already.
CREATE FUNCTION save_together(
  _changes change_to_save[], _by origin, _principal text, _key text, _request_sha256 bytea
) RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _order integer[];
  _i integer;
  _change change_to_save;
  _at config_key;
  _config configs;
  _head head;
  _saved head;
  _heads head[] := array_fill(NULL::head, ARRAY[cardinality(_changes)]);
  _configs configs[] := array_fill(NULL::configs, ARRAY[cardinality(_changes)]);
  _answers jsonb[] := array_fill(NULL::jsonb, ARRAY[cardinality(_changes)]);
  _operation text;
  -- NULL: the log says all of it already.
  _deployment bigint;
BEGIN
  SELECT k.outcome, k.answer INTO outcome, answer FROM recall_key(_principal, _key, _request_sha256) k;
  IF outcome <> 'unknown' THEN
    RETURN NEXT;
    RETURN;
  END IF;

  SELECT array_agg(i ORDER BY ((c.config).namespace) COLLATE "C", ((c.config).path) COLLATE "C") INTO _order
    FROM unnest(_changes) WITH ORDINALITY AS c (config, operation, expected_head, sha256, version, i);
  FOREACH _i IN ARRAY _order LOOP
    _change := _changes[_i];
    _at := _change.config;
    SELECT c.* INTO _config FROM configs c WHERE c.namespace = _at.namespace AND c.path = _at.path
      FOR NO KEY UPDATE;
    _head := head_of(_config.latest_version_id);
    IF coalesce(_head.version, 0) <> _change.expected_head OR _config.id IS NULL AND _change.operation <> 'save' THEN
      -- The first to wait here may have been waiting for this very request, sent twice.
      SELECT k.outcome, k.answer INTO outcome, answer
        FROM recall_key(_principal, _key, _request_sha256) k;
      outcome := CASE outcome WHEN 'unknown' THEN 'raced' ELSE outcome END;
      RETURN NEXT;
      RETURN;
    END IF;
    _configs[_i] := _config;
    _heads[_i] := _head;
  END LOOP;

  -- What is not there yet is made in the order of save_proposal: configs that are there, then namespaces, then
  -- configs that are new.
  INSERT INTO namespaces (name)
    SELECT DISTINCT ((_changes[i]).config).namespace COLLATE "C" FROM unnest(_order) AS i
      WHERE (_heads[i]).id IS NULL AND (_changes[i]).operation = 'save' ORDER BY 1
    ON CONFLICT DO NOTHING;
  FOREACH _i IN ARRAY _order LOOP
    IF (_configs[_i]).id IS NULL THEN
      _change := _changes[_i];
      _at := _change.config;
      INSERT INTO configs AS c (namespace, path, format)
        VALUES (_at.namespace, _at.path, (_change.version).format)
        ON CONFLICT (namespace, path) DO NOTHING RETURNING c.* INTO _config;
      IF NOT FOUND THEN
        -- To wait for its lock now would be out of order, and to answer would keep the namespaces.
        RAISE EXCEPTION 'somebody else just made %/%', _at.namespace, _at.path
          USING ERRCODE = 'serialization_failure';
      END IF;
      _configs[_i] := _config;
    END IF;
  END LOOP;

  FOREACH _i IN ARRAY _order LOOP
    _change := _changes[_i];
    IF _change.operation <> 'unchanged' OR NOT is_told(_change.config, (_heads[_i]).version, _by.deployer, NULL) THEN
      _deployment := log_entry(_by, NULL, 'accepted', NULL, NULL);
      EXIT;
    END IF;
  END LOOP;
  FOREACH _i IN ARRAY _order LOOP
    _change := _changes[_i];
    _at := _change.config;
    _config := _configs[_i];
    _head := _heads[_i];
    IF _change.operation = 'delete' THEN
      PERFORM delete_in_deployment(_deployment, _i, _config.id);
      _answers[_i] := jsonb_build_object(
        'namespace', _at.namespace, 'path', _at.path, 'configId', _config.id::text, 'operation', 'delete',
        'previous', _head.version::text, 'sha256', encode(_head.sha256, 'hex')
      );
      CONTINUE;
    ELSIF _change.operation = 'unchanged' THEN
      _operation := 'unchanged';
      _saved := _head;
    ELSE
      _operation := CASE WHEN _head.id IS NULL THEN 'create' ELSE 'update' END;
      _saved := insert_version(_config, _head.version, _change.version, _by, NULL);
    END IF;
    IF _deployment IS NOT NULL THEN
      PERFORM log_change(_deployment, _i, _at, _operation, _head, _saved.version, _change.sha256);
    END IF;
    -- Numbers as texts: they are 64 bits wide. The time with every digit, and read by nobody's time zone.
    _answers[_i] := jsonb_build_object(
      'namespace', _at.namespace, 'path', _at.path, 'configId', _config.id::text, 'operation', _operation,
      'version', _saved.version::text, 'previous', _head.version::text, 'kind', _saved.kind,
      'sha256', encode(_change.sha256, 'hex'), 'createdAt', to_jsonb(_saved.created_at AT TIME ZONE 'UTC') #>> '{}'
    );
  END LOOP;

  outcome := 'saved';
  answer := to_jsonb(_answers);
  PERFORM keep_key(_principal, _key, _request_sha256, answer);
  RETURN NEXT;
END $$;

ALTER FUNCTION recall_key SECURITY DEFINER;
ALTER FUNCTION register_cluster SECURITY DEFINER;

-- For replicas of the build before this one -----------------------------------------------------------

CREATE OR REPLACE FUNCTION save_version_onto(
  _expected_sha256 bytea,
  _namespace text, _path text, _format text, _expected_head bigint,
  _cluster text, _object_namespace text, _object_name text, _uid text, _generation bigint,
  _proposal_sha256 bytea, _proposal_text text, _base_version bigint,
  _body_raw text, _body_json jsonb, _documents integer, _content_sha256 bytea, _kind text,
  _author text, _actor text, _actor_verified boolean, _comment text,
  _git_commit text, _git_branch text, _git_dirty boolean, _git_remote text, _git_path text,
  _group text, _confirmed_by text, _merged_paths text[]
) RETURNS TABLE (outcome text, version bigint, config_id bigint, created_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT s.outcome, (s.line).version, s.config_id, s.created_at FROM save_proposal(
    ROW(_namespace, _path)::config_key, _expected_head, _expected_sha256,
    ROW(ROW(_cluster, _object_namespace, _object_name), _uid, _generation, _proposal_sha256, _proposal_text,
      _base_version)::proposal,
    ROW(_format, _body_raw, _body_json, _documents, _content_sha256, _kind, _base_version, _merged_paths, _author,
      _comment, _confirmed_by)::new_version,
    ROW(ROW(_actor, _actor_verified), ROW(_git_commit, _git_branch, _git_dirty, _git_remote, _git_path), _group)::origin
  ) s
$$;

CREATE OR REPLACE FUNCTION save_version(
  _namespace text, _path text, _format text, _expected_head bigint,
  _cluster text, _object_namespace text, _object_name text, _uid text, _generation bigint,
  _proposal_sha256 bytea, _proposal_text text, _base_version bigint,
  _body_raw text, _body_json jsonb, _documents integer, _content_sha256 bytea, _kind text,
  _author text, _actor text, _actor_verified boolean, _comment text,
  _git_commit text, _git_branch text, _git_dirty boolean, _git_remote text, _git_path text,
  _group text, _confirmed_by text, _merged_paths text[]
) RETURNS TABLE (outcome text, version bigint, config_id bigint, created_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM save_version_onto(
    NULL, _namespace, _path, _format, _expected_head, _cluster, _object_namespace, _object_name, _uid, _generation,
    _proposal_sha256, _proposal_text, _base_version, _body_raw, _body_json, _documents, _content_sha256, _kind,
    _author, _actor, _actor_verified, _comment, _git_commit, _git_branch, _git_dirty, _git_remote, _git_path,
    _group, _confirmed_by, _merged_paths)
$$;

CREATE OR REPLACE FUNCTION move_line(
  _namespace text, _path text, _expected_head bigint,
  _cluster text, _object_namespace text, _object_name text, _uid text, _generation bigint,
  _proposal_sha256 bytea, _proposal_text text, _base_version bigint, _version bigint,
  _actor text, _actor_verified boolean,
  _git_commit text, _git_branch text, _git_dirty boolean, _git_remote text, _git_path text,
  _group text
) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT outcome FROM move_line_to(
    ROW(_namespace, _path)::config_key, _expected_head, _version,
    ROW(ROW(_cluster, _object_namespace, _object_name), _uid, _generation, _proposal_sha256, _proposal_text,
      _base_version)::proposal,
    ROW(ROW(_actor, _actor_verified), ROW(_git_commit, _git_branch, _git_dirty, _git_remote, _git_path), _group)::origin)
$$;

CREATE OR REPLACE FUNCTION save_changes(
  _namespaces text[], _paths text[], _operations text[], _formats text[], _expected_heads bigint[], _bodies text[],
  _bodies_json jsonb[], _documents integer[], _hashes bytea[], _kinds text[], _base_versions bigint[],
  _merged_paths jsonb[], _comments text[],
  _author text, _actor text, _actor_verified boolean,
  _git_commit text, _git_branch text, _git_dirty boolean, _git_remote text, _git_path text,
  _group text, _principal text, _key text, _request_sha256 bytea
) RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT * FROM save_together(
    ARRAY(
      SELECT ROW(ROW(_namespaces[i], _paths[i]), _operations[i], _expected_heads[i], _hashes[i],
        ROW(_formats[i], _bodies[i], _bodies_json[i], _documents[i], _hashes[i], _kinds[i], _base_versions[i],
          ARRAY(SELECT jsonb_array_elements_text(_merged_paths[i])), _author, _comments[i],
          CASE WHEN _kinds[i] = 'confirmed' THEN _actor END))::change_to_save
      FROM generate_subscripts(_paths, 1) AS i ORDER BY i),
    ROW(ROW(_actor, _actor_verified), ROW(_git_commit, _git_branch, _git_dirty, _git_remote, _git_path), _group)::origin,
    _principal, _key, _request_sha256)
$$;

-- Of 23 positions, for nothing any more.
DO $$
DECLARE
  _old regprocedure;
BEGIN
  SELECT p.oid INTO STRICT _old FROM pg_proc p
    WHERE p.pronamespace = current_schema()::regnamespace AND p.proname = 'log_change' AND p.pronargs = 23;
  EXECUTE format('DROP FUNCTION %s', _old);
END $$;
