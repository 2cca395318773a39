-- Up Migration
--
-- Each version of a config is linked to the one before: its link is a hash over the link before and over all that is known
-- of the version, so that a version that was changed, removed or put elsewhere in the database is found. Links are rows of
-- their own: a version that goes leaves its link, and one that comes back has the link that it had.
-- See docs/adr/0021-hash-chain.md.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Rows come from the trigger of config_versions, which has the key into configs: to look at it again would cost each save.
CREATE TABLE version_links (
  config_id bigint NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  -- The first four bytes of the hash of each part, by which it is told which part differs. No proof of anything.
  hints bytea NOT NULL CHECK (length(hints) = 24),
  -- Of a version that was there before links were: when it was linked. What happened to it before that, its link cannot say.
  late_at timestamptz,
  -- Of a version that was deleted: the stone it left.
  stone_id bigint,
  PRIMARY KEY (config_id, version)
);

CREATE TRIGGER links_never_change BEFORE UPDATE ON version_links
  FOR EACH ROW WHEN ((NEW.config_id, NEW.version, NEW.sha256, NEW.hints, NEW.late_at)
    IS DISTINCT FROM (OLD.config_id, OLD.version, OLD.sha256, OLD.hints, OLD.late_at))
  EXECUTE FUNCTION refuse('the link of a version never changes');
CREATE TRIGGER links_are_kept BEFORE DELETE ON version_links
  FOR EACH ROW EXECUTE FUNCTION refuse('the link of a version is kept for good');
CREATE TRIGGER links_are_never_truncated BEFORE TRUNCATE ON version_links
  EXECUTE FUNCTION refuse('the link of a version is kept for good');

-- With every digit, and read by nobody's time zone.
CREATE FUNCTION moment(_at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT to_char(_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- The link of a version. Its parts are hashed one by one, each as a JSON array: where it is, its text, who saved it, how,
-- from which commit, and when. The text goes in by its hash, so that a text that was purged is not needed. Only what never
-- changes is in it. cli/chain.ts calculates the same.
CREATE FUNCTION link_of(
  _previous bytea, _namespace text, _path text, _version bigint, _format text, _content_sha256 bytea, _author text,
  _actor text, _actor_verified boolean, _confirmed_by text, _kind text, _base_version bigint, _merged_onto bigint,
  _comment text, _git_commit text, _git_branch text, _git_dirty boolean, _git_remote text, _git_path text,
  _created_at timestamptz, _authored_at timestamptz, _authored_offset smallint, OUT sha256 bytea, OUT hints bytea
) LANGUAGE plpgsql STABLE AS $$
DECLARE
  _where CONSTANT bytea := sha256(convert_to(json_build_array(_namespace, _path, _version, _format)::text, 'UTF8'));
  _who CONSTANT bytea := sha256(convert_to(
    json_build_array(_author, _actor, _actor_verified, _confirmed_by)::text, 'UTF8'));
  _how CONSTANT bytea := sha256(convert_to(
    json_build_array(_kind, _base_version, _merged_onto, _comment)::text, 'UTF8'));
  _git CONSTANT bytea := sha256(convert_to(
    json_build_array(_git_commit, _git_branch, _git_dirty, _git_remote, _git_path)::text, 'UTF8'));
  _when CONSTANT bytea := sha256(convert_to(
    json_build_array(moment(_created_at), moment(_authored_at), _authored_offset)::text, 'UTF8'));
BEGIN
  sha256 := sha256('pawl link 1'::bytea || coalesce(_previous, '') || _where || _content_sha256 || _who || _how || _git || _when);
  hints := substr(_where, 1, 4) || substr(_content_sha256, 1, 4) || substr(_who, 1, 4) || substr(_how, 1, 4)
    || substr(_git, 1, 4) || substr(_when, 1, 4);
END $$;

-- Links the versions of a config that come after its last link, one after the other, and answers how many.
CREATE FUNCTION link_rest(_config_id bigint) RETURNS integer LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
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
      FROM config_versions v WHERE v.config_id = _config_id AND v.version > coalesce(_last.version, 0) ORDER BY v.version
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

-- Nearly always each version is the next of another config, and its link is one look at the last one and one insert.
CREATE FUNCTION link_versions() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
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
        WHERE CASE WHEN p.version IS NULL THEN f.version = 1 ELSE p.version < f.version END;
    GET DIAGNOSTICS _linked = ROW_COUNT;
  END IF;
  IF _linked < _versions THEN
    -- Several of one config; the first since there are links; or those that came back, with the links they had.
    FOR _config_id IN SELECT DISTINCT f.config_id FROM fresh f WHERE NOT EXISTS (
      SELECT FROM version_links l WHERE l.config_id = f.config_id AND l.version = f.version)
    LOOP
      PERFORM link_rest(_config_id);
    END LOOP;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER versions_are_linked AFTER INSERT ON config_versions
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION link_versions();

-- After deletes_leave_a_stone, by its name.
CREATE FUNCTION mark_links() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET enable_seqscan = off AS $$
BEGIN
  UPDATE version_links l SET stone_id = s.id
    FROM (SELECT g.config_id, max(t.id) AS id FROM (SELECT DISTINCT config_id FROM gone) g
      JOIN tombstones t ON t.config_id = g.config_id GROUP BY g.config_id) s
    WHERE l.config_id = s.config_id
      AND EXISTS (SELECT FROM gone g WHERE g.config_id = l.config_id AND g.version = l.version);
  RETURN NULL;
END $$;
CREATE TRIGGER links_keep_the_stone AFTER DELETE ON config_versions
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION mark_links();

-- Configs that had versions before there were links. Each is linked by its next save, or by the upkeep.
CREATE TABLE unlinked_configs (
  config_id bigint PRIMARY KEY
);
INSERT INTO unlinked_configs SELECT c.id FROM configs c WHERE c.latest_version_id IS NOT NULL;

-- Links configs that wait for it until at least _batch versions are linked, and answers how many were. Nobody waits for
-- more than one config, nor twice for the same.
CREATE FUNCTION link_waiting(_batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _waiting unlinked_configs;
  _count integer := 0;
BEGIN
  WHILE _count < _batch LOOP
    SELECT u.* INTO _waiting FROM unlinked_configs u ORDER BY u.config_id LIMIT 1 FOR UPDATE SKIP LOCKED;
    EXIT WHEN NOT FOUND;
    PERFORM FROM configs c WHERE c.id = _waiting.config_id FOR NO KEY UPDATE;
    -- One at least, so that it ends.
    _count := _count + greatest(link_rest(_waiting.config_id), 1);
    DELETE FROM unlinked_configs u WHERE u.config_id = _waiting.config_id;
  END LOOP;
  RETURN _count;
END $$;

SELECT grant_operators();
