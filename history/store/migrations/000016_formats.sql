-- Up Migration
--
-- More formats. Which of these names a build knows is its own matter; the database keeps out what none knows.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

ALTER TABLE configs DROP CONSTRAINT configs_format_check, ADD CONSTRAINT configs_format_check
  CHECK (format IN ('yaml', 'json', 'jsonc', 'toml', 'properties', 'env', 'ini', 'text'));
