-- Up Migration
--
-- The operator's role reads the tables, and writes by calling functions. So what earlier builds granted is taken away.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- What a role needs that runs the operator: to read, and to call every function that writes by itself. Those that
-- only make sense inside of another's transaction are not among them.
CREATE OR REPLACE FUNCTION grant_operator(_role name) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  _function regprocedure;
BEGIN
  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', current_schema(), _role);
  EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM %I', current_schema(), _role);
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), _role);
  EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', current_schema(), _role);
  FOR _function IN
    SELECT p.oid FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace AND p.prosecdef
      AND p.prorettype <> 'trigger'::regtype AND p.proname <> 'delete_in_deployment'
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', _function, _role);
  END LOOP;
END $$;

-- For a migration that adds tables or functions: the roles that run operators get what they need of them.
CREATE FUNCTION grant_operators() RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  _role name;
BEGIN
  EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', current_schema());
  FOR _role IN
    SELECT DISTINCT r.rolname FROM pg_proc p, aclexplode(p.proacl) a JOIN pg_roles r ON r.oid = a.grantee
    WHERE p.pronamespace = current_schema()::regnamespace AND p.proname = 'save_proposal' AND a.grantee <> p.proowner
  LOOP
    PERFORM grant_operator(_role);
  END LOOP;
END $$;

-- The roles that run operators now go on doing so: they are those that may save.
DO $$
DECLARE
  _role name;
BEGIN
  FOR _role IN
    SELECT DISTINCT r.rolname FROM pg_proc p, aclexplode(p.proacl) a JOIN pg_roles r ON r.oid = a.grantee
    WHERE p.pronamespace = current_schema()::regnamespace AND p.proname = 'save_version' AND a.grantee <> p.proowner
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION save_proposal TO %I', _role);
  END LOOP;
END $$;
SELECT grant_operators();
