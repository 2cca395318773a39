-- The schema as text, one line each for what a migration can change: what pg_dump would say, in the order
-- of names, from the catalogs.
SELECT line FROM (
  SELECT 1 AS part, c.relname || '.' || lpad(a.attnum::text, 2, '0') AS place,
    format('%s.%s %s%s%s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attcollation = 'pg_catalog."C"'::regcollation THEN ' COLLATE "C"' END,
      CASE WHEN a.attnotnull THEN ' NOT NULL' END,
      CASE WHEN a.attidentity <> '' THEN ' IDENTITY' END,
      CASE a.attgenerated WHEN 's' THEN ' GENERATED ' WHEN '' THEN ' DEFAULT ' END || pg_get_expr(d.adbin, d.adrelid)) AS line
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relnamespace = 'pawl'::regnamespace AND c.relkind = 'r'
  UNION ALL
  -- PostgreSQL 18 lists NOT NULL here too; earlier ones do not.
  SELECT 2, conrelid::regclass::text || '.' || conname,
    format('%s: %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
  FROM pg_constraint WHERE connamespace = 'pawl'::regnamespace AND contype NOT IN ('n', 't')
  UNION ALL
  SELECT 3, indexname, indexdef FROM pg_indexes WHERE schemaname = 'pawl'
  UNION ALL
  SELECT 4, tgrelid::regclass::text || '.' || tgname, pg_get_triggerdef(t.oid)
  FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = 'pawl'::regnamespace AND NOT tgisinternal
  UNION ALL
  SELECT 5, proname, format('function %s(%s) %s%s%s md5 %s', proname, pg_get_function_identity_arguments(oid),
    array_to_string(proconfig, ' '), CASE WHEN prosecdef THEN ' SECURITY DEFINER' END,
    CASE WHEN has_function_privilege('pawl_operator', oid, 'EXECUTE') THEN ' for pawl_operator' END, md5(prosrc))
  FROM pg_proc WHERE pronamespace = 'pawl'::regnamespace
  UNION ALL
  SELECT 6, relname || '.' || privilege, format('grant %s on %s to pawl_operator', privilege, relname)
  FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege
  WHERE relnamespace = 'pawl'::regnamespace AND relkind = 'r' AND has_table_privilege('pawl_operator', oid, privilege)
  UNION ALL
  SELECT 7, table_name || '.' || column_name || '.' || privilege_type,
    format('grant %s (%s) on %s to pawl_operator', privilege_type, column_name, table_name)
  FROM information_schema.column_privileges
  WHERE grantee = 'pawl_operator' AND table_schema = 'pawl' AND table_name = 'configs' AND privilege_type <> 'SELECT'
  UNION ALL
  SELECT 8, relname, format('type %s (%s)', relname,
    string_agg(format('%s %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum))
  FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
  WHERE relnamespace = 'pawl'::regnamespace AND relkind = 'c' GROUP BY relname
) AS parts ORDER BY part, place COLLATE "C"
