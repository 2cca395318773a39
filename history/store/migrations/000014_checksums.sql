-- Up Migration
--
-- A database remembers what its migrations said, not only what they were called: a build whose file says something
-- else does not start on it (schema-state.ts). The build hands the checksums of its files over in a setting of the
-- session, so that each is kept in the transaction of its migration.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Hexadecimal SHA-256. NULL: nobody said.
ALTER TABLE migrations ADD COLUMN sha256 text;

CREATE FUNCTION checksum_of(_name text) RETURNS text LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
  RETURN nullif(current_setting('pawl.checksums', true), '')::jsonb ->> _name;
END $$;

CREATE FUNCTION keep_checksum() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  NEW.sha256 := checksum_of(NEW.name);
  RETURN NEW;
END $$;
CREATE TRIGGER migrations_keep_their_checksum BEFORE INSERT ON migrations
  FOR EACH ROW EXECUTE FUNCTION keep_checksum();

-- 000009 brought the earlier ones to what the files of this build say.
UPDATE migrations SET sha256 = checksum_of(name);
