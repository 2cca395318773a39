-- Up Migration
--
-- Saves of several objects in one statement: what is paid once for a statement, from its parsing to its commit, is paid
-- once for all of them, and versions, lines, entries of the log and the feed are written by one insert each.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- As before, for all versions of a statement at once. Each config is found by its key, also where the first statement of a
-- session inserts so many that another plan would suit it.
CREATE FUNCTION advance_heads() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  _moved bigint;
  _one record;
BEGIN
  UPDATE configs c SET latest_version_id = f.id, last_version = f.version, bytes = c.bytes + octet_length(f.body_raw),
      saved_that_day = CASE WHEN c.saved_on = f.today THEN c.saved_that_day ELSE 0 END + 1, saved_on = f.today
    FROM (SELECT *, (created_at AT TIME ZONE 'UTC')::date AS today FROM fresh) f
    WHERE c.id = f.config_id AND greatest(c.last_version, c.floor) = f.version - 1;
  GET DIAGNOSTICS _moved = ROW_COUNT;
  IF _moved = (SELECT count(*) FROM fresh) THEN
    RETURN NULL;
  END IF;
  -- Several of one config, one after the other; or one that is not the next.
  FOR _one IN
    SELECT f.id, f.config_id, f.version, octet_length(f.body_raw) AS bytes,
        (f.created_at AT TIME ZONE 'UTC')::date AS today
      FROM fresh f WHERE NOT EXISTS (SELECT FROM configs c WHERE c.id = f.config_id AND c.latest_version_id = f.id)
      ORDER BY f.config_id, f.version
  LOOP
    UPDATE configs SET latest_version_id = _one.id, last_version = _one.version, bytes = bytes + _one.bytes,
        saved_that_day = CASE WHEN saved_on = _one.today THEN saved_that_day ELSE 0 END + 1, saved_on = _one.today
      WHERE id = _one.config_id AND greatest(last_version, floor) = _one.version - 1;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'version % is not the next number of config %', _one.version, _one.config_id
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
DROP TRIGGER versions_advance_the_head ON config_versions;
CREATE TRIGGER versions_advance_the_head AFTER INSERT ON config_versions
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION advance_heads();
DROP FUNCTION advance_head();

CREATE OR REPLACE FUNCTION tell_saved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO changes (system_id, transaction_id, config_id, kind, version)
    SELECT (SELECT system_identifier FROM pg_control_system()), pg_current_xact_id(), f.config_id, 'saved', f.version
    FROM fresh f ORDER BY f.id;
  RETURN NULL;
END $$;
DROP TRIGGER versions_are_told ON config_versions;
CREATE TRIGGER versions_are_told AFTER INSERT ON config_versions
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tell_saved();

-- Saves each proposal that can be saved just as save_proposal would, and answers which those are, by their place (from
-- 1). The others it leaves as they were: what became of them, save_proposal says of each alone. So it waits for nobody
-- who is at one of these configs; and where it fails, nothing was written. Each is of another config, and none of a
-- namespace with a quota. The parameters are columns, named after the parts of save_onto's.
-- Plans are made without looking at values or sizes: it finds a few rows by index, always.
CREATE FUNCTION save_proposals(
  _at_namespace text[], _at_path text[], _expected_head bigint[], _expected_sha256 bytea[],
  _proposal_source_cluster text[], _proposal_source_namespace text[], _proposal_source_name text[],
  _proposal_uid text[], _proposal_generation bigint[], _proposal_sha256 bytea[], _proposal_text text[],
  _proposal_base_version bigint[], _version_format text[], _version_body_raw text[], _version_body_json jsonb[],
  _version_documents integer[], _version_sha256 bytea[], _version_kind text[], _version_base_version bigint[],
  _version_merged_paths jsonb[], _version_author text[], _version_comment text[], _version_confirmed_by text[],
  _by_deployer_name text[], _by_deployer_verified boolean[], _by_git_commit text[], _by_git_branch text[],
  _by_git_dirty boolean[], _by_git_remote text[], _by_git_path text[], _by_group_key text[], _expected_actor text[]
) RETURNS TABLE (n integer, config_id bigint, version bigint, created_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan
SET lock_timeout = '200ms' AS $$
#variable_conflict use_column
DECLARE
  _there bigint[] := '{}';
  _ids bigint[] := '{}';
  _made bigint[] := '{}';
  _made_ids bigint[] := '{}';
BEGIN
  SELECT coalesce(array_agg(l.n), '{}'), coalesce(array_agg(l.id), '{}') INTO _there, _ids FROM (
    SELECT e.n, c.id FROM unnest(_at_namespace, _at_path) WITH ORDINALITY AS e (namespace, path, n)
      JOIN configs c ON c.namespace = e.namespace AND c.path = e.path FOR NO KEY UPDATE OF c SKIP LOCKED) l;
  -- Where a head is expected of which text or whose, there is none to be made.
  IF cardinality(_there) < cardinality(_at_path) AND 0 = ANY (_expected_head) THEN
    INSERT INTO namespaces (name)
      SELECT DISTINCT e.namespace COLLATE "C"
        FROM unnest(_at_namespace, _expected_head, _expected_sha256, _expected_actor)
          WITH ORDINALITY AS e (namespace, head, sha256, actor, n)
        WHERE e.head = 0 AND e.sha256 IS NULL AND e.actor IS NULL AND e.n <> ALL (_there) ORDER BY 1
      ON CONFLICT DO NOTHING;
    WITH made AS (
      INSERT INTO configs AS c (namespace, path, format)
        SELECT e.namespace, e.path, e.format
          FROM unnest(_at_namespace, _at_path, _version_format, _expected_head, _expected_sha256, _expected_actor)
            WITH ORDINALITY AS e (namespace, path, format, head, sha256, actor, n)
          WHERE e.head = 0 AND e.sha256 IS NULL AND e.actor IS NULL AND e.n <> ALL (_there)
          ORDER BY e.namespace COLLATE "C", e.path COLLATE "C"
        ON CONFLICT DO NOTHING RETURNING c.id, c.namespace, c.path
    ) SELECT coalesce(array_agg(e.n), '{}'), coalesce(array_agg(m.id), '{}') INTO _made, _made_ids
        FROM unnest(_at_namespace, _at_path) WITH ORDINALITY AS e (namespace, path, n)
        JOIN made m ON m.namespace = e.namespace AND m.path = e.path;
  END IF;

  RETURN QUERY WITH entry AS MATERIALIZED (
    SELECT e.*, c.id AS config_id, greatest(c.last_version, c.floor) + 1 AS version, h.id AS head_id,
        h.version AS head_version, h.content_sha256 AS head_sha256
      FROM unnest(_there || _made, _ids || _made_ids) AS k (n, id)
      JOIN configs c ON c.id = k.id
      LEFT JOIN config_versions h ON h.id = c.latest_version_id
      JOIN unnest(
        _at_namespace, _at_path, _expected_head, _expected_sha256, _proposal_source_cluster,
        _proposal_source_namespace, _proposal_source_name, _proposal_uid, _proposal_generation, _proposal_sha256,
        _proposal_text, _proposal_base_version, _version_format, _version_body_raw, _version_body_json,
        _version_documents, _version_sha256, _version_kind, _version_base_version, _version_merged_paths,
        _version_author, _version_comment, _version_confirmed_by, _by_deployer_name, _by_deployer_verified,
        _by_git_commit, _by_git_branch, _by_git_dirty, _by_git_remote, _by_git_path, _by_group_key, _expected_actor
      ) WITH ORDINALITY AS e (
        namespace, path, expected_head, expected_sha256, cluster, object_namespace, object_name, uid, generation,
        proposal_sha256, proposal_text, base_version, format, body_raw, body_json, documents, sha256, kind,
        stated_version, merged_paths, author, comment, confirmed_by, deployer, verified, git_commit, git_branch,
        git_dirty, git_remote, git_path, group_key, expected_actor, n
      ) ON e.n = k.n
      WHERE (h.id IS NOT NULL OR k.n = ANY (_made)) AND coalesce(h.version, 0) = e.expected_head AND c.format = e.format
        AND (e.expected_sha256 IS NULL OR h.content_sha256 = e.expected_sha256)
        AND (e.expected_actor IS NULL OR h.actor = e.expected_actor AND h.actor_verified)
        AND NOT EXISTS (SELECT FROM sources s WHERE s.config_id = c.id AND s.cluster = e.cluster
          AND s.namespace = e.object_namespace AND s.name = e.object_name AND s.uid = e.uid
          AND s.generation >= e.generation)
        AND NOT EXISTS (SELECT FROM config_versions v WHERE v.object_uid = e.uid AND v.object_generation = e.generation
          AND coalesce(v.proposal_sha256, v.content_sha256) = e.proposal_sha256)
  ), saved AS (
    INSERT INTO config_versions AS v (
      config_id, version, body_raw, body_json, documents, content_sha256, created_by, actor, actor_verified,
      comment, kind, base_version, confirmed_by, merged_onto, merged_paths,
      git_commit, git_branch, git_dirty, git_remote, git_path,
      object_cluster, object_namespace, object_name, object_uid, object_generation, proposal_sha256
    ) SELECT e.config_id, e.version, e.body_raw, e.body_json, e.documents, e.sha256, e.author, e.deployer, e.verified,
        e.comment, e.kind, e.stated_version, e.confirmed_by,
        CASE WHEN e.kind IN ('merged', 'confirmed') THEN e.head_version END,
        ARRAY(SELECT jsonb_array_elements_text(e.merged_paths)),
        e.git_commit, e.git_branch, e.git_dirty, e.git_remote, e.git_path,
        e.cluster, e.object_namespace, e.object_name, e.uid, e.generation, nullif(e.proposal_sha256, e.sha256)
      FROM entry e
    RETURNING v.id, v.config_id, v.version, v.created_at
  ), line AS (
    INSERT INTO sources AS s (
      config_id, cluster, namespace, name, uid, generation, accepted_sha256, text_version_id, accepted_text,
      base_version, version, content_sha256, accepted_as, actor, actor_verified
    ) SELECT e.config_id, e.cluster, e.object_namespace, e.object_name, e.uid, e.generation, e.proposal_sha256,
        CASE WHEN e.proposal_text IS NULL THEN v.id END, e.proposal_text, e.base_version, v.version, e.sha256,
        CASE WHEN e.kind IN ('merged', 'confirmed') THEN 'Merged' ELSE 'Saved' END, e.deployer, e.verified
      FROM entry e JOIN saved v ON v.config_id = e.config_id
    ON CONFLICT (config_id, cluster, namespace, name) DO UPDATE SET
      uid = excluded.uid, generation = excluded.generation, accepted_sha256 = excluded.accepted_sha256,
      text_version_id = excluded.text_version_id, accepted_text = excluded.accepted_text,
      base_version = excluded.base_version, version = excluded.version,
      content_sha256 = excluded.content_sha256, accepted_as = excluded.accepted_as,
      accepted_at = excluded.accepted_at, actor = excluded.actor, actor_verified = excluded.actor_verified
  ), logged AS (
    INSERT INTO deployments AS d (
      group_key, deployer, deployer_verified, object_cluster, object_namespace, object_name, object_uid,
      object_generation, git_commit, git_branch, git_dirty, git_remote, git_path, result
    ) SELECT left(e.group_key, 200), e.deployer, e.verified, e.cluster, e.object_namespace, e.object_name, e.uid,
        e.generation, e.git_commit, e.git_branch, e.git_dirty, e.git_remote, e.git_path, 'accepted'
      FROM entry e
    RETURNING d.id, d.object_uid, d.object_generation
  ), changed AS (
    INSERT INTO deployment_changes (
      deployment_id, ordinal, namespace, path, operation, old_version, new_version, old_sha256, new_sha256
    ) SELECT d.id, 1, e.namespace, e.path, CASE WHEN e.head_id IS NULL THEN 'create' ELSE 'update' END, e.head_version,
        e.version, e.head_sha256, e.sha256
      FROM entry e JOIN logged d ON d.object_uid = e.uid AND d.object_generation = e.generation
  ) SELECT e.n::integer, v.config_id, v.version, v.created_at FROM entry e JOIN saved v ON v.config_id = e.config_id;
END $$;

SELECT grant_operators();
