-- Up Migration
--
-- Notifications: what each notifier has been told of, and what it is still to be told. How far it came is a position of
-- the reader's (notifications.ts), moved by comparing it first: whatever is new to it is put beside it in the statement
-- that moves it, so that no restart and no second leader misses anything or tells it twice.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- The log's refusals are read like the feed: by what was visible when they were last looked for.
ALTER TABLE deployments ADD COLUMN system_id bigint, ADD COLUMN transaction_id xid8;
CREATE INDEX deployments_refused_in ON deployments (transaction_id) WHERE transaction_id IS NOT NULL;

CREATE FUNCTION date_refusal() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  NEW.system_id := (SELECT system_identifier FROM pg_control_system());
  NEW.transaction_id := pg_current_xact_id();
  RETURN NEW;
END $$;
CREATE TRIGGER refusals_are_dated BEFORE INSERT ON deployments
  FOR EACH ROW WHEN (NEW.result = 'refused') EXECUTE FUNCTION date_refusal();

CREATE TABLE notifiers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cluster text COLLATE "C" NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  uid text COLLATE "C" NOT NULL,
  -- What it has been told of, or is about to be.
  position text COLLATE "C" NOT NULL,
  -- Since then; one that nobody asks about any more is forgotten.
  asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Notifications that were given up, also those that are not kept.
  dead bigint NOT NULL DEFAULT 0 CHECK (dead >= 0),
  -- When the feed was last found to have forgotten what was not told yet.
  lost_at timestamptz,
  UNIQUE (cluster, namespace, name)
);

CREATE TABLE notifications (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  notifier_id bigint NOT NULL REFERENCES notifiers (id) ON DELETE CASCADE,
  -- The same for the same notifier and event, whoever puts it here.
  event text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL,
  version bigint,
  -- Of the log.
  entry bigint,
  at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- NULL: it is to be sent.
  died_at timestamptz,
  -- Why the last attempt failed, or it was given up.
  reason text,
  UNIQUE (notifier_id, event)
);
CREATE INDEX notifications_due ON notifications (notifier_id, due_at, id) WHERE died_at IS NULL;
CREATE INDEX notifications_dead ON notifications (notifier_id, id) WHERE died_at IS NOT NULL;

-- A notifier that is not known, or was known of another object of its name, begins at this position.
CREATE FUNCTION begin_notifier(_cluster text, _namespace text, _name text, _uid text, _position text)
RETURNS TABLE (id bigint, "position" text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _known notifiers;
BEGIN
  SELECT n.* INTO _known FROM notifiers n
    WHERE n.cluster = _cluster AND n.namespace = _namespace AND n.name = _name FOR NO KEY UPDATE;
  IF _known.id IS NULL THEN
    INSERT INTO notifiers AS n (cluster, namespace, name, uid, position)
      VALUES (_cluster, _namespace, _name, _uid, _position)
      ON CONFLICT (cluster, namespace, name) DO UPDATE SET asked_at = clock_timestamp()
      RETURNING n.* INTO _known;
  END IF;
  IF _known.uid <> _uid THEN
    DELETE FROM notifications n WHERE n.notifier_id = _known.id;
    UPDATE notifiers n SET uid = _uid, position = _position, asked_at = clock_timestamp(), dead = 0, lost_at = NULL
      WHERE n.id = _known.id RETURNING n.* INTO _known;
  ELSIF _known.asked_at < clock_timestamp() - interval '1 hour' THEN
    UPDATE notifiers n SET asked_at = clock_timestamp() WHERE n.id = _known.id;
  END IF;
  RETURN QUERY SELECT _known.id, _known.position;
END $$;

-- Gives up, and keeps only the newest of those given up.
CREATE FUNCTION trim_dead(_notifier bigint, _most integer) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM notifications n WHERE n.notifier_id = _notifier AND n.died_at IS NOT NULL AND n.id <= (
    SELECT d.id FROM notifications d WHERE d.notifier_id = _notifier AND d.died_at IS NOT NULL
      ORDER BY d.id DESC OFFSET _most LIMIT 1);
END $$;

-- Moves a notifier from one position to the next, with the events between them that it is to be told. False: it is not
-- there any more, and nothing was done. Of more than so many that wait, the last ones are given up.
CREATE FUNCTION take_notifications(
  _notifier bigint, _from text, _to text, _lost boolean, _event text[], _kind text[], _namespace text[], _path text[],
  _version bigint[], _entry bigint[], _at timestamptz[], _most integer, _most_dead integer
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _room bigint;
  _dead bigint;
BEGIN
  UPDATE notifiers n SET position = _to, lost_at = CASE WHEN _lost THEN clock_timestamp() ELSE n.lost_at END
    WHERE n.id = _notifier AND n.position = _from;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF cardinality(_event) = 0 THEN
    RETURN true;
  END IF;
  SELECT _most - count(*) INTO _room FROM notifications n WHERE n.notifier_id = _notifier AND n.died_at IS NULL;
  INSERT INTO notifications (notifier_id, event, kind, namespace, path, version, entry, at, died_at, reason)
    SELECT _notifier, e.event, e.kind, e.namespace, e.path, e.version, e.entry, e.at,
      CASE WHEN e.n > _room THEN clock_timestamp() END, CASE WHEN e.n > _room THEN 'Overflow' END
    FROM unnest(_event, _kind, _namespace, _path, _version, _entry, _at) WITH ORDINALITY
      AS e (event, kind, namespace, path, version, entry, at, n) ORDER BY e.n
    ON CONFLICT (notifier_id, event) DO NOTHING;
  _dead := greatest(0, cardinality(_event) - greatest(0, _room));
  IF _dead > 0 THEN
    UPDATE notifiers n SET dead = n.dead + _dead WHERE n.id = _notifier;
    PERFORM trim_dead(_notifier, _most_dead);
  END IF;
  RETURN true;
END $$;

-- The next one that is due, for one who sends it within the time to hold it; after that it is due again.
CREATE FUNCTION claim_notification(_notifier bigint, _hold interval) RETURNS SETOF notifications
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  UPDATE notifications n SET attempts = n.attempts + 1, due_at = clock_timestamp() + _hold
    WHERE n.id = (
      SELECT d.id FROM notifications d
        WHERE d.notifier_id = _notifier AND d.died_at IS NULL AND d.due_at <= clock_timestamp()
        ORDER BY d.due_at, d.id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING n.*
$$;

-- What became of an attempt: delivered, to be tried again after a wait, or given up (a wait of NULL). False: it was claimed
-- again meanwhile, and stays as it is.
CREATE FUNCTION settle_notification(
  _notification bigint, _attempts integer, _delivered boolean, _wait interval, _reason text, _most_dead integer
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _notifier bigint;
BEGIN
  IF _delivered THEN
    -- Whoever claimed it meanwhile may send it again, but nobody does after this.
    DELETE FROM notifications n WHERE n.id = _notification;
    RETURN FOUND;
  END IF;
  UPDATE notifications n SET reason = _reason, due_at = clock_timestamp() + coalesce(_wait, '0'),
      died_at = CASE WHEN _wait IS NULL THEN clock_timestamp() END
    WHERE n.id = _notification AND n.attempts = _attempts AND n.died_at IS NULL
    RETURNING n.notifier_id INTO _notifier;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF _wait IS NULL THEN
    UPDATE notifiers n SET dead = n.dead + 1 WHERE n.id = _notifier;
    PERFORM trim_dead(_notifier, _most_dead);
  END IF;
  RETURN true;
END $$;

-- Those given up that are kept are to be sent again; how many.
CREATE FUNCTION revive_notifications(_notifier bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _count bigint;
BEGIN
  UPDATE notifications n SET died_at = NULL, attempts = 0, due_at = clock_timestamp(), reason = NULL
    WHERE n.notifier_id = _notifier AND n.died_at IS NOT NULL;
  GET DIAGNOSTICS _count = ROW_COUNT;
  UPDATE notifiers n SET dead = 0 WHERE n.id = _notifier;
  RETURN _count;
END $$;

-- Its object is gone.
CREATE FUNCTION forget_notifier(_cluster text, _namespace text, _name text, _uid text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  DELETE FROM notifiers n WHERE n.cluster = _cluster AND n.namespace = _namespace AND n.name = _name AND n.uid = _uid
$$;

CREATE FUNCTION rotate_notifiers(_max_age interval, _batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _count integer;
BEGIN
  DELETE FROM notifiers WHERE id IN (
    SELECT n.id FROM notifiers n WHERE n.asked_at < clock_timestamp() - _max_age LIMIT _batch FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS _count = ROW_COUNT;
  RETURN _count;
END $$;

SELECT grant_operators();
