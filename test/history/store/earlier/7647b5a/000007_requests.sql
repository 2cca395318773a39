-- Up Migration
--
-- Saves that come by a request instead of an object: several configs in one transaction, without a line, and
-- remembered under the key that the client gave the request, so that a request sent twice is saved once.
-- And deletes that a request asks for: of a namespace, a config, a version.
--
-- All of them lock the configs they change before they compare, in the order of namespace and path: they cannot
-- deadlock with each other, nor with the saves of objects, which lock one.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- What a request came to, written in the transaction of its save. Kept for a day, see rotate_keys.
CREATE TABLE idempotency_keys (
  -- Whose keys they are: two users may choose the same one.
  principal text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL CHECK (key <> '' AND length(key) <= 255),
  request_sha256 bytea NOT NULL,
  answer jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (principal, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

CREATE TRIGGER an_answer_never_changes BEFORE UPDATE ON idempotency_keys
  FOR EACH ROW EXECUTE FUNCTION refuse('what a request came to never changes');

-- For lists of deployments of one config.
CREATE INDEX deployment_changes_config ON deployment_changes (namespace, path, deployment_id);

-- 'unknown', 'known' with the answer, or 'reused'.
CREATE FUNCTION recall_key(_principal text, _key text, _request_sha256 bytea, OUT outcome text, OUT answer jsonb)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
  SELECT CASE WHEN k.request_sha256 = _request_sha256 THEN 'known' ELSE 'reused' END,
      CASE WHEN k.request_sha256 = _request_sha256 THEN k.answer END
    INTO outcome, answer FROM idempotency_keys k WHERE k.principal = _principal AND k.key = _key;
  outcome := coalesce(outcome, 'unknown');
END $$;

-- A key that another transaction is just about to write makes this wait for it, and then fail with
-- unique_violation: the caller comes again and finds it.
CREATE FUNCTION keep_key(_principal text, _key text, _request_sha256 bytea, _answer jsonb) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF _key IS NOT NULL THEN
    INSERT INTO idempotency_keys (principal, key, request_sha256, answer)
      VALUES (_principal, _key, _request_sha256, _answer);
  END IF;
END $$;

-- One array for each column of the changes. A body that is NULL: the head says it already, and it is only
-- logged. `saved`: the answer, in the order of the arrays. `raced`: a head is not the expected one, and nothing
-- was written. `known` and `reused` as in recall_key.
CREATE FUNCTION save_changes(
  _namespaces text[], _paths text[], _formats text[], _expected_heads bigint[], _bodies text[],
  _bodies_json jsonb[], _documents integer[], _hashes bytea[], _kinds text[], _base_versions bigint[],
  -- Each a JSON array of texts: arrays of PostgreSQL are not ragged.
  _merged_paths jsonb[], _comments text[],
  _author text, _actor text, _actor_verified boolean,
  _git_commit text, _git_branch text, _git_dirty boolean, _git_remote text, _git_path text,
  _group text, _principal text, _key text, _request_sha256 bytea
) RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _order integer[];
  _i integer;
  _config configs;
  _head config_versions;
  _heads config_versions[] := array_fill(NULL::config_versions, ARRAY[cardinality(_paths)]);
  _configs configs[] := array_fill(NULL::configs, ARRAY[cardinality(_paths)]);
  _answers jsonb[] := array_fill(NULL::jsonb, ARRAY[cardinality(_paths)]);
  _version bigint;
  _created_at timestamptz;
  _operation text;
  _deployment bigint;
BEGIN
  SELECT k.outcome, k.answer INTO outcome, answer FROM recall_key(_principal, _key, _request_sha256) k;
  IF outcome <> 'unknown' THEN
    RETURN NEXT;
    RETURN;
  END IF;

  SELECT array_agg(i ORDER BY _namespaces[i] COLLATE "C", _paths[i] COLLATE "C") INTO _order
    FROM generate_subscripts(_paths, 1) AS i;
  FOREACH _i IN ARRAY _order LOOP
    SELECT c.* INTO _config FROM configs c WHERE c.namespace = _namespaces[_i] AND c.path = _paths[_i]
      FOR NO KEY UPDATE;
    IF _config.id IS NULL AND _expected_heads[_i] = 0 AND _bodies[_i] IS NOT NULL THEN
      INSERT INTO configs (namespace, path, format) VALUES (_namespaces[_i], _paths[_i], _formats[_i])
        ON CONFLICT (namespace, path) DO NOTHING;
      SELECT c.* INTO STRICT _config FROM configs c WHERE c.namespace = _namespaces[_i] AND c.path = _paths[_i]
        FOR NO KEY UPDATE;
    END IF;
    SELECT v.* INTO _head FROM config_versions v WHERE v.id = _config.latest_version_id;
    IF coalesce(_head.version, 0) <> _expected_heads[_i] OR _config.id IS NULL THEN
      -- The first to wait here may have been waiting for this very request, sent twice.
      SELECT k.outcome, k.answer INTO outcome, answer FROM recall_key(_principal, _key, _request_sha256) k;
      outcome := CASE outcome WHEN 'unknown' THEN 'raced' ELSE outcome END;
      RETURN NEXT;
      RETURN;
    END IF;
    _head.body_raw := NULL;
    _head.body_json := NULL;
    _configs[_i] := _config;
    _heads[_i] := _head;
  END LOOP;

  INSERT INTO deployments (
    group_key, deployer, deployer_verified, git_commit, git_branch, git_dirty, git_remote, git_path, result
  ) VALUES (
    left(_group, 200), _actor, _actor_verified, _git_commit, _git_branch, _git_dirty, _git_remote, _git_path,
    'accepted'
  ) RETURNING id INTO _deployment;

  FOREACH _i IN ARRAY _order LOOP
    _config := _configs[_i];
    _head := _heads[_i];
    IF _bodies[_i] IS NULL THEN
      _operation := 'unchanged';
      _version := _head.version;
      _created_at := _head.created_at;
    ELSE
      _operation := CASE WHEN _head.id IS NULL THEN 'create' ELSE 'update' END;
      IF _head.id IS NULL THEN
        INSERT INTO namespaces (name) VALUES (_namespaces[_i]) ON CONFLICT DO NOTHING;
      END IF;
      IF _config.format <> _formats[_i] THEN
        UPDATE configs SET format = _formats[_i] WHERE id = _config.id;
      END IF;
      INSERT INTO config_versions AS v (
        config_id, version, body_raw, body_json, documents, content_sha256, created_by, actor, actor_verified,
        comment, kind, base_version, confirmed_by, merged_onto, merged_paths,
        git_commit, git_branch, git_dirty, git_remote, git_path
      ) VALUES (
        _config.id, greatest(_config.last_version, _config.floor) + 1, _bodies[_i], _bodies_json[_i],
        _documents[_i], _hashes[_i], _author, _actor, _actor_verified, _comments[_i], _kinds[_i],
        _base_versions[_i], CASE WHEN _kinds[_i] = 'confirmed' THEN _actor END,
        CASE WHEN _kinds[_i] IN ('merged', 'confirmed') THEN _head.version END,
        ARRAY(SELECT jsonb_array_elements_text(_merged_paths[_i])),
        _git_commit, _git_branch, _git_dirty, _git_remote, _git_path
      ) RETURNING v.version, v.created_at INTO _version, _created_at;
    END IF;
    INSERT INTO deployment_changes (
      deployment_id, ordinal, namespace, path, operation, old_version, new_version, old_sha256, new_sha256
    ) VALUES (
      _deployment, _i, _namespaces[_i], _paths[_i], _operation, _head.version, _version,
      _head.content_sha256, _hashes[_i]
    );
    -- Numbers as texts: they are 64 bits wide. The time with every digit, and read by nobody's time zone.
    _answers[_i] := jsonb_build_object(
      'namespace', _namespaces[_i], 'path', _paths[_i], 'configId', _config.id::text, 'operation', _operation,
      'version', _version::text, 'previous', _head.version::text,
      'kind', CASE WHEN _operation = 'unchanged' THEN _head.kind ELSE _kinds[_i] END,
      'sha256', encode(_hashes[_i], 'hex'), 'createdAt', to_jsonb(_created_at AT TIME ZONE 'UTC') #>> '{}'
    );
  END LOOP;

  outcome := 'saved';
  answer := to_jsonb(_answers);
  PERFORM keep_key(_principal, _key, _request_sha256, answer);
  RETURN NEXT;
END $$;

-- Removes a config and all its versions, whoever has lines on it: those objects propose anew, as the next
-- version. `deleted` with `versions` and `lastVersion`, `missing`, `moved` with `head`, `known` and `reused`.
CREATE FUNCTION delete_config_by_request(
  _namespace text, _path text, _expected_head bigint, _actor text, _actor_verified boolean,
  _principal text, _key text, _request_sha256 bytea
) RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _config configs;
  _head_sha256 bytea;
  _versions bigint;
  _deployment bigint;
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
      SELECT v.content_sha256 INTO _head_sha256 FROM config_versions v WHERE v.id = _config.latest_version_id;
      UPDATE configs SET latest_version_id = NULL WHERE id = _config.id;
      -- Lines first: they would inherit the texts of their versions.
      DELETE FROM sources WHERE config_id = _config.id;
      DELETE FROM config_versions WHERE config_id = _config.id;
      GET DIAGNOSTICS _versions = ROW_COUNT;
      INSERT INTO deployments (deployer, deployer_verified, result) VALUES (_actor, _actor_verified, 'accepted')
        RETURNING id INTO _deployment;
      INSERT INTO deployment_changes (deployment_id, ordinal, namespace, path, operation, old_version, old_sha256)
        VALUES (_deployment, 1, _namespace, _path, 'delete', _config.last_version, _head_sha256);
      outcome := 'deleted';
      answer := jsonb_build_object('versions', _versions, 'lastVersion', _config.last_version::text);
      PERFORM keep_key(_principal, _key, _request_sha256, answer);
    END IF;
  END IF;
  RETURN NEXT;
END $$;

-- Removes one version that is not the head. `deleted`, `head`, `gone`, `known` and `reused`.
CREATE FUNCTION delete_version_by_request(
  _namespace text, _path text, _version bigint, _actor text, _actor_verified boolean,
  _principal text, _key text, _request_sha256 bytea
) RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _config configs;
  _sha256 bytea;
  _deployment bigint;
BEGIN
  SELECT c.* INTO _config FROM configs c WHERE c.namespace = _namespace AND c.path = _path
    FOR NO KEY UPDATE;
  SELECT k.outcome, k.answer INTO outcome, answer FROM recall_key(_principal, _key, _request_sha256) k;
  IF outcome = 'unknown' THEN
    answer := '{}';
    IF _config.latest_version_id IS NOT NULL AND _config.last_version = _version THEN
      outcome := 'head';
    ELSE
      DELETE FROM config_versions v WHERE v.config_id = _config.id AND v.version = _version
        RETURNING v.content_sha256 INTO _sha256;
      outcome := CASE WHEN FOUND THEN 'deleted' ELSE 'gone' END;
      IF outcome = 'deleted' THEN
        INSERT INTO deployments (deployer, deployer_verified, result) VALUES (_actor, _actor_verified, 'accepted')
          RETURNING id INTO _deployment;
        INSERT INTO deployment_changes (deployment_id, ordinal, namespace, path, operation, old_version, old_sha256)
          VALUES (_deployment, 1, _namespace, _path, 'delete', _version, _sha256);
        PERFORM keep_key(_principal, _key, _request_sha256, answer);
      END IF;
    END IF;
  END IF;
  RETURN NEXT;
END $$;

CREATE FUNCTION create_namespace(_name text, _principal text, _key text, _request_sha256 bytea)
RETURNS TABLE (outcome text, answer jsonb) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
  SELECT k.outcome, k.answer INTO outcome, answer FROM recall_key(_principal, _key, _request_sha256) k;
  IF outcome = 'unknown' THEN
    INSERT INTO namespaces (name) VALUES (_name) ON CONFLICT DO NOTHING;
    outcome := CASE WHEN FOUND THEN 'created' ELSE 'exists' END;
    IF outcome = 'created' THEN
      PERFORM keep_key(_principal, _key, _request_sha256, '{}');
    END IF;
  END IF;
  RETURN NEXT;
END $$;

-- `deleted`, `missing`, `in-use` with the number of `configs`. A save that comes between the count and the
-- delete makes the delete fail by the foreign key: the caller comes again and is told of it.
CREATE FUNCTION delete_namespace(_name text, _principal text, _key text, _request_sha256 bytea)
RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _configs bigint;
BEGIN
  SELECT k.outcome, k.answer INTO outcome, answer FROM recall_key(_principal, _key, _request_sha256) k;
  IF outcome = 'unknown' THEN
    SELECT count(*) INTO _configs FROM configs c WHERE c.live_namespace = _name;
    answer := jsonb_build_object('configs', _configs);
    IF _configs > 0 THEN
      outcome := 'in-use';
    ELSE
      DELETE FROM namespaces WHERE name = _name;
      outcome := CASE WHEN FOUND THEN 'deleted' ELSE 'missing' END;
      IF outcome = 'deleted' THEN
        PERFORM keep_key(_principal, _key, _request_sha256, answer);
      END IF;
    END IF;
  END IF;
  RETURN NEXT;
END $$;

-- Forgets at most _batch keys older than _max_age, and answers how many. Who comes second takes others.
CREATE FUNCTION rotate_keys(_max_age interval, _batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
  _count integer;
BEGIN
  DELETE FROM idempotency_keys WHERE (principal, key) IN (
    SELECT k.principal, k.key FROM idempotency_keys k WHERE k.created_at < clock_timestamp() - _max_age
    ORDER BY k.created_at LIMIT _batch FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS _count = ROW_COUNT;
  RETURN _count;
END $$;
