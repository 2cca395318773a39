-- Up Migration
--
-- The tombstones of a config that was purged say so, also where it was not in the trash before; without a reason they say
-- that it was deleted.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- As before; `pawl.purge` is the reason of a purge, for the rest of its transaction.
CREATE OR REPLACE FUNCTION set_stones() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _by jsonb := nullif(current_setting('pawl.deleter', true), '')::jsonb;
  _purge CONSTANT text := nullif(current_setting('pawl.purge', true), '');
BEGIN
  INSERT INTO tombstones (config_id, first_version, last_version, versions, actor, actor_verified, reason)
    SELECT coalesce(t.config_id, g.config_id), min(g.version), max(g.version), count(*), _by ->> 'name',
      (_by ->> 'verified')::boolean, coalesce(_by ->> 'reason', _purge)
    FROM gone g LEFT JOIN trash t ON t.kept_in = g.config_id GROUP BY coalesce(t.config_id, g.config_id);
  UPDATE configs c SET bytes = c.bytes - d.bytes
    FROM (SELECT g.config_id, sum(octet_length(g.body_raw)) AS bytes FROM gone g GROUP BY g.config_id) d
    WHERE c.id = d.config_id;
  UPDATE trash t SET versions = t.versions - d.versions, bytes = t.bytes - d.bytes
    FROM (SELECT g.config_id, count(*) AS versions, sum(octet_length(g.body_raw)) AS bytes FROM gone g GROUP BY g.config_id) d
    WHERE t.kept_in = d.config_id;
  RETURN NULL;
END $$;

-- Purges a locked config: its versions, and what the trash has of it. Answers how many versions went.
CREATE FUNCTION purge_in_deployment(_deployment bigint, _ordinal integer, _config_id bigint, _by actor) RETURNS bigint
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  _config configs;
  _versions bigint := 0;
BEGIN
  SELECT c.* INTO STRICT _config FROM configs c WHERE c.id = _config_id;
  PERFORM set_config('pawl.keep', '', true);
  PERFORM set_config('pawl.purge', 'Purged', true);
  IF _config.latest_version_id IS NOT NULL THEN
    _versions := delete_in_deployment(_deployment, _ordinal, _config_id);
  ELSE
    PERFORM log_change(_deployment, _ordinal, ROW(_config.namespace, _config.path)::config_key, 'delete',
      ROW(NULL, _config.last_version, NULL, NULL, NULL, NULL)::head, NULL, NULL);
  END IF;
  _versions := _versions + cardinality(empty_trash(_config_id, NULL, _by.name, _by.verified, 'Purged'));
  PERFORM set_config('pawl.purge', '', true);
  RETURN _versions;
END $$;

CREATE OR REPLACE FUNCTION purge_config_by_request(
  _namespace text, _path text, _expected_head bigint, _actor text, _actor_verified boolean,
  _principal text, _key text, _request_sha256 bytea
) RETURNS TABLE (outcome text, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  _config configs;
  _by CONSTANT actor := ROW(_actor, _actor_verified);
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
    answer := jsonb_build_object(
      'versions', purge_in_deployment(
        log_entry(ROW(_by, NULL, NULL)::origin, NULL, 'accepted', NULL, 'Purged'), 1, _config.id, _by),
      'lastVersion', _config.last_version::text);
    outcome := 'deleted';
    PERFORM keep_key(_principal, _key, _request_sha256, answer);
  END IF;
  RETURN NEXT;
END $$;

SELECT grant_operators();
