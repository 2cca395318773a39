-- Up Migration
--
-- The tables of the history. Names are unqualified: the runner's search_path says which schema they live
-- in. pg_temp goes last in it, so that no temporary table can stand in for one of ours inside a function.
--
-- The rule of this file: whatever a key, a CHECK or a foreign key can promise is promised here; only the
-- rest is left to the triggers of the next file.

SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Names and paths compare by byte (COLLATE "C"): the order never changes with the operating system's
-- locale data, and a prefix of a path is a range of the index.

CREATE TABLE namespaces (
  name text COLLATE "C" PRIMARY KEY CHECK (name <> ''),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE configs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  namespace text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL CHECK (path <> ''),
  format text NOT NULL CHECK (format IN ('json', 'yaml')),
  -- The head. NULL: there is no version now.
  latest_version_id bigint,
  -- The highest number ever used. The head is deleted only together with all other versions, so a config
  -- that has a head has this number on it.
  last_version bigint NOT NULL DEFAULT 0 CHECK (last_version >= 0),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Only a config that has versions keeps its namespace from being deleted: what is left of a deleted one
  -- is its counter, which nobody sees and which has to outlive the namespace too.
  live_namespace text COLLATE "C" GENERATED ALWAYS AS
    (CASE WHEN latest_version_id IS NOT NULL THEN namespace END) STORED,
  UNIQUE (namespace, path),
  CHECK (latest_version_id IS NULL OR last_version > 0),
  CONSTRAINT configs_namespace_exists FOREIGN KEY (live_namespace) REFERENCES namespaces (name)
);
CREATE INDEX configs_live_namespace ON configs (live_namespace) WHERE live_namespace IS NOT NULL;

CREATE TABLE config_versions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  config_id bigint NOT NULL REFERENCES configs (id),
  version bigint NOT NULL CHECK (version > 0),
  body_raw text NOT NULL,
  -- The parsed value; numbers keep every digit (jsonb holds them as numeric). Several YAML documents
  -- become one array of `documents` elements.
  body_json jsonb NOT NULL,
  documents integer NOT NULL CHECK (documents >= 0),
  content_sha256 bytea NOT NULL,
  -- The clock at the insert, not at the start of the transaction: a writer that waited for another one
  -- must not look older than it.
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by text NOT NULL,
  actor text NOT NULL,
  actor_verified boolean NOT NULL,
  comment text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('direct', 'merged', 'confirmed', 'promoted')),
  base_version bigint CHECK (base_version >= 0),
  -- Of a merge: the head it was made onto, and the places that the proposal changed.
  merged_onto bigint CHECK (merged_onto > 0),
  merged_paths text[] NOT NULL DEFAULT '{}',
  git_commit text,
  git_branch text,
  git_dirty boolean,
  git_remote text,
  git_path text,
  -- The ConfigVersion object whose proposal became this version; NULL for a version saved without one.
  object_cluster text,
  object_namespace text,
  object_name text,
  object_uid text,
  object_generation bigint,
  UNIQUE (config_id, version),
  -- Wanted by the key of configs below.
  UNIQUE (config_id, id, version),
  CONSTRAINT config_versions_hash CHECK (content_sha256 = sha256(convert_to(body_raw, 'UTF8'))),
  CHECK ((object_uid IS NULL) = (object_generation IS NULL)),
  CHECK (merged_onto IS NULL OR merged_onto < version AND kind IN ('merged', 'confirmed'))
);
CREATE UNIQUE INDEX config_versions_object ON config_versions (object_uid, object_generation)
  WHERE object_uid IS NOT NULL;

-- The head is a version of this config, and the one with the highest number ever used.
ALTER TABLE configs ADD CONSTRAINT configs_latest FOREIGN KEY (id, latest_version_id, last_version)
  REFERENCES config_versions (config_id, id, version);

-- The line of each source: the last proposal accepted from it.
CREATE TABLE sources (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  config_id bigint NOT NULL REFERENCES configs (id),
  cluster text COLLATE "C" NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  uid text NOT NULL,
  generation bigint NOT NULL,
  accepted_sha256 bytea NOT NULL,
  -- Where the accepted text is: in a version that says exactly the same, or else here.
  text_version_id bigint REFERENCES config_versions (id),
  accepted_text text,
  base_version bigint CHECK (base_version >= 0),
  -- A number and no key: that the proposal became version 7 stays true after 7 was deleted.
  version bigint NOT NULL CHECK (version > 0),
  -- Of that version's text.
  content_sha256 bytea NOT NULL,
  accepted_as text NOT NULL CHECK (accepted_as IN ('Saved', 'Merged', 'Unchanged')),
  accepted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (config_id, cluster, namespace, name),
  CHECK ((text_version_id IS NULL) <> (accepted_text IS NULL)),
  CONSTRAINT sources_hash
    CHECK (accepted_text IS NULL OR accepted_sha256 = sha256(convert_to(accepted_text, 'UTF8')))
);
CREATE INDEX sources_text_version ON sources (text_version_id) WHERE text_version_id IS NOT NULL;

-- Which objects deleted a config already: a delete that comes twice must not take what was saved since.
CREATE TABLE deletions (
  config_id bigint NOT NULL REFERENCES configs (id),
  object_uid text COLLATE "C" NOT NULL,
  deleted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (config_id, object_uid)
);

-- Who uses a cluster's name: one live cluster each, told apart by the UID of its namespace kube-system.
CREATE TABLE clusters (
  name text COLLATE "C" PRIMARY KEY CHECK (name <> ''),
  uid text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The log: one entry for each proposal accepted or refused, and for each delete. It holds names and numbers
-- and no keys into the history: it is rotated, and it must be able to tell of what was deleted or never
-- existed.
--
-- A deployment, as people see it, is one entry, or all entries of one deployer with one group_key. They are
-- not gathered into one row, because an entry is written in the transaction of its save and never again: a
-- row that others join would have to be changed (one of ten proposals may be refused, each has its own
-- object), and saves of different configs would wait for each other on it. So the result of a deployment is
-- that of all its entries. Its newest entry stands for it in a list: no later one has the same (group_key,
-- deployer, deployer_verified), which deployments_group answers with one look. Rotation counts entries and
-- may take the oldest ones of a deployment first.
CREATE TABLE deployments (
  -- Also the order of the log.
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- As their author says (pawl.dev/deployment-id).
  group_key text COLLATE "C",
  deployer text COLLATE "C" NOT NULL,
  deployer_verified boolean NOT NULL,
  -- What it came from: a ConfigVersion, or a workspace.
  object_cluster text,
  object_namespace text,
  object_name text,
  object_uid text,
  object_generation bigint,
  workspace text,
  git_commit text,
  git_branch text,
  git_dirty boolean,
  git_remote text,
  git_path text,
  result text NOT NULL CHECK (result IN ('accepted', 'refused')),
  reason text,
  message text,
  CHECK ((result = 'refused') = (reason IS NOT NULL))
);
CREATE INDEX deployments_created_at ON deployments (created_at);
CREATE INDEX deployments_deployer ON deployments (deployer, id);
CREATE INDEX deployments_commit ON deployments (git_commit, id) WHERE git_commit IS NOT NULL;
CREATE INDEX deployments_group ON deployments (group_key, deployer, deployer_verified, id)
  WHERE group_key IS NOT NULL;
CREATE UNIQUE INDEX deployments_refusal ON deployments (object_uid, object_generation, reason)
  WHERE result = 'refused';

CREATE TABLE deployment_changes (
  deployment_id bigint NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
  ordinal integer NOT NULL CHECK (ordinal > 0),
  namespace text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL,
  -- Of a refused one: what it would have been.
  operation text NOT NULL CHECK (operation IN ('create', 'update', 'unchanged', 'delete')),
  -- The config's latest before.
  old_version bigint,
  -- What the proposal became, or matched; NULL for a refused one and a delete.
  new_version bigint,
  old_sha256 bytea,
  -- Of the new version; for a refused one, of the text proposed.
  new_sha256 bytea,
  PRIMARY KEY (deployment_id, ordinal)
);
