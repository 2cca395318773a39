-- Up Migration
--
-- Imports: versions that were commits of a Git history before. Such a version says when its author wrote it, beside the
-- time of the database, which orders everything as before. A config has one version of one commit, so an import that is
-- repeated finds what it did.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- What the author's clock said, and how many minutes it was ahead of UTC. The rows that are there have neither.
ALTER TABLE config_versions ADD COLUMN authored_at timestamptz, ADD COLUMN authored_offset smallint;

ALTER TABLE config_versions DROP CONSTRAINT config_versions_kind_check,
  ADD CONSTRAINT config_versions_kind_check
    CHECK (kind IN ('direct', 'merged', 'confirmed', 'promoted', 'overwrite', 'imported')) NOT VALID,
  ADD CONSTRAINT config_versions_imported CHECK (
    (kind = 'imported') = (authored_at IS NOT NULL) AND (kind = 'imported') = (authored_offset IS NOT NULL)
    AND (kind <> 'imported' OR git_commit IS NOT NULL)) NOT VALID;

CREATE UNIQUE INDEX config_versions_import ON config_versions (config_id, git_commit) WHERE kind = 'imported';

-- `expected_head` counts for the first version of a path that is not there yet: the latest before it; 0: there is none.
CREATE TYPE imported_version AS (
  path text, expected_head bigint, version new_version, git git_origin, authored_at timestamptz, authored_offset smallint
);

-- The number of the version that this commit became; NULL: none.
CREATE FUNCTION imported_as(_config_id bigint, _commit text) RETURNS bigint LANGUAGE sql STABLE
SET search_path FROM CURRENT AS $$
  SELECT v.version FROM config_versions v
    WHERE v.config_id = _config_id AND v.git_commit = _commit AND v.kind = 'imported'
$$;

-- All of them in their order, as one entry of the log, or none. `saved`: the answer, in their order. `raced`: a head is not
-- the expected one, and nothing was written. `exceeded` with what the quota says. Safe to call again: what is there is
-- answered as `known`.
CREATE FUNCTION import_versions(_namespace text, _versions imported_version[], _by origin, _quota quota)
RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _paths CONSTANT text[] := ARRAY(SELECT DISTINCT v.path COLLATE "C" FROM unnest(_versions) AS v ORDER BY 1);
  _at integer;
  _config configs;
  _head head;
  _ids bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(_paths)]);
  _before head[] := array_fill(NULL::head, ARRAY[cardinality(_paths)]);
  _one imported_version;
  _new new_version;
  _known bigint;
  _number bigint;
  _formats text[] := array_fill(NULL::text, ARRAY[cardinality(_paths)]);
  _unknown bigint := 0;
  _bytes bigint := 0;
  _answers jsonb[] := '{}';
  _deployment bigint;
  _ordinal integer := 0;
BEGIN
  -- Locked in the order of save_together. Nothing is kept before it is known that all of it may be.
  FOR _i IN 1 .. cardinality(_paths) LOOP
    SELECT c.* INTO _config FROM configs c WHERE c.namespace = _namespace AND c.path = _paths[_i] FOR NO KEY UPDATE;
    _ids[_i] := _config.id;
    _before[_i] := head_of(_config.latest_version_id);
  END LOOP;
  FOREACH _one IN ARRAY _versions LOOP
    _at := array_position(_paths, _one.path);
    CONTINUE WHEN imported_as(_ids[_at], (_one.git).commit) IS NOT NULL;
    IF _formats[_at] IS NULL AND coalesce((_before[_at]).version, 0) <> _one.expected_head THEN
      outcome := 'raced';
      RETURN NEXT;
      RETURN;
    END IF;
    _formats[_at] := coalesce(_formats[_at], (_one.version).format);
    _unknown := _unknown + 1;
    _bytes := _bytes + octet_length((_one.version).body_raw);
  END LOOP;
  IF _quota.namespace IS NOT NULL AND _unknown > 0 THEN
    answer := exceeded_quota(_quota, _unknown, _bytes);
    IF answer IS NOT NULL THEN
      outcome := 'exceeded';
      RETURN NEXT;
      RETURN;
    END IF;
  END IF;

  -- In the order of save_together, too: configs that are there, then namespaces, then configs that are new.
  IF _unknown > 0 THEN
    INSERT INTO namespaces (name) VALUES (_namespace) ON CONFLICT DO NOTHING;
  END IF;
  FOR _i IN 1 .. cardinality(_paths) LOOP
    CONTINUE WHEN _formats[_i] IS NULL OR (_before[_i]).id IS NOT NULL;
    INSERT INTO configs AS c (namespace, path, format) VALUES (_namespace, _paths[_i], _formats[_i])
      ON CONFLICT (namespace, path) DO NOTHING;
    SELECT c.* INTO STRICT _config FROM configs c WHERE c.namespace = _namespace AND c.path = _paths[_i]
      FOR NO KEY UPDATE;
    IF _config.latest_version_id IS NOT NULL THEN
      -- Somebody else just made it; to answer would keep the namespace.
      RAISE EXCEPTION 'somebody else just made %/%', _namespace, _paths[_i] USING ERRCODE = 'serialization_failure';
    END IF;
    IF _config.format <> _formats[_i] THEN
      UPDATE configs SET format = _formats[_i] WHERE id = _config.id;
    END IF;
  END LOOP;

  FOREACH _one IN ARRAY _versions LOOP
    SELECT c.* INTO _config FROM configs c WHERE c.namespace = _namespace AND c.path = _one.path;
    _known := imported_as(_config.id, (_one.git).commit);
    IF _known IS NOT NULL THEN
      _answers := _answers || jsonb_build_object('known', true, 'version', _known::text);
      CONTINUE;
    END IF;
    _new := _one.version;
    INSERT INTO config_versions AS v (
      config_id, version, body_raw, body_json, documents, content_sha256, created_by, actor, actor_verified, comment, kind,
      base_version, merged_paths, git_commit, git_branch, git_dirty, git_remote, git_path, authored_at, authored_offset
    ) VALUES (
      _config.id, greatest(_config.last_version, _config.floor) + 1, _new.body_raw, _new.body_json, _new.documents,
      _new.sha256, _new.author, (_by.deployer).name, (_by.deployer).verified, _new.comment, 'imported',
      CASE WHEN _config.latest_version_id IS NOT NULL THEN _config.last_version END, '{}',
      (_one.git).commit, (_one.git).branch, (_one.git).dirty, (_one.git).remote, (_one.git).path,
      _one.authored_at, _one.authored_offset
    ) RETURNING v.version INTO _number;
    _answers := _answers || jsonb_build_object('known', false, 'version', _number::text);
  END LOOP;

  -- What the log tells of is the step of each config, and not every commit on its way.
  FOR _i IN 1 .. cardinality(_paths) LOOP
    CONTINUE WHEN _formats[_i] IS NULL;
    IF _deployment IS NULL THEN
      _deployment := log_entry(_by, NULL, 'accepted', NULL, NULL);
    END IF;
    _ordinal := _ordinal + 1;
    SELECT c.* INTO _config FROM configs c WHERE c.namespace = _namespace AND c.path = _paths[_i];
    _head := head_of(_config.latest_version_id);
    PERFORM log_change(
      _deployment, _ordinal, ROW(_namespace, _paths[_i])::config_key,
      CASE WHEN (_before[_i]).id IS NULL THEN 'create' ELSE 'update' END, _before[_i], _head.version, _head.sha256);
  END LOOP;
  outcome := 'saved';
  answer := to_jsonb(_answers);
  RETURN NEXT;
END $$;

SELECT grant_operators();
