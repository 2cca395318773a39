-- Up Migration
--
-- Which versions came to be shown to pods, for notifiers that ask for it. Nothing of that is in the history: a ConfigMap is
-- written after the save, and again whenever somebody else changes it. So what was told last is kept here for each target,
-- as long as a notifier follows the config namespace, and what is new to it becomes an event in the same transaction. What
-- a target shows when following begins is not news.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE TABLE followed_namespaces (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cluster text COLLATE "C" NOT NULL,
  -- Of configs.
  namespace text COLLATE "C" NOT NULL,
  UNIQUE (cluster, namespace)
);

CREATE TABLE renderings (
  followed_id bigint NOT NULL REFERENCES followed_namespaces (id) ON DELETE CASCADE,
  object_namespace text COLLATE "C" NOT NULL,
  -- ConfigMap/NAME or Secret/NAME.
  target text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL,
  -- The highest that was told; a target never goes back.
  version bigint NOT NULL,
  PRIMARY KEY (followed_id, object_namespace, target, path)
);

CREATE TABLE failed_renderings (
  followed_id bigint NOT NULL REFERENCES followed_namespaces (id) ON DELETE CASCADE,
  -- Of the object that asks for the target.
  uid text COLLATE "C" NOT NULL,
  generation bigint NOT NULL,
  version bigint NOT NULL,
  -- Told of this generation and version.
  reasons text[] NOT NULL,
  PRIMARY KEY (followed_id, uid)
);

-- Read like the feed.
CREATE TABLE rendering_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  system_id bigint NOT NULL,
  transaction_id xid8 NOT NULL,
  cluster text COLLATE "C" NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL,
  object_namespace text COLLATE "C" NOT NULL,
  target text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  -- Of one that failed.
  object_name text COLLATE "C",
  reason text COLLATE "C",
  message text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX rendering_events_transaction ON rendering_events (transaction_id);

-- What was told of a config namespace; where nobody followed it, what is shown now counts as told.
CREATE FUNCTION follow_renderings(
  _cluster text, _namespace text, _object_namespace text[], _target text[], _path text[], _version bigint[]
) RETURNS TABLE (object_namespace text, target text, path text, version bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _followed bigint;
BEGIN
  INSERT INTO followed_namespaces AS f (cluster, namespace) VALUES (_cluster, _namespace)
    ON CONFLICT DO NOTHING RETURNING f.id INTO _followed;
  IF FOUND THEN
    INSERT INTO renderings (followed_id, object_namespace, target, path, version)
      SELECT _followed, e.object_namespace, e.target, e.path, max(e.version)
      FROM unnest(_object_namespace, _target, _path, _version) AS e (object_namespace, target, path, version)
      GROUP BY 2, 3, 4;
  END IF;
  RETURN QUERY SELECT r.object_namespace, r.target, r.path, r.version
    FROM followed_namespaces f JOIN renderings r ON r.followed_id = f.id
    WHERE f.cluster = _cluster AND f.namespace = _namespace;
END $$;

CREATE FUNCTION unfollow_renderings(_cluster text, _namespace text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  DELETE FROM followed_namespaces f WHERE f.cluster = _cluster AND f.namespace = _namespace
$$;

-- A target shows these versions; each is told once. False: nobody follows.
CREATE FUNCTION tell_rendered(
  _cluster text, _namespace text, _object_namespace text, _target text, _path text[], _version bigint[]
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _followed bigint;
BEGIN
  SELECT f.id INTO _followed FROM followed_namespaces f
    WHERE f.cluster = _cluster AND f.namespace = _namespace FOR KEY SHARE;
  IF _followed IS NULL THEN
    RETURN false;
  END IF;
  WITH news AS (
    INSERT INTO renderings AS r (followed_id, object_namespace, target, path, version)
      SELECT _followed, _object_namespace, _target, e.path, max(e.version)
      FROM unnest(_path, _version) AS e (path, version) GROUP BY e.path ORDER BY e.path
      ON CONFLICT (followed_id, object_namespace, target, path) DO UPDATE SET version = excluded.version
        WHERE r.version < excluded.version
      RETURNING r.path, r.version
  ) INSERT INTO rendering_events (system_id, transaction_id, cluster, namespace, path, object_namespace, target, version)
    SELECT (SELECT system_identifier FROM pg_control_system()), pg_current_xact_id(), _cluster, _namespace, n.path,
      _object_namespace, _target, n.version
    FROM news n ORDER BY n.path;
  RETURN true;
END $$;

-- An object's target could not be made to show a version; told once for each reason. False: nobody follows.
CREATE FUNCTION tell_render_failed(
  _cluster text, _namespace text, _object_namespace text, _target text, _path text, _version bigint, _object_name text,
  _uid text, _generation bigint, _reason text, _message text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _followed bigint;
BEGIN
  SELECT f.id INTO _followed FROM followed_namespaces f
    WHERE f.cluster = _cluster AND f.namespace = _namespace FOR KEY SHARE;
  IF _followed IS NULL THEN
    RETURN false;
  END IF;
  INSERT INTO failed_renderings AS r (followed_id, uid, generation, version, reasons)
    VALUES (_followed, _uid, _generation, _version, ARRAY[_reason])
    ON CONFLICT (followed_id, uid) DO UPDATE SET generation = _generation, version = _version,
      reasons = CASE WHEN r.generation = _generation AND r.version = _version THEN r.reasons || _reason
        ELSE ARRAY[_reason] END
      WHERE r.generation <> _generation OR r.version <> _version OR _reason <> ALL (r.reasons);
  IF NOT FOUND THEN
    RETURN true;
  END IF;
  INSERT INTO rendering_events (
      system_id, transaction_id, cluster, namespace, path, object_namespace, target, version, object_name, reason, message)
    SELECT system_identifier, pg_current_xact_id(), _cluster, _namespace, _path, _object_namespace, _target, _version,
      _object_name, _reason, _message
    FROM pg_control_system();
  RETURN true;
END $$;

-- As rotate_changes: a reader that has not come so far learns that something was forgotten.
CREATE FUNCTION rotate_rendering_events(_max_entries bigint, _max_age interval, _batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
  _here bigint := (SELECT system_identifier FROM pg_control_system());
  _beyond bigint;
  _forgotten xid8;
  _count integer;
BEGIN
  PERFORM FROM feed FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  SELECT e.id INTO _beyond FROM rendering_events e ORDER BY e.id DESC OFFSET _max_entries LIMIT 1;
  WITH old AS (
    DELETE FROM rendering_events WHERE id IN (
      SELECT e.id FROM rendering_events e WHERE e.id <= _beyond OR e.created_at < clock_timestamp() - _max_age
      ORDER BY e.id LIMIT _batch)
    RETURNING transaction_id, system_id
  ) SELECT count(*), max(transaction_id) FILTER (WHERE system_id = _here) INTO _count, _forgotten FROM old;
  UPDATE feed SET system_id = _here, forgotten = '0', forgotten_in = '1:1:' WHERE system_id <> _here;
  UPDATE feed SET forgotten = greatest(forgotten, _forgotten), forgotten_in = pg_current_snapshot()
    WHERE _forgotten IS NOT NULL;
  RETURN _count;
END $$;

SELECT grant_operators();
