-- Up Migration
--
-- What deciding once for all doors asks of the store.
--
-- One more way in which a version comes to be: its author named no base, and said that it takes the place of the
-- latest all the same. The rows that are there satisfied a stricter rule, so none has to be looked at again.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

ALTER TABLE config_versions DROP CONSTRAINT config_versions_kind_check,
  ADD CONSTRAINT config_versions_kind_check
    CHECK (kind IN ('direct', 'merged', 'confirmed', 'promoted', 'overwrite')) NOT VALID;

-- As save_proposal, and onto a version of this verified person only: for a caller that did not look, and must not take
-- back what somebody else saved. Who saved a version never changes, so no lock is needed to tell.
CREATE FUNCTION save_onto(
  _at config_key, _expected_head bigint, _expected_sha256 bytea, _expected_actor text, _proposal proposal,
  _version new_version, _by origin
) RETURNS TABLE (outcome text, config_id bigint, created_at timestamptz, line source_line)
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
  RETURN QUERY SELECT * FROM save_proposal(_at, _expected_head, _expected_sha256, _proposal, _version, _by);
END $$;

-- As delete_for_object, and only while the head is the one that was decided about, and of this very source: whose own
-- save is not the latest takes nothing along.
CREATE FUNCTION delete_own(_at config_key, _expected_head bigint, _source source, _uid text, _by actor)
RETURNS TABLE (outcome text, versions bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
  -- The lock is held until the end of this call, and so until after the delete.
  PERFORM FROM configs c WHERE c.namespace = _at.namespace AND c.path = _at.path FOR NO KEY UPDATE;
  PERFORM FROM configs c JOIN config_versions v ON v.id = c.latest_version_id
    WHERE c.namespace = _at.namespace AND c.path = _at.path AND (v.version <> _expected_head
      OR (v.object_cluster, v.object_namespace, v.object_name) IS DISTINCT FROM
        (_source.cluster, _source.namespace, _source.name));
  IF FOUND THEN
    outcome := 'kept';
    versions := 0;
    RETURN NEXT;
    RETURN;
  END IF;
  RETURN QUERY SELECT * FROM delete_for_object(_at, _source, _uid, _by);
END $$;

SELECT grant_operators();
