-- Up Migration
--
-- Which Kubernetes namespace a history belongs to, where a name must not hand it over: a namespace that was deleted and
-- made again has another UID. Nothing is kept until somebody asks, so that whoever does not close histories has no rows.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE TABLE tenancies (
  -- As in sources.
  cluster text COLLATE "C" NOT NULL,
  -- Of Kubernetes.
  namespace text COLLATE "C" NOT NULL,
  -- Of the cluster's namespace kube-system: a cluster rebuilt under its name has another, and begins anew.
  cluster_uid text NOT NULL,
  uid text NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (cluster, namespace)
);

-- Whether what a Kubernetes namespace's name may write and read is this namespace's. It is the first one's that asks; where
-- there is no history yet, the present one's; and after that nobody else's, unless an administrator says so (`_claimed`).
CREATE FUNCTION hold_namespace(_cluster text, _cluster_uid text, _namespace text, _uid text, _claimed boolean)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  -- Nearly always it is known.
  IF EXISTS (SELECT FROM tenancies t WHERE t.cluster = _cluster AND t.namespace = _namespace AND t.uid = _uid) THEN
    RETURN true;
  END IF;
  INSERT INTO tenancies AS t (cluster, namespace, cluster_uid, uid) VALUES (_cluster, _namespace, _cluster_uid, _uid)
    ON CONFLICT (cluster, namespace) DO UPDATE
      SET cluster_uid = excluded.cluster_uid, uid = excluded.uid, claimed_at = excluded.claimed_at
      WHERE _claimed OR t.cluster_uid <> excluded.cluster_uid OR NOT EXISTS (
        SELECT FROM configs c WHERE c.namespace = _namespace AND c.latest_version_id IS NOT NULL
        UNION ALL
        SELECT FROM sources s WHERE s.cluster = _cluster AND s.namespace = _namespace);
  RETURN EXISTS (SELECT FROM tenancies t WHERE t.cluster = _cluster AND t.namespace = _namespace AND t.uid = _uid);
END $$;

SELECT grant_operators();
