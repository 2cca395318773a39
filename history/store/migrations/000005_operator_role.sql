-- Up Migration
--
-- What the operator may do, as a role without login named after the schema (pawl → pawl_operator). Whoever
-- migrates owns the tables; the operator runs as a member of this role. It can then change no version and no
-- entry of the log, delete them only through the functions of the file before this one, and not alter the
-- schema. Nothing is granted to PUBLIC.
--
-- Where whoever migrates must not create roles: migrating goes on without it, and says so. Create it
-- later and run `SELECT pawl.grant_operator('pawl_operator')` as the owner, or name any other role.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE FUNCTION grant_operator(_role name) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), _role);
  EXECUTE format('GRANT SELECT, INSERT ON namespaces, config_versions, deployments, deployment_changes TO %I', _role);
  EXECUTE format('GRANT SELECT, INSERT (namespace, path, format), '
    'UPDATE (format, latest_version_id, last_version) ON configs TO %I', _role);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON sources, clusters TO %I', _role);
  EXECUTE format('GRANT SELECT ON migrations, deletions TO %I', _role);
  EXECUTE format('GRANT EXECUTE ON FUNCTION log_change, save_version, move_line, delete_config, log_refusal, '
    'rotate_log, register_cluster TO %I', _role);
END $$;

DO $$
DECLARE
  _role name := current_schema() || '_operator';
BEGIN
  EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM PUBLIC', current_schema());
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = _role) THEN
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', _role);
    EXCEPTION
      -- Roles belong to the whole server: another database of it may be migrating just now.
      WHEN duplicate_object OR unique_violation THEN NULL;
      WHEN insufficient_privilege THEN
        RAISE WARNING 'no right to create role %: create it, then run SELECT %.grant_operator(%)',
          _role, quote_ident(current_schema()), quote_literal(_role);
    END;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = _role) THEN
    PERFORM grant_operator(_role);
  END IF;
END $$;
