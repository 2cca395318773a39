-- Up Migration
--
-- A delete that was let past a freeze or without an approval leaves no version that could say so: the log does.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- As before; `pawl.remark` is what the door has to say of what it does, for the rest of its transaction.
CREATE OR REPLACE FUNCTION log_entry(_by origin, _proposal proposal, _result text, _reason text, _message text) RETURNS bigint
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
    (_by.git).branch, (_by.git).dirty, (_by.git).remote, (_by.git).path, _result, _reason,
    coalesce(_message, nullif(current_setting('pawl.remark', true), ''))
  ) ON CONFLICT (object_uid, object_generation, reason) WHERE result = 'refused' DO NOTHING
  RETURNING d.id INTO _id;
  RETURN _id;
END $$;

-- Replicas of the build before this one call both without a remark.
DROP FUNCTION save_together_keeping(change_to_save[], origin, text, text, bytea, quota[], interval);
CREATE FUNCTION save_together_keeping(
  _changes change_to_save[], _by origin, _principal text, _key text, _request_sha256 bytea, _quotas quota[],
  _keep interval, _remark text DEFAULT NULL
) RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM set_config('pawl.keep', coalesce(_keep::text, ''), true);
  PERFORM set_config('pawl.remark', coalesce(_remark, ''), true);
  RETURN QUERY SELECT * FROM save_together(_changes, _by, _principal, _key, _request_sha256, _quotas);
END $$;

DROP FUNCTION save_approved_together(
  change_to_save[], origin, text, text, bytea, quota[], jsonb, bigint, bytea, interval);
CREATE FUNCTION save_approved_together(
  _changes change_to_save[], _by origin, _principal text, _key text, _request_sha256 bytea, _quotas quota[],
  _records jsonb, _waited bigint, _content_sha256 bytea, _keep interval, _remark text DEFAULT NULL
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
    FROM save_together_keeping(_changes, _by, _principal, _key, _request_sha256, _quotas, _keep, _remark) s;
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

SELECT grant_operators();
