-- Up Migration
--
-- The promises no key can make, as triggers, so that they hold whatever code runs: versions never change,
-- the head moves only forward and only by an insert, numbers are never used twice. A rule that needs no
-- look at another row is a WHEN clause: it costs a normal save nothing.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END $$;

-- Versions -------------------------------------------------------------------------------------------

CREATE TRIGGER versions_never_change BEFORE UPDATE ON config_versions
  FOR EACH ROW EXECUTE FUNCTION refuse('a saved version never changes; save a new one');

CREATE TRIGGER versions_are_never_truncated BEFORE TRUNCATE ON config_versions
  EXECUTE FUNCTION refuse('the history is not truncated');

-- A new version has the next number, and becomes the head, in the statement that inserts it. The update
-- is a compare-and-swap on the counter: it also is what makes two writers wait for each other.
CREATE FUNCTION advance_head() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE configs SET latest_version_id = NEW.id, last_version = NEW.version
    WHERE id = NEW.config_id AND last_version = NEW.version - 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'version % is not the next number of config %', NEW.version, NEW.config_id
      USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER versions_advance_the_head AFTER INSERT ON config_versions
  FOR EACH ROW EXECUTE FUNCTION advance_head();

-- A deleted version leaves its text to the lines that had it as theirs: it is their next base.
CREATE FUNCTION before_version_delete() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM FROM configs WHERE id = OLD.config_id AND latest_version_id = OLD.id;
  IF FOUND THEN
    RAISE EXCEPTION 'version % is the latest of config %; only the config as a whole can be deleted',
      OLD.version, OLD.config_id USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
  END IF;
  UPDATE sources SET accepted_text = OLD.body_raw, text_version_id = NULL WHERE text_version_id = OLD.id;
  RETURN OLD;
END $$;

CREATE TRIGGER the_head_is_not_deleted BEFORE DELETE ON config_versions
  FOR EACH ROW EXECUTE FUNCTION before_version_delete();

-- Configs --------------------------------------------------------------------------------------------

CREATE TRIGGER configs_start_empty BEFORE INSERT ON configs
  FOR EACH ROW WHEN (NEW.last_version <> 0 OR NEW.latest_version_id IS NOT NULL)
  EXECUTE FUNCTION refuse('a new config has no version; insert one');

CREATE TRIGGER configs_keep_their_name BEFORE UPDATE ON configs
  FOR EACH ROW WHEN (NEW.namespace <> OLD.namespace OR NEW.path <> OLD.path)
  EXECUTE FUNCTION refuse('the namespace and path of a config never change');

CREATE TRIGGER numbers_only_grow BEFORE UPDATE ON configs
  FOR EACH ROW WHEN (NEW.last_version < OLD.last_version)
  EXECUTE FUNCTION refuse('version numbers only grow and are never reused');

-- Together with the key of the head: the counter moves by the insert of a version, and by nothing else.
CREATE TRIGGER numbers_are_not_skipped BEFORE UPDATE ON configs
  FOR EACH ROW WHEN (NEW.last_version > OLD.last_version AND
    (NEW.latest_version_id IS NULL OR NEW.last_version <> OLD.last_version + 1))
  EXECUTE FUNCTION refuse('version numbers are not skipped');

CREATE TRIGGER the_format_is_for_life BEFORE UPDATE ON configs
  FOR EACH ROW WHEN (NEW.format <> OLD.format AND OLD.latest_version_id IS NOT NULL)
  EXECUTE FUNCTION refuse('the format of a config does not change while it has versions');

CREATE TRIGGER the_counter_outlives_deletes BEFORE DELETE ON configs
  FOR EACH ROW WHEN (OLD.last_version > 0)
  EXECUTE FUNCTION refuse('a config that had versions keeps its counter; delete its versions instead');

CREATE TRIGGER configs_are_never_truncated BEFORE TRUNCATE ON configs
  EXECUTE FUNCTION refuse('the history is not truncated');

-- To delete a config is to clear its head and delete all its versions, in one transaction.
CREATE FUNCTION check_cleared_head() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF EXISTS (SELECT FROM configs WHERE id = NEW.id AND latest_version_id IS NULL)
    AND EXISTS (SELECT FROM config_versions WHERE config_id = NEW.id) THEN
    RAISE EXCEPTION 'config % has versions, so it has a latest one', NEW.id
      USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER no_head_means_no_versions AFTER UPDATE ON configs DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.latest_version_id IS NULL AND OLD.latest_version_id IS NOT NULL)
  EXECUTE FUNCTION check_cleared_head();

-- Lines and log --------------------------------------------------------------------------------------

CREATE TRIGGER lines_never_go_back BEFORE UPDATE ON sources
  FOR EACH ROW WHEN (NEW.uid = OLD.uid AND NEW.generation < OLD.generation)
  EXECUTE FUNCTION refuse('a newer generation of this object was accepted already');

CREATE TRIGGER the_log_never_changes BEFORE UPDATE ON deployments
  FOR EACH ROW EXECUTE FUNCTION refuse('the deployment log is only appended to');

CREATE TRIGGER the_log_never_changes BEFORE UPDATE ON deployment_changes
  FOR EACH ROW EXECUTE FUNCTION refuse('the deployment log is only appended to');
