-- Up Migration
--
-- A version that held what it must not is purged: with every version of its config that has the same text, every copy that
-- a line kept, as one entry of the log that says why. The stones say why, too, for good.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- As the person who purged said; NULL: it was an ordinary delete.
ALTER TABLE tombstones ADD COLUMN reason text;

CREATE OR REPLACE FUNCTION set_stones() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _by jsonb := nullif(current_setting('pawl.deleter', true), '')::jsonb;
BEGIN
  INSERT INTO tombstones (config_id, first_version, last_version, versions, actor, actor_verified, reason)
    SELECT g.config_id, min(g.version), max(g.version), count(*), _by ->> 'name', (_by ->> 'verified')::boolean,
      _by ->> 'reason'
    FROM gone g GROUP BY g.config_id;
  UPDATE configs c SET bytes = c.bytes - d.bytes
    FROM (SELECT g.config_id, sum(octet_length(g.body_raw)) AS bytes FROM gone g GROUP BY g.config_id) d
    WHERE c.id = d.config_id;
  RETURN NULL;
END $$;

-- `purged` with the numbers that went and the hash of their text; `head` with its number: the latest version has that
-- text, and nothing was removed; `gone`: there is no such version; `known` and `reused`.
CREATE FUNCTION purge_version_by_request(
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
    UPDATE sources SET accepted_text = NULL WHERE config_id = _config.id AND accepted_sha256 = _sha256
      AND accepted_text IS NOT NULL;
    outcome := 'purged';
    answer := jsonb_build_object('versions', to_jsonb(_versions::text[]), 'sha256', encode(_sha256, 'hex'));
    PERFORM keep_key(_principal, _key, _request_sha256, answer);
  END IF;
  RETURN NEXT;
END $$;

SELECT grant_operators();
