-- Up Migration
--
-- Quotas of a config namespace: how many versions a day, and how many bytes of text in all. What is counted stands in the
-- row of each config, which every save writes anyway; only a namespace that has a quota is summed up, in the statement
-- that saves. What others save at the same moment in other configs is not seen, so a quota may be passed by that much.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Of the texts of all versions it has now; on which day (UTC) it was last saved, and how many versions that day made, also
-- of those that were deleted since.
ALTER TABLE configs ADD COLUMN bytes bigint NOT NULL DEFAULT 0, ADD COLUMN saved_on date,
  ADD COLUMN saved_that_day bigint NOT NULL DEFAULT 0;

UPDATE configs c SET bytes = v.bytes, saved_on = v.saved_on, saved_that_day = v.today
  FROM (SELECT config_id, sum(octet_length(body_raw)) AS bytes, (max(created_at) AT TIME ZONE 'UTC')::date AS saved_on,
      count(*) FILTER (WHERE (created_at AT TIME ZONE 'UTC')::date = (clock_timestamp() AT TIME ZONE 'UTC')::date) AS today
    FROM config_versions GROUP BY config_id) v
  WHERE v.config_id = c.id;

CREATE OR REPLACE FUNCTION advance_head() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  _today CONSTANT date := NEW.created_at AT TIME ZONE 'UTC';
BEGIN
  UPDATE configs SET latest_version_id = NEW.id, last_version = NEW.version, bytes = bytes + octet_length(NEW.body_raw),
      saved_that_day = CASE WHEN saved_on = _today THEN saved_that_day ELSE 0 END + 1, saved_on = _today
    WHERE id = NEW.config_id AND greatest(last_version, floor) = NEW.version - 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'version % is not the next number of config %', NEW.version, NEW.config_id
      USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;

-- As before, and what goes is no longer counted.
CREATE OR REPLACE FUNCTION set_stones() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _by jsonb := nullif(current_setting('pawl.deleter', true), '')::jsonb;
BEGIN
  INSERT INTO tombstones (config_id, first_version, last_version, versions, actor, actor_verified)
    SELECT g.config_id, min(g.version), max(g.version), count(*), _by ->> 'name', (_by ->> 'verified')::boolean
    FROM gone g GROUP BY g.config_id;
  UPDATE configs c SET bytes = c.bytes - d.bytes
    FROM (SELECT g.config_id, sum(octet_length(g.body_raw)) AS bytes FROM gone g GROUP BY g.config_id) d
    WHERE c.id = d.config_id;
  RETURN NULL;
END $$;

-- Of one namespace; NULL: as many as wanted. All NULL: it has none.
CREATE TYPE quota AS (namespace text, versions_per_day bigint, bytes bigint);

-- NULL: so many versions with so many bytes more fit. Else what is exceeded, how much it allows, and what is used of it.
CREATE FUNCTION exceeded_quota(_quota quota, _versions bigint, _bytes bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _today CONSTANT date := clock_timestamp() AT TIME ZONE 'UTC';
  _used record;
BEGIN
  SELECT coalesce(sum(c.bytes), 0) AS bytes, coalesce(sum(c.saved_that_day) FILTER (WHERE c.saved_on = _today), 0) AS versions
    INTO _used FROM configs c WHERE c.namespace = _quota.namespace;
  IF _used.versions + _versions > _quota.versions_per_day THEN
    RETURN jsonb_build_object('namespace', _quota.namespace, 'quota', 'versions', 'limit', _quota.versions_per_day::text,
      'used', _used.versions::text);
  ELSIF _used.bytes + _bytes > _quota.bytes THEN
    RETURN jsonb_build_object('namespace', _quota.namespace, 'quota', 'bytes', 'limit', _quota.bytes::text,
      'used', _used.bytes::text);
  END IF;
  RETURN NULL;
END $$;

-- As before, and `exceeded` with what the quota says, where nothing was written for it. The last parameter of each has a
-- default for replicas of the build before this one, which know of no quotas.
CREATE FUNCTION save_proposal(
  _at config_key, _expected_head bigint, _expected_sha256 bytea, _proposal proposal, _version new_version, _by origin,
  _quota quota DEFAULT NULL
) RETURNS TABLE (outcome text, config_id bigint, created_at timestamptz, line source_line, exceeded jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _config configs;
  _line sources;
  _head head;
  _saved head;
  _measured boolean := false;
BEGIN
  SELECT c.* INTO _config FROM configs c WHERE c.namespace = _at.namespace AND c.path = _at.path FOR NO KEY UPDATE;
  IF _config.latest_version_id IS NULL THEN
    IF _expected_head <> 0 THEN
      outcome := 'raced';
      RETURN NEXT;
      RETURN;
    END IF;
    IF _config.id IS NULL AND _quota.namespace IS NOT NULL THEN
      -- Before anything of it is kept.
      exceeded := exceeded_quota(_quota, 1, octet_length(_version.body_raw));
      IF exceeded IS NOT NULL THEN
        outcome := 'exceeded';
        RETURN NEXT;
        RETURN;
      END IF;
      _measured := true;
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

  IF _quota.namespace IS NOT NULL AND NOT _measured THEN
    exceeded := exceeded_quota(_quota, 1, octet_length(_version.body_raw));
    IF exceeded IS NOT NULL THEN
      outcome := 'exceeded';
      RETURN NEXT;
      RETURN;
    END IF;
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

CREATE FUNCTION save_onto(
  _at config_key, _expected_head bigint, _expected_sha256 bytea, _expected_actor text, _proposal proposal,
  _version new_version, _by origin, _quota quota DEFAULT NULL
) RETURNS TABLE (outcome text, config_id bigint, created_at timestamptz, line source_line, exceeded jsonb)
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
  RETURN QUERY SELECT * FROM save_proposal(_at, _expected_head, _expected_sha256, _proposal, _version, _by, _quota);
END $$;

CREATE FUNCTION save_together(
  _changes change_to_save[], _by origin, _principal text, _key text, _request_sha256 bytea,
  _quotas quota[] DEFAULT NULL
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
  _quota quota;
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

  FOREACH _quota IN ARRAY coalesce(_quotas, '{}') LOOP
    SELECT exceeded_quota(_quota, count(*), coalesce(sum(octet_length((c.version).body_raw)), 0)::bigint) INTO answer
      FROM unnest(_changes) AS c WHERE c.operation = 'save' AND (c.config).namespace = _quota.namespace;
    IF answer IS NOT NULL THEN
      outcome := 'exceeded';
      RETURN NEXT;
      RETURN;
    END IF;
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

-- The former ones go last: until then the roles that run operators have them.
SELECT grant_operators();
DROP FUNCTION save_onto(config_key, bigint, bytea, text, proposal, new_version, origin);
DROP FUNCTION save_proposal(config_key, bigint, bytea, proposal, new_version, origin);
DROP FUNCTION save_together(change_to_save[], origin, text, text, bytea);
