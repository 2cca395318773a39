-- Up Migration
--
-- Versions that were saved before there were links are linked by the upkeep alone, some at a time: a config with very many
-- of them kept its next save waiting for all, until its time was up. While a config waits, what is saved of it waits, too.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- As before, and of many only the first _most.
DROP FUNCTION link_rest(bigint);
CREATE FUNCTION link_rest(_config_id bigint, _most integer DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  _last version_links;
  _config configs;
  _link record;
  _one record;
  _count integer := 0;
BEGIN
  SELECT c.* INTO STRICT _config FROM configs c WHERE c.id = _config_id;
  SELECT l.* INTO _last FROM version_links l WHERE l.config_id = _config_id ORDER BY l.version DESC LIMIT 1;
  FOR _one IN
    SELECT v.version, v.content_sha256, v.created_by, v.actor, v.actor_verified, v.confirmed_by, v.kind, v.base_version,
        v.merged_onto, v.comment, v.git_commit, v.git_branch, v.git_dirty, v.git_remote, v.git_path, v.created_at,
        v.authored_at, v.authored_offset
      FROM config_versions v WHERE v.config_id = _config_id AND v.version > coalesce(_last.version, 0)
      ORDER BY v.version LIMIT _most
  LOOP
    SELECT l.* INTO _link FROM link_of(
      _last.sha256, _config.namespace, _config.path, _one.version, _config.format, _one.content_sha256, _one.created_by,
      _one.actor, _one.actor_verified, _one.confirmed_by, _one.kind, _one.base_version, _one.merged_onto, _one.comment,
      _one.git_commit, _one.git_branch, _one.git_dirty, _one.git_remote, _one.git_path, _one.created_at,
      _one.authored_at, _one.authored_offset) l;
    INSERT INTO version_links (config_id, version, sha256, hints, late_at) VALUES (
      _config_id, _one.version, _link.sha256, _link.hints,
      -- Not of this transaction.
      CASE WHEN _one.created_at < transaction_timestamp() THEN transaction_timestamp() END
    ) RETURNING * INTO _last;
    _count := _count + 1;
  END LOOP;
  RETURN _count;
END $$;

-- As before, but for configs that wait: theirs are linked when it is their turn.
CREATE OR REPLACE FUNCTION link_versions() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  _versions bigint;
  _configs bigint;
  _linked bigint := 0;
  _config_id bigint;
BEGIN
  SELECT count(*), count(DISTINCT f.config_id) INTO _versions, _configs FROM fresh f;
  IF _versions = _configs THEN
    INSERT INTO version_links (config_id, version, sha256, hints)
      SELECT f.config_id, f.version, k.sha256, k.hints FROM fresh f JOIN configs c ON c.id = f.config_id
        LEFT JOIN LATERAL (SELECT l.version, l.sha256 FROM version_links l WHERE l.config_id = f.config_id
          ORDER BY l.version DESC LIMIT 1) p ON true
        CROSS JOIN LATERAL link_of(
          p.sha256, c.namespace, c.path, f.version, c.format, f.content_sha256, f.created_by, f.actor, f.actor_verified,
          f.confirmed_by, f.kind, f.base_version, f.merged_onto, f.comment, f.git_commit, f.git_branch, f.git_dirty,
          f.git_remote, f.git_path, f.created_at, f.authored_at, f.authored_offset) k
        WHERE CASE WHEN p.version IS NULL THEN f.version = 1 ELSE p.version < f.version END
          AND NOT EXISTS (SELECT FROM unlinked_configs u WHERE u.config_id = f.config_id);
    GET DIAGNOSTICS _linked = ROW_COUNT;
  END IF;
  IF _linked < _versions THEN
    -- Several of one config; the first of one whose numbers began later; or those that came back, with the links they had.
    FOR _config_id IN SELECT DISTINCT f.config_id FROM fresh f
      WHERE NOT EXISTS (SELECT FROM version_links l WHERE l.config_id = f.config_id AND l.version = f.version)
        AND NOT EXISTS (SELECT FROM unlinked_configs u WHERE u.config_id = f.config_id)
    LOOP
      PERFORM link_rest(_config_id, NULL);
    END LOOP;
  END IF;
  RETURN NULL;
END $$;

-- Links versions of configs that wait, about _batch, and answers how many. Who comes at the same time takes other configs;
-- saves of a config wait for no more than the versions of it that are linked at once.
CREATE OR REPLACE FUNCTION link_waiting(_batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _waiting unlinked_configs;
  _some integer;
  _count integer := 0;
BEGIN
  WHILE _count < _batch LOOP
    SELECT u.* INTO _waiting FROM unlinked_configs u ORDER BY u.config_id LIMIT 1 FOR UPDATE SKIP LOCKED;
    EXIT WHEN NOT FOUND;
    PERFORM FROM configs c WHERE c.id = _waiting.config_id FOR NO KEY UPDATE;
    _some := link_rest(_waiting.config_id, _batch - _count);
    IF _some < _batch - _count THEN
      DELETE FROM unlinked_configs u WHERE u.config_id = _waiting.config_id;
    END IF;
    -- One at least, so that it ends.
    _count := _count + greatest(_some, 1);
  END LOOP;
  RETURN _count;
END $$;

SELECT grant_operators();
