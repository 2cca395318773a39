-- Up Migration
--
-- Protected configs. A request that waits for an approval is kept here, with the approvals it has; an object that waits
-- is kept by Kubernetes, and what people said to it here: its status, which others may write, only shows that. Who proposed and who approved a version stands beside it, and goes with it.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE TABLE approvals (
  version_id bigint NOT NULL REFERENCES config_versions (id) ON DELETE CASCADE,
  ordinal integer NOT NULL CHECK (ordinal > 0),
  kind text NOT NULL CHECK (kind IN ('proposed', 'approved', 'bypassed')),
  name text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  reason text,
  PRIMARY KEY (version_id, ordinal),
  CHECK ((kind = 'bypassed') = (reason IS NOT NULL))
);
CREATE TRIGGER approvals_never_change BEFORE UPDATE ON approvals
  FOR EACH ROW EXECUTE FUNCTION refuse('what was approved is not changed any more');
CREATE TRIGGER approvals_are_never_truncated BEFORE TRUNCATE ON approvals
  EXECUTE FUNCTION refuse('the history is not truncated');

CREATE TABLE proposals (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  namespace text COLLATE "C" NOT NULL,
  paths text[] NOT NULL CHECK (cardinality(paths) > 0),
  -- Of its paths, which may be too long for an index.
  subject bytea NOT NULL,
  proposer text COLLATE "C" NOT NULL,
  -- Of its texts: it goes when one of them is deleted from the history.
  sha256s bytea[] NOT NULL,
  request text NOT NULL,
  content_sha256 bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- {"token", "by": [{"name", "at"}]}, the approvals of one change. NULL: none.
  approvals jsonb
);
-- One proposer's for the same configs: a later one takes the place of the former.
CREATE UNIQUE INDEX proposals_subject ON proposals (namespace, proposer, subject);
CREATE INDEX proposals_created_at ON proposals (created_at);

CREATE FUNCTION proposal_told(_proposal proposals) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_object(
    'id', _proposal.id::text, 'namespace', _proposal.namespace, 'paths', to_jsonb(_proposal.paths),
    'proposer', _proposal.proposer, 'createdAt', to_jsonb(_proposal.created_at AT TIME ZONE 'UTC') #>> '{}',
    'contentSha256', encode(_proposal.content_sha256, 'hex'), 'approvals', _proposal.approvals)
$$;

-- Keeps what waits: `kept` with what is known of it, or `full` with whose room is used up.
CREATE FUNCTION keep_proposal(
  _namespace text, _paths text[], _subject bytea, _proposer text, _sha256s bytea[], _request text, _content_sha256 bytea,
  _max_count bigint, _max_bytes bigint, _max_of_one bigint
) RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _used record;
  _kept proposals;
BEGIN
  -- One at a time in a namespace, so that its bounds hold.
  PERFORM pg_advisory_xact_lock(hashtextextended('pawl proposals ' || current_schema() || ' ' || _namespace, 0));
  SELECT p.* INTO _kept FROM proposals p WHERE p.namespace = _namespace AND p.proposer = _proposer AND p.subject = _subject
    FOR UPDATE;
  IF _kept.id IS NULL OR _kept.content_sha256 <> _content_sha256 THEN
    SELECT count(*) AS count, coalesce(sum(octet_length(p.request)), 0) AS bytes,
        count(*) FILTER (WHERE p.proposer = _proposer) AS of_one
      INTO _used FROM proposals p WHERE p.namespace = _namespace AND p.id IS DISTINCT FROM _kept.id;
    outcome := 'full';
    IF _used.of_one >= _max_of_one THEN
      answer := '"proposer"';
      RETURN NEXT;
      RETURN;
    ELSIF _used.count >= _max_count OR _used.bytes + octet_length(_request) > _max_bytes THEN
      answer := '"namespace"';
      RETURN NEXT;
      RETURN;
    END IF;
    INSERT INTO proposals AS p (namespace, paths, subject, proposer, sha256s, request, content_sha256)
      VALUES (_namespace, _paths, _subject, _proposer, _sha256s, _request, _content_sha256)
      ON CONFLICT (namespace, proposer, subject) DO UPDATE SET sha256s = excluded.sha256s, request = excluded.request,
        content_sha256 = excluded.content_sha256, created_at = excluded.created_at, approvals = NULL
      RETURNING p.* INTO _kept;
  END IF;
  outcome := 'kept';
  answer := proposal_told(_kept);
  RETURN NEXT;
END $$;

-- Adds one approval, if it still is the same proposal and nobody approved it meanwhile. False: it is not.
CREATE FUNCTION approve_proposal(
  _id bigint, _content_sha256 bytea, _seen jsonb, _approvals jsonb
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE proposals SET approvals = _approvals
    WHERE id = _id AND content_sha256 = _content_sha256 AND approvals IS NOT DISTINCT FROM _seen;
  RETURN FOUND;
END $$;

-- Takes away what waits, and says in the log why. False: it is not there any more, or is another one.
CREATE FUNCTION end_proposal(
  _id bigint, _content_sha256 bytea, _actor text, _actor_verified boolean, _reason text, _message text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _kept proposals;
  _deployment bigint;
BEGIN
  DELETE FROM proposals p WHERE p.id = _id AND p.content_sha256 = _content_sha256 RETURNING p.* INTO _kept;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO deployments (deployer, deployer_verified, result, reason, message)
    VALUES (_actor, _actor_verified, 'refused', _reason, _message) RETURNING id INTO _deployment;
  INSERT INTO deployment_changes (
    deployment_id, ordinal, namespace, path, operation, old_version, new_version, old_sha256, new_sha256
  ) SELECT _deployment, p.n, _kept.namespace, p.path, CASE WHEN v.id IS NULL THEN 'create' ELSE 'update' END, v.version,
      NULL, v.content_sha256, _kept.sha256s[p.n]
    FROM unnest(_kept.paths) WITH ORDINALITY AS p (path, n)
    LEFT JOIN configs c ON c.namespace = _kept.namespace AND c.path = p.path
    LEFT JOIN config_versions v ON v.id = c.latest_version_id;
  RETURN true;
END $$;

-- What people said to an object's generation, all about one change of it.
CREATE TABLE judgements (
  object_uid text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  object_generation bigint NOT NULL,
  token text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Why it is rejected. NULL: it is approved.
  rejected text,
  PRIMARY KEY (object_uid, name)
);
CREATE INDEX judgements_at ON judgements (at);

-- One at a time for an object. Only inside of another's transaction.
CREATE FUNCTION lock_judgements(_uid text) RETURNS void LANGUAGE sql SET search_path FROM CURRENT AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('pawl judgements ' || current_schema() || ' ' || _uid, 0))
$$;

-- Safe to call again. What was said to another change or generation goes, and a rejection and approvals take each other's
-- place.
CREATE FUNCTION judge_object(_uid text, _generation bigint, _token text, _name text, _rejected text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM lock_judgements(_uid);
  DELETE FROM judgements j WHERE j.object_uid = _uid
    AND (j.object_generation <> _generation OR j.token <> _token OR j.rejected IS NOT NULL OR _rejected IS NOT NULL);
  -- No policy asks for as many.
  IF (SELECT count(*) FROM judgements j WHERE j.object_uid = _uid) < 32 THEN
    INSERT INTO judgements (object_uid, name, object_generation, token, rejected)
      VALUES (_uid, _name, _generation, _token, _rejected) ON CONFLICT DO NOTHING;
  END IF;
END $$;

CREATE FUNCTION rotate_proposals(_max_age interval, _batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _gone integer;
  _judged integer;
BEGIN
  DELETE FROM proposals WHERE id IN (
    SELECT id FROM proposals WHERE created_at < clock_timestamp() - _max_age ORDER BY created_at LIMIT _batch
    FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS _gone = ROW_COUNT;
  DELETE FROM judgements WHERE (object_uid, name) IN (
    SELECT object_uid, name FROM judgements WHERE at < clock_timestamp() - _max_age ORDER BY at LIMIT _batch - _gone
    FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS _judged = ROW_COUNT;
  RETURN _gone + _judged;
END $$;

-- Beside a version: [{"kind", "name", "at", "reason"}]. Only inside of another's transaction.
CREATE FUNCTION note_approvals(_version_id bigint, _records jsonb) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
  INSERT INTO approvals (version_id, ordinal, kind, name, at, reason)
    SELECT _version_id, r.n, r.one ->> 'kind', r.one ->> 'name',
      coalesce((r.one ->> 'at')::timestamptz, clock_timestamp()), r.one ->> 'reason'
    FROM jsonb_array_elements(_records) WITH ORDINALITY AS r (one, n)
    ON CONFLICT DO NOTHING
$$;

-- As save_proposal, of an object whose change these people approved; `raced` also when one of them did not, or not any more.
-- What they said goes in the same transaction, into the history.
CREATE FUNCTION save_approved(
  _at config_key, _expected_head bigint, _expected_sha256 bytea, _proposal proposal, _version new_version, _by origin,
  _quota quota, _token text, _names text[]
) RETURNS TABLE (outcome text, config_id bigint, created_at timestamptz, line source_line, exceeded jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _saved record;
  _records jsonb;
BEGIN
  PERFORM lock_judgements(_proposal.uid);
  SELECT jsonb_agg(jsonb_build_object('kind', 'approved', 'name', j.name, 'at', j.at) ORDER BY j.at, j.name) INTO _records
    FROM (SELECT * FROM judgements WHERE object_uid = _proposal.uid AND object_generation = _proposal.generation
      AND token = _token AND rejected IS NULL AND name = ANY (_names) FOR UPDATE) j;
  -- A call whose answer was lost has taken them away: what became of it is answered again.
  IF coalesce(jsonb_array_length(_records), 0) < greatest(cardinality(_names), 1) AND NOT EXISTS (
    SELECT FROM config_versions v WHERE v.object_uid = _proposal.uid AND v.object_generation = _proposal.generation
      AND coalesce(v.proposal_sha256, v.content_sha256) = _proposal.sha256
  ) THEN
    outcome := 'raced';
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT * INTO _saved
    FROM save_proposal(_at, _expected_head, _expected_sha256, _proposal, _version, _by, _quota);
  IF _saved.outcome = 'saved' THEN
    PERFORM note_approvals(v.id, _records) FROM config_versions v
      WHERE v.object_uid = _proposal.uid AND v.object_generation = _proposal.generation
        AND coalesce(v.proposal_sha256, v.content_sha256) = _proposal.sha256;
    DELETE FROM judgements WHERE object_uid = _proposal.uid AND object_generation <= _proposal.generation;
  END IF;
  outcome := _saved.outcome;
  config_id := _saved.config_id;
  created_at := _saved.created_at;
  line := _saved.line;
  exceeded := _saved.exceeded;
  RETURN NEXT;
END $$;

-- As save_together_keeping, with what the history tells of each change's approval, an array of them. What waited goes in the same
-- transaction; `gone`: it is not there any more, or is another one, and nothing was saved.
CREATE FUNCTION save_approved_together(
  _changes change_to_save[], _by origin, _principal text, _key text, _request_sha256 bytea, _quotas quota[],
  _records jsonb, _waited bigint, _content_sha256 bytea, _keep interval
) RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
  IF _waited IS NOT NULL THEN
    PERFORM FROM proposals p WHERE p.id = _waited AND p.content_sha256 = _content_sha256 FOR UPDATE;
    IF NOT FOUND THEN
      outcome := 'gone';
      RETURN NEXT;
      RETURN;
    END IF;
  END IF;
  SELECT s.outcome, s.answer INTO outcome, answer
    FROM save_together_keeping(_changes, _by, _principal, _key, _request_sha256, _quotas, _keep) s;
  IF outcome = 'saved' THEN
    PERFORM note_approvals(v.id, r.records)
      FROM jsonb_array_elements(answer) WITH ORDINALITY AS a (saved, n)
      JOIN jsonb_array_elements(_records) WITH ORDINALITY AS r (records, n) ON r.n = a.n
      JOIN config_versions v ON v.config_id = (a.saved ->> 'configId')::bigint
        AND v.version = (a.saved ->> 'version')::bigint
      WHERE a.saved ->> 'operation' IN ('create', 'update');
    DELETE FROM proposals p WHERE p.id = _waited;
  END IF;
  RETURN NEXT;
END $$;

-- A text that is deleted from the history does not wait anywhere either. What leaves the trash because its time is up was
-- deleted before: what was proposed since, knowing that, waits on.
CREATE FUNCTION forget_proposals() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _purged CONSTANT boolean := nullif(current_setting('pawl.deleter', true), '')::jsonb ->> 'reason' IS NOT NULL;
BEGIN
  DELETE FROM proposals p USING gone g LEFT JOIN trash t ON t.kept_in = g.config_id
      JOIN configs c ON c.id = coalesce(t.config_id, g.config_id)
    WHERE p.namespace = c.namespace AND c.path = ANY (p.paths) AND (_purged OR t.id IS NULL)
      AND (g.content_sha256 = ANY (p.sha256s) OR g.proposal_sha256 = ANY (p.sha256s));
  RETURN NULL;
END $$;
CREATE TRIGGER deletes_reach_what_waits AFTER DELETE ON config_versions
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION forget_proposals();

-- A delete that keeps moves the versions, after it said so here.
CREATE FUNCTION forget_trashed_proposals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM proposals p USING config_versions v
    WHERE v.config_id = NEW.config_id AND p.namespace = NEW.namespace AND NEW.path = ANY (p.paths)
      AND (v.content_sha256 = ANY (p.sha256s) OR v.proposal_sha256 = ANY (p.sha256s));
  RETURN NULL;
END $$;
CREATE TRIGGER the_trash_reaches_what_waits AFTER INSERT ON trash
  FOR EACH ROW EXECUTE FUNCTION forget_trashed_proposals();

SELECT grant_operators();
