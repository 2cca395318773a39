-- Up Migration
--
-- What goes: a config as a whole, and old entries of the log. The operator's role may delete neither
-- versions nor entries; it may call these two functions, which run with the rights of whoever migrated, and
-- they delete nothing but that: all of one config, or the oldest of the log. The triggers of the history
-- hold inside of them too.
--
-- And what is written beside the history: refusals, and who uses a cluster's name.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Answers the number of versions removed. Waits for saves of this config, and they for it: a save that
-- comes later finds no head and answers 'raced' to whoever had seen one.
CREATE FUNCTION delete_config(
  _namespace text, _path text, _cluster text, _object_namespace text, _object_name text, _uid text,
  _actor text, _actor_verified boolean
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _config configs;
  _head_sha256 bytea;
  _versions bigint;
BEGIN
  SELECT c.* INTO _config FROM configs c WHERE c.namespace = _namespace AND c.path = _path
    FOR NO KEY UPDATE;
  IF _config.id IS NULL THEN
    RETURN 0;
  END IF;
  -- Done already for this object, and none of its proposals was accepted since (that would take a cluster
  -- restored from a backup): what is here now is somebody else's.
  IF EXISTS (SELECT FROM deletions d WHERE d.config_id = _config.id AND d.object_uid = _uid)
    AND NOT EXISTS (SELECT FROM sources s WHERE s.config_id = _config.id AND s.cluster = _cluster
      AND s.namespace = _object_namespace AND s.name = _object_name AND s.uid = _uid) THEN
    RETURN 0;
  END IF;
  INSERT INTO deletions AS d (config_id, object_uid) VALUES (_config.id, _uid)
    ON CONFLICT (config_id, object_uid) DO UPDATE SET deleted_at = excluded.deleted_at;

  SELECT v.content_sha256 INTO _head_sha256 FROM config_versions v WHERE v.id = _config.latest_version_id;
  UPDATE configs SET latest_version_id = NULL WHERE id = _config.id AND latest_version_id IS NOT NULL;
  -- Lines first: they would inherit the texts of their versions.
  DELETE FROM sources WHERE config_id = _config.id;
  DELETE FROM config_versions WHERE config_id = _config.id;
  GET DIAGNOSTICS _versions = ROW_COUNT;
  IF _versions > 0 THEN
    PERFORM log_change(
      NULL, _actor, _actor_verified, _cluster, _object_namespace, _object_name, _uid, NULL,
      NULL, NULL, NULL, NULL, NULL, 'accepted', NULL, NULL,
      _namespace, _path, 'delete', _config.last_version, NULL, _head_sha256, NULL
    );
  END IF;
  RETURN _versions;
END $$;

CREATE FUNCTION log_refusal(
  _namespace text, _path text,
  _cluster text, _object_namespace text, _object_name text, _uid text, _generation bigint,
  _proposal_sha256 bytea, _actor text, _actor_verified boolean,
  _git_commit text, _git_branch text, _git_dirty boolean, _git_remote text, _git_path text,
  _group text, _reason text, _message text
) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  _head config_versions;
BEGIN
  -- To ask first is cheaper than a conflict, and a refused proposal is looked at again and again.
  IF EXISTS (SELECT FROM deployments d WHERE d.object_uid = _uid AND d.object_generation = _generation
      AND d.reason = _reason AND d.result = 'refused') THEN
    RETURN;
  END IF;
  SELECT v.* INTO _head FROM configs c JOIN config_versions v ON v.id = c.latest_version_id
    WHERE c.namespace = _namespace AND c.path = _path;
  PERFORM log_change(
    _group, _actor, _actor_verified, _cluster, _object_namespace, _object_name, _uid, _generation,
    _git_commit, _git_branch, _git_dirty, _git_remote, _git_path, 'refused', _reason, _message,
    _namespace, _path, CASE WHEN _head.id IS NULL THEN 'create' ELSE 'update' END,
    _head.version, NULL, _head.content_sha256, _proposal_sha256
  );
END $$;

-- Deletes at most _batch of the entries beyond the newest _max_entries or older than _max_age, and answers
-- how many. Two who rotate at once take turns at entries: neither waits for the other, nor for a save.
CREATE FUNCTION rotate_log(_max_entries bigint, _max_age interval, _batch integer)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _beyond bigint;
  _oldest timestamptz := clock_timestamp() - _max_age;
  _count integer;
  _aged integer;
BEGIN
  SELECT d.id INTO _beyond FROM deployments d ORDER BY d.id DESC OFFSET _max_entries LIMIT 1;
  -- An array, so that the choice is made once, whatever the plan.
  DELETE FROM deployments WHERE id = ANY (ARRAY(
    SELECT d.id FROM deployments d WHERE d.id <= _beyond ORDER BY d.id LIMIT _batch FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS _count = ROW_COUNT;
  DELETE FROM deployments WHERE id = ANY (ARRAY(
    SELECT d.id FROM deployments d WHERE d.created_at < _oldest ORDER BY d.created_at LIMIT _batch - _count
    FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS _aged = ROW_COUNT;
  RETURN _count + _aged;
END $$;

-- One statement decides, on the row as it is when its lock is had: of two clusters that come at once, the
-- second finds the first. A time from the future (the server's clock was set back) is not a live one.
CREATE FUNCTION register_cluster(_name text, _uid text, _stale interval)
RETURNS TABLE (outcome text, uid text, seen_at timestamptz)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO clusters AS c (name, uid) VALUES (_name, _uid)
    ON CONFLICT (name) DO UPDATE SET uid = excluded.uid, seen_at = clock_timestamp()
    WHERE c.uid = excluded.uid OR c.seen_at <= clock_timestamp() - _stale
      OR c.seen_at > clock_timestamp() + _stale;
  RETURN QUERY SELECT CASE WHEN c.uid = _uid THEN 'registered' ELSE 'taken' END, c.uid, c.seen_at
    FROM clusters c WHERE c.name = _name;
END $$;
