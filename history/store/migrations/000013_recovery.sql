-- Up Migration
--
-- Numbers of transactions that were rolled back and never reached the disk are given out again after a crash, also
-- when only the children of one postmaster died and it recovered by itself: its start stays the same. A cursor of the
-- feed from before would take their new owners for seen. So the epoch of a cursor has one more part: a number in a table
-- that PostgreSQL empties at every recovery, because it is not logged.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE UNLOGGED TABLE incarnation (
  id integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  number uuid NOT NULL DEFAULT gen_random_uuid()
);

-- How long the numbers of transactions mean the same: this server, from its start to its end, without a recovery; and
-- these tables, as a restore of them has others. The first to ask after a recovery gives it its number.
CREATE FUNCTION feed_epoch() RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  _number uuid;
BEGIN
  SELECT i.number INTO _number FROM incarnation i;
  IF NOT FOUND THEN
    INSERT INTO incarnation DEFAULT VALUES ON CONFLICT DO NOTHING;
    SELECT i.number INTO STRICT _number FROM incarnation i;
  END IF;
  RETURN concat_ws('-', (SELECT system_identifier FROM pg_control_system()),
    (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint, 'feed'::regclass::oid, replace(_number::text, '-', ''));
END $$;
