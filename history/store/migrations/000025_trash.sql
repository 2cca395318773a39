-- Up Migration
--
-- The trash. What a delete takes from a config is kept for a while: its rows stay as they are, but of a config that has no
-- name of anybody's and no latest version, which no reader ever asks for. So a delete is invisible at once, copies no text,
-- and can be taken back whole, under its own numbers. How long is said by the delete; a delete that says nothing, as those
-- of replicas of the build before this one, keeps nothing.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- One row for each deletion of a config. Numbers of deletions of one config never overlap, as numbers only grow.
CREATE TABLE trash (
  -- Also the order of deletions.
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  config_id bigint NOT NULL REFERENCES configs (id),
  -- Whose the versions are meanwhile.
  kept_in bigint NOT NULL UNIQUE REFERENCES configs (id),
  namespace text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL,
  format text NOT NULL,
  first_version bigint NOT NULL,
  -- The head, when it was deleted.
  last_version bigint NOT NULL,
  -- That are here now, and bytes of their texts.
  versions bigint NOT NULL CHECK (versions >= 0),
  bytes bigint NOT NULL CHECK (bytes >= 0),
  deleted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  kept_until timestamptz NOT NULL,
  actor text NOT NULL,
  actor_verified boolean NOT NULL
);
CREATE INDEX trash_config ON trash (config_id, id);
CREATE INDEX trash_namespace ON trash (namespace, id);
CREATE INDEX trash_kept_until ON trash (kept_until);

-- Whose a version is changes by move_versions alone, and nothing else of it ever does.
DROP TRIGGER versions_never_change ON config_versions;
CREATE TRIGGER versions_never_change BEFORE UPDATE ON config_versions
  FOR EACH ROW WHEN (current_setting('pawl.moves', true) IS DISTINCT FROM 'yes')
  EXECUTE FUNCTION refuse('a saved version never changes; save a new one');
CREATE TRIGGER versions_never_change_in_the_trash BEFORE UPDATE OF
    id, version, body_raw, body_json, documents, content_sha256, created_at, created_by, actor, actor_verified, comment, kind,
    base_version, confirmed_by, merged_onto, merged_paths, git_commit, git_branch, git_dirty, git_remote, git_path,
    object_cluster, object_namespace, object_name, object_generation, proposal_sha256, authored_at, authored_offset
  ON config_versions
  FOR EACH ROW EXECUTE FUNCTION refuse('a saved version never changes; save a new one');

-- The same versions of another config. In the trash their objects have UIDs that no object has, so that one may propose the
-- same again; out of it their own, unless one did.
CREATE FUNCTION move_versions(_from bigint, _to bigint, _trashed bigint, _back boolean) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  _prefix CONSTANT text := 'trash:' || _trashed || ':';
BEGIN
  PERFORM set_config('pawl.moves', 'yes', true);
  IF _back THEN
    UPDATE config_versions t SET config_id = _to, object_uid = CASE WHEN EXISTS (SELECT FROM config_versions v
        WHERE v.object_uid = substr(t.object_uid, length(_prefix) + 1) AND v.object_generation = t.object_generation)
        THEN t.object_uid ELSE substr(t.object_uid, length(_prefix) + 1) END
      WHERE t.config_id = _from;
  ELSE
    UPDATE config_versions SET config_id = _to, object_uid = _prefix || object_uid WHERE config_id = _from;
  END IF;
  PERFORM set_config('pawl.moves', '', true);
END $$;

-- As before; what leaves the trash is told of the config that it was of, and is no longer counted there either.
CREATE OR REPLACE FUNCTION set_stones() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _by jsonb := nullif(current_setting('pawl.deleter', true), '')::jsonb;
BEGIN
  INSERT INTO tombstones (config_id, first_version, last_version, versions, actor, actor_verified, reason)
    SELECT coalesce(t.config_id, g.config_id), min(g.version), max(g.version), count(*), _by ->> 'name',
      (_by ->> 'verified')::boolean, _by ->> 'reason'
    FROM gone g LEFT JOIN trash t ON t.kept_in = g.config_id GROUP BY coalesce(t.config_id, g.config_id);
  UPDATE configs c SET bytes = c.bytes - d.bytes
    FROM (SELECT g.config_id, sum(octet_length(g.body_raw)) AS bytes FROM gone g GROUP BY g.config_id) d
    WHERE c.id = d.config_id;
  UPDATE trash t SET versions = t.versions - d.versions, bytes = t.bytes - d.bytes
    FROM (SELECT g.config_id, count(*) AS versions, sum(octet_length(g.body_raw)) AS bytes FROM gone g GROUP BY g.config_id) d
    WHERE t.kept_in = d.config_id;
  RETURN NULL;
END $$;

-- A deletion of which nothing is left.
CREATE FUNCTION forget_empty_trash(_id bigint) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  _kept_in bigint;
BEGIN
  DELETE FROM trash t WHERE t.id = _id AND NOT EXISTS (SELECT FROM config_versions v WHERE v.config_id = t.kept_in)
    RETURNING t.kept_in INTO _kept_in;
  DELETE FROM configs WHERE id = _kept_in;
END $$;

-- In the trash -----------------------------------------------------------------------------------------

-- As before, and keeps what goes for as long as `pawl.keep` says, which each door's function sets for the rest of its
-- transaction.
CREATE OR REPLACE FUNCTION delete_in_deployment(_deployment bigint, _ordinal integer, _config_id bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _config configs;
  _by deployments;
  _keep CONSTANT interval := nullif(current_setting('pawl.keep', true), '')::interval;
  _versions bigint;
  _first bigint;
  _trashed bigint;
  _kept_in bigint;
  _stone bigint;
BEGIN
  SELECT c.* INTO STRICT _config FROM configs c WHERE c.id = _config_id;
  PERFORM log_change(
    _deployment, _ordinal, ROW(_config.namespace, _config.path)::config_key, 'delete',
    head_of(_config.latest_version_id), NULL, NULL);
  SELECT d.* INTO STRICT _by FROM deployments d WHERE d.id = _deployment;
  PERFORM set_config(
    'pawl.deleter', jsonb_build_object('name', _by.deployer, 'verified', _by.deployer_verified)::text, true);
  UPDATE configs SET latest_version_id = NULL WHERE id = _config_id;
  -- Lines first: each version would look for its text in them.
  DELETE FROM sources WHERE config_id = _config_id;
  IF _keep > interval '0' THEN
    -- What waits for its links has them before it goes, so that it comes back with them.
    PERFORM link_rest(_config_id);
    DELETE FROM unlinked_configs u WHERE u.config_id = _config_id;
    SELECT count(*), min(v.version) INTO _versions, _first FROM config_versions v WHERE v.config_id = _config_id;
    _trashed := nextval(pg_get_serial_sequence('trash', 'id'));
    -- No config namespace has a slash in its name.
    INSERT INTO configs (namespace, path, format, bytes) VALUES ('/trash', _trashed::text, _config.format, _config.bytes)
      RETURNING id INTO _kept_in;
    INSERT INTO trash (
      id, config_id, kept_in, namespace, path, format, first_version, last_version, versions, bytes, kept_until, actor,
      actor_verified
    ) OVERRIDING SYSTEM VALUE VALUES (
      _trashed, _config_id, _kept_in, _config.namespace, _config.path, _config.format, _first, _config.last_version, _versions,
      _config.bytes, clock_timestamp() + _keep, _by.deployer, _by.deployer_verified);
    PERFORM move_versions(_config_id, _kept_in, _trashed, false);
    UPDATE configs SET bytes = 0 WHERE id = _config_id;
    INSERT INTO tombstones (config_id, first_version, last_version, versions, actor, actor_verified)
      VALUES (_config_id, _first, _config.last_version, _versions, _by.deployer, _by.deployer_verified)
      RETURNING id INTO _stone;
    UPDATE version_links l SET stone_id = _stone FROM config_versions v
      WHERE v.config_id = _kept_in AND l.config_id = _config_id AND l.version = v.version;
    RETURN _versions;
  END IF;
  DELETE FROM config_versions WHERE config_id = _config_id;
  GET DIAGNOSTICS _versions = ROW_COUNT;
  RETURN _versions;
END $$;

CREATE FUNCTION delete_own_keeping(
  _at config_key, _expected_head bigint, _source source, _uid text, _by actor, _keep interval
) RETURNS TABLE (outcome text, versions bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM set_config('pawl.keep', coalesce(_keep::text, ''), true);
  RETURN QUERY SELECT * FROM delete_own(_at, _expected_head, _source, _uid, _by);
END $$;

CREATE FUNCTION delete_config_keeping(
  _namespace text, _path text, _expected_head bigint, _actor text, _actor_verified boolean,
  _principal text, _key text, _request_sha256 bytea, _keep interval
) RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM set_config('pawl.keep', coalesce(_keep::text, ''), true);
  RETURN QUERY SELECT * FROM delete_config_by_request(
    _namespace, _path, _expected_head, _actor, _actor_verified, _principal, _key, _request_sha256);
END $$;

CREATE FUNCTION save_together_keeping(
  _changes change_to_save[], _by origin, _principal text, _key text, _request_sha256 bytea, _quotas quota[],
  _keep interval
) RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM set_config('pawl.keep', coalesce(_keep::text, ''), true);
  RETURN QUERY SELECT * FROM save_together(_changes, _by, _principal, _key, _request_sha256, _quotas);
END $$;

-- Back again -------------------------------------------------------------------------------------------

-- Brings the newest deletion of a config back. Where there is no such config now, it is as it was: the same versions, the
-- same latest. Where one was saved since, that stays the latest, and the versions are its history again.
-- `undeleted` with `versions`, `firstVersion`, `lastVersion`, `head` and `live`; `missing`: nothing of it is in the trash;
-- `headless` with `lastVersion`: the latest of what is there was purged or is gone, and nothing was saved since;
-- `occupied`: what was saved since has another format, or the same commits; `known` and `reused`.
CREATE FUNCTION undelete_config(
  _namespace text, _path text, _actor text, _actor_verified boolean,
  _principal text, _key text, _request_sha256 bytea
) RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _config configs;
  _entry trash;
  _head head;
  _live boolean;
BEGIN
  SELECT c.* INTO _config FROM configs c WHERE c.namespace = _namespace AND c.path = _path FOR NO KEY UPDATE;
  SELECT k.outcome, k.answer INTO outcome, answer FROM recall_key(_principal, _key, _request_sha256) k;
  IF outcome <> 'unknown' THEN
    RETURN NEXT;
    RETURN;
  END IF;
  answer := '{}';
  _live := _config.latest_version_id IS NOT NULL;
  SELECT t.* INTO _entry FROM trash t WHERE t.config_id = _config.id AND t.kept_until > clock_timestamp()
    ORDER BY t.id DESC LIMIT 1 FOR UPDATE;
  IF _entry.id IS NULL THEN
    outcome := 'missing';
    RETURN NEXT;
    RETURN;
  END IF;
  IF NOT _live AND (_entry.last_version <> _config.last_version OR NOT EXISTS (SELECT FROM config_versions t
      WHERE t.config_id = _entry.kept_in AND t.version = _entry.last_version)) THEN
    outcome := 'headless';
    answer := jsonb_build_object('lastVersion', _config.last_version::text);
    RETURN NEXT;
    RETURN;
  END IF;
  IF _live AND (_config.format <> _entry.format OR EXISTS (SELECT FROM config_versions t
      JOIN config_versions v ON v.config_id = _config.id AND v.git_commit = t.git_commit AND v.kind = 'imported'
      WHERE t.config_id = _entry.kept_in AND t.kind = 'imported')) THEN
    outcome := 'occupied';
    RETURN NEXT;
    RETURN;
  END IF;

  INSERT INTO namespaces (name) VALUES (_namespace) ON CONFLICT DO NOTHING;
  -- They are here again: from now on no stone says why one is not.
  UPDATE version_links l SET stone_id = NULL FROM config_versions v
    WHERE v.config_id = _entry.kept_in AND l.config_id = _config.id AND l.version = v.version;
  PERFORM move_versions(_entry.kept_in, _config.id, _entry.id, true);
  IF NOT _live THEN
    -- It goes on in its own format, whatever it was meanwhile.
    UPDATE configs SET format = _entry.format WHERE id = _config.id AND format <> _entry.format;
  END IF;
  UPDATE configs SET bytes = bytes + _entry.bytes,
      latest_version_id = coalesce(latest_version_id, (SELECT v.id FROM config_versions v
        WHERE v.config_id = _config.id AND v.version = _entry.last_version))
    WHERE id = _config.id RETURNING latest_version_id INTO _config.latest_version_id;
  -- Of all that came back, only what is the latest now is news.
  IF NOT _live THEN
    INSERT INTO changes (system_id, transaction_id, config_id, kind, version)
      SELECT system_identifier, pg_current_xact_id(), _config.id, 'saved', _entry.last_version FROM pg_control_system();
  END IF;
  PERFORM forget_empty_trash(_entry.id);

  _head := head_of(_config.latest_version_id);
  PERFORM log_change(
    log_entry(ROW(ROW(_actor, _actor_verified), NULL, NULL)::origin, NULL, 'accepted', NULL, 'Undeleted'), 1,
    ROW(_namespace, _path)::config_key, CASE WHEN _live THEN 'unchanged' ELSE 'create' END,
    CASE WHEN _live THEN _head END, _head.version, _head.sha256);
  outcome := 'undeleted';
  answer := jsonb_build_object(
    'versions', _entry.versions, 'firstVersion', _entry.first_version::text, 'lastVersion', _entry.last_version::text,
    'head', _head.version::text, 'live', _live);
  PERFORM keep_key(_principal, _key, _request_sha256, answer);
  RETURN NEXT;
END $$;

-- Gone for good ----------------------------------------------------------------------------------------

-- Takes versions of a locked config out of the trash: all, or those with one text. Answers their numbers.
CREATE FUNCTION empty_trash(_config_id bigint, _sha256 bytea, _actor text, _actor_verified boolean, _reason text)
RETURNS bigint[] LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  _entry trash;
  _numbers bigint[];
  _all bigint[] := '{}';
BEGIN
  PERFORM set_config('pawl.deleter',
    jsonb_build_object('name', _actor, 'verified', _actor_verified, 'reason', _reason)::text, true);
  FOR _entry IN SELECT t.* FROM trash t WHERE t.config_id = _config_id ORDER BY t.id FOR UPDATE LOOP
    WITH gone AS (
      DELETE FROM config_versions t WHERE t.config_id = _entry.kept_in AND (_sha256 IS NULL OR t.content_sha256 = _sha256)
      RETURNING t.version
    ) SELECT coalesce(array_agg(g.version ORDER BY g.version), '{}') INTO _numbers FROM gone g;
    PERFORM forget_empty_trash(_entry.id);
    _all := _all || _numbers;
  END LOOP;
  RETURN _all;
END $$;

-- As delete_config_by_request, and nothing of the config stays in the trash, neither of this deletion nor of former ones.
-- `missing`: there is no such config, and nothing of it in the trash either.
CREATE FUNCTION purge_config_by_request(
  _namespace text, _path text, _expected_head bigint, _actor text, _actor_verified boolean,
  _principal text, _key text, _request_sha256 bytea
) RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _config configs;
  _deployment bigint;
  _versions bigint := 0;
BEGIN
  SELECT c.* INTO _config FROM configs c WHERE c.namespace = _namespace AND c.path = _path FOR NO KEY UPDATE;
  SELECT k.outcome, k.answer INTO outcome, answer FROM recall_key(_principal, _key, _request_sha256) k;
  IF outcome <> 'unknown' THEN
    RETURN NEXT;
    RETURN;
  END IF;
  answer := NULL;
  IF _config.latest_version_id IS NULL AND NOT EXISTS (SELECT FROM trash t WHERE t.config_id = _config.id) THEN
    outcome := 'missing';
  ELSIF _expected_head IS NOT NULL AND _config.latest_version_id IS NOT NULL AND _config.last_version <> _expected_head THEN
    outcome := 'moved';
    answer := jsonb_build_object('head', _config.last_version::text);
  ELSE
    PERFORM set_config('pawl.keep', '', true);
    _deployment := log_entry(ROW(ROW(_actor, _actor_verified), NULL, NULL)::origin, NULL, 'accepted', NULL, 'Purged');
    IF _config.latest_version_id IS NOT NULL THEN
      _versions := delete_in_deployment(_deployment, 1, _config.id);
    ELSE
      PERFORM log_change(_deployment, 1, ROW(_namespace, _path)::config_key, 'delete',
        ROW(NULL, _config.last_version, NULL, NULL, NULL, NULL)::head, NULL, NULL);
    END IF;
    _versions := _versions + cardinality(empty_trash(_config.id, NULL, _actor, _actor_verified, 'Purged'));
    outcome := 'deleted';
    answer := jsonb_build_object('versions', _versions, 'lastVersion', _config.last_version::text);
    PERFORM keep_key(_principal, _key, _request_sha256, answer);
  END IF;
  RETURN NEXT;
END $$;

-- As before, and reaches what is in the trash, too. What was the latest there is shown to nobody, and goes.
CREATE OR REPLACE FUNCTION purge_version_by_request(
  _namespace text, _path text, _version bigint, _reason text, _actor text, _actor_verified boolean,
  _principal text, _key text, _request_sha256 bytea
) RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _config configs;
  _sha256 bytea;
  _head head;
  _gone head;
  _deployment bigint;
  _versions bigint[] := '{}';
  _number bigint;
BEGIN
  SELECT c.* INTO _config FROM configs c WHERE c.namespace = _namespace AND c.path = _path
    FOR NO KEY UPDATE;
  SELECT k.outcome, k.answer INTO outcome, answer FROM recall_key(_principal, _key, _request_sha256) k;
  IF outcome <> 'unknown' THEN
    RETURN NEXT;
    RETURN;
  END IF;
  answer := '{}';
  _head := head_of(_config.latest_version_id);
  SELECT v.content_sha256 INTO _sha256 FROM config_versions v WHERE v.config_id = _config.id AND v.version = _version;
  IF _sha256 IS NULL THEN
    SELECT v.content_sha256 INTO _sha256 FROM trash t JOIN config_versions v ON v.config_id = t.kept_in
      WHERE t.config_id = _config.id AND v.version = _version;
  END IF;
  IF _sha256 IS NULL THEN
    outcome := 'gone';
  ELSIF _head.sha256 = _sha256 THEN
    outcome := 'head';
    answer := jsonb_build_object('head', _head.version::text);
  ELSE
    PERFORM set_config('pawl.deleter',
      jsonb_build_object('name', _actor, 'verified', _actor_verified, 'reason', _reason)::text, true);
    _deployment := log_entry(
      ROW(ROW(_actor, _actor_verified), NULL, NULL)::origin, NULL, 'accepted', NULL, 'Purged: ' || _reason);
    -- One after the other: a line whose version goes looks for another one that says the same.
    FOR _gone IN SELECT v.id, v.version, v.content_sha256, v.kind, v.created_at, v.object_uid FROM config_versions v
      WHERE v.config_id = _config.id AND v.content_sha256 = _sha256 ORDER BY v.version
    LOOP
      DELETE FROM config_versions WHERE id = _gone.id;
      _versions := _versions || _gone.version;
      PERFORM log_change(
        _deployment, cardinality(_versions), ROW(_namespace, _path)::config_key, 'delete', _gone, NULL, NULL);
    END LOOP;
    FOREACH _number IN ARRAY empty_trash(_config.id, _sha256, _actor, _actor_verified, _reason) LOOP
      _versions := _versions || _number;
      PERFORM log_change(_deployment, cardinality(_versions), ROW(_namespace, _path)::config_key, 'delete',
        ROW(NULL, _number, _sha256, NULL, NULL, NULL)::head, NULL, NULL);
    END LOOP;
    UPDATE sources SET accepted_text = NULL WHERE config_id = _config.id AND accepted_sha256 = _sha256
      AND accepted_text IS NOT NULL;
    outcome := 'purged';
    answer := jsonb_build_object('versions', to_jsonb(_versions::text[]), 'sha256', encode(_sha256, 'hex'));
    PERFORM keep_key(_principal, _key, _request_sha256, answer);
  END IF;
  RETURN NEXT;
END $$;

-- Removes at most _batch versions of which the time is up, and about 32 MiB of them, and answers how many went. Nobody waits: what somebody else is
-- at is left for the next time, and what is up can no longer be brought back.
CREATE FUNCTION rotate_trash(_batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _entry trash;
  _ids bigint[];
  _more bigint;
  _bytes bigint := 0;
  _count integer := 0;
BEGIN
  WHILE _count < _batch AND _bytes < 33554432 LOOP
    SELECT t.* INTO _entry FROM trash t WHERE t.kept_until <= clock_timestamp()
      ORDER BY t.kept_until LIMIT 1 FOR UPDATE SKIP LOCKED;
    EXIT WHEN NOT FOUND;
    -- Whose delete it was, and on this stone when the texts went.
    PERFORM set_config(
      'pawl.deleter', jsonb_build_object('name', _entry.actor, 'verified', _entry.actor_verified)::text, true);
    SELECT coalesce(array_agg(s.id), '{}'), coalesce(sum(s.bytes), 0) INTO _ids, _more FROM (
      SELECT o.id, o.bytes, sum(o.bytes) OVER (ORDER BY o.version) - o.bytes AS before FROM (
        SELECT v.id, v.version, octet_length(v.body_raw)::bigint AS bytes FROM config_versions v
        WHERE v.config_id = _entry.kept_in ORDER BY v.version LIMIT _batch - _count) o) s
      WHERE s.before < 33554432 - _bytes;
    DELETE FROM config_versions WHERE id = ANY (_ids);
    PERFORM forget_empty_trash(_entry.id);
    -- One at least, so that it ends whatever is there.
    _count := _count + greatest(cardinality(_ids), 1);
    _bytes := _bytes + _more;
  END LOOP;
  RETURN _count;
END $$;

-- What the trash has to do with others ------------------------------------------------------------------

-- As before, and what is in the trash is in the database, so it counts.
CREATE OR REPLACE FUNCTION exceeded_quota(_quota quota, _versions bigint, _bytes bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _today CONSTANT date := clock_timestamp() AT TIME ZONE 'UTC';
  _used record;
BEGIN
  SELECT coalesce(sum(c.bytes), 0)
        + coalesce((SELECT sum(t.bytes) FROM trash t WHERE t.namespace = _quota.namespace), 0) AS bytes,
      coalesce(sum(c.saved_that_day) FILTER (WHERE c.saved_on = _today), 0) AS versions
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

-- As before, and a name with something in the trash has a history: nobody else brings that back.
CREATE OR REPLACE FUNCTION hold_namespace(_cluster text, _cluster_uid text, _namespace text, _uid text, _claimed boolean)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  -- Nearly always it is known.
  IF EXISTS (SELECT FROM tenancies t WHERE t.cluster = _cluster AND t.namespace = _namespace AND t.uid = _uid) THEN
    RETURN true;
  END IF;
  INSERT INTO tenancies AS t (cluster, namespace, cluster_uid, uid) VALUES (_cluster, _namespace, _cluster_uid, _uid)
    ON CONFLICT (cluster, namespace) DO UPDATE
      SET cluster_uid = excluded.cluster_uid, uid = excluded.uid, claimed_at = excluded.claimed_at
      WHERE _claimed OR t.cluster_uid <> excluded.cluster_uid OR NOT EXISTS (
        SELECT FROM configs c WHERE c.namespace = _namespace AND c.latest_version_id IS NOT NULL
        UNION ALL
        SELECT FROM trash x WHERE x.namespace = _namespace
        UNION ALL
        SELECT FROM sources s WHERE s.cluster = _cluster AND s.namespace = _namespace);
  RETURN EXISTS (SELECT FROM tenancies t WHERE t.cluster = _cluster AND t.namespace = _namespace AND t.uid = _uid);
END $$;

SELECT grant_operators();
