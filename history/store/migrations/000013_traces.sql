-- Up Migration
--
-- What is deleted is gone, and that it was deleted stays. A version that goes takes every copy of its text along; each
-- delete leaves a stone that nothing removes. And the log of deployments is bounded for each namespace, so that nobody's
-- entries push another's out.

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

-- The deletes of 000010, which name the deleter for the rest of their transaction.
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

-- The log ----------------------------------------------------------------------------------------------

CREATE INDEX deployment_changes_namespace ON deployment_changes (namespace, deployment_id) WHERE operation <> 'delete';

-- Takes at most _batch changes: of each namespace those beyond the newest _max_entries that are older than a day, but no
-- delete; and of all those older than _max_age. Entries go with their last change. Not fewer than 1,000 of a namespace
-- stay, nor less than seven days, whoever asks for it. Two who rotate at once take turns at changes: neither waits
-- for the other, nor for a save. By index always, also when statistics are old: it runs again and again, and mostly
-- finds nothing.
CREATE OR REPLACE FUNCTION rotate_log(_max_entries bigint, _max_age interval, _batch integer)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
  _most CONSTANT bigint := greatest(_max_entries, 1000);
  _oldest CONSTANT timestamptz := clock_timestamp() - greatest(_max_age, interval '7 days');
  _young CONSTANT timestamptz := clock_timestamp() - interval '1 day';
  _namespace text := '';
  _beyond bigint;
  _emptied bigint[];
  _count integer := 0;
  _some integer;
BEGIN
  LOOP
    -- One namespace after the other, each found by one look at the index.
    SELECT min(x.namespace) INTO _namespace FROM deployment_changes x
      WHERE x.operation <> 'delete' AND x.namespace > _namespace COLLATE "C";
    EXIT WHEN _namespace IS NULL OR _count >= _batch;
    SELECT x.deployment_id INTO _beyond FROM deployment_changes x
      WHERE x.namespace = _namespace AND x.operation <> 'delete' ORDER BY x.deployment_id DESC OFFSET _most LIMIT 1;
    CONTINUE WHEN NOT FOUND;
    WITH old AS MATERIALIZED (
      SELECT x.deployment_id, x.ordinal FROM deployment_changes x
      WHERE x.namespace = _namespace AND x.operation <> 'delete' AND x.deployment_id <= _beyond
      ORDER BY x.deployment_id LIMIT _batch - _count FOR UPDATE SKIP LOCKED
    ), gone AS (
      DELETE FROM deployment_changes x USING old, deployments d
      WHERE x.deployment_id = old.deployment_id AND x.ordinal = old.ordinal AND d.id = x.deployment_id
        AND d.created_at < _young RETURNING x.deployment_id
    ) SELECT array_agg(DISTINCT deployment_id), count(*) INTO _emptied, _some FROM gone;
    DELETE FROM deployments d WHERE d.id = ANY (_emptied)
      AND NOT EXISTS (SELECT FROM deployment_changes x WHERE x.deployment_id = d.id);
    _count := _count + _some;
  END LOOP;
  DELETE FROM deployments WHERE id = ANY (ARRAY(
    SELECT d.id FROM deployments d WHERE d.created_at < _oldest ORDER BY d.created_at LIMIT greatest(_batch - _count, 0)
    FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS _some = ROW_COUNT;
  RETURN _count + _some;
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

-- The saves of 000010, which log nothing for a text that its deployer just deployed.
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

CREATE OR REPLACE FUNCTION save_together(
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

SELECT grant_operators();
