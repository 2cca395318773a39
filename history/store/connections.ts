/**
 * The pool, and one statement on it. Invariant: a call ends when its signal is aborted or its time is up,
 * whatever the network does; the connection it used is then destroyed, never handed to somebody else with
 * an answer still on its way.
 *
 * Works behind a transaction-mode pooler when told so: then nothing is asked of the session, that is no
 * named statements and no settings in the startup message, which poolers refuse.
 */
import pg from 'pg';
import type { Clock } from '../../runtime/clock.ts';
import { cancelStatementOf } from './cancel.ts';
import { clientOf, type Database } from './credentials.ts';
import { StoreError, toStoreError } from './store-error.ts';

export interface ConnectionSettings {
  readonly database: Database;
  /** Connections at most. */
  readonly max: number;
  readonly applicationName: string;
  /** The server gives up on a statement after this long. */
  readonly statementTimeoutMs: number;
  /** The server gives up waiting for a lock after this long. */
  readonly lockTimeoutMs: number;
  /** To open a connection, or to wait for a free one. */
  readonly connectTimeoutMs: number;
  /** We give up on a statement after this long, when the server does not: it cannot be heard any more. */
  readonly callTimeoutMs: number;
  /** A pooler that gives each transaction another session stands between us and PostgreSQL. */
  readonly transactionPooler: boolean;
}

export interface Statement {
  /** Names the call in messages. */
  readonly name: string;
  /** Parse it once a connection, under its name. One name, one text. */
  readonly prepare: boolean;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Reaches a new primary, and forgets an old one, within this time after a failover or a DNS change. */
const maxLifetimeSeconds = 30 * 60;

/**
 * A server that only reads, a standby or a primary that was demoted, is not accepted: libpq calls this
 * target_session_attrs=read-write. Checked once for each new connection.
 */
function refuseReadOnly(client: pg.PoolClient, done: (error?: Error) => void): void {
  client
    .query<{ transaction_read_only: string }>('SHOW transaction_read_only')
    .then(({ rows: [row] }) => done(row?.transaction_read_only === 'on' ? readOnly() : undefined), done);
}

const readOnly = () =>
  new StoreError(
    'Unavailable',
    'this PostgreSQL is read-only: a standby, or a primary that was demoted. The address must lead to the primary',
    { sqlstate: '25006', transient: true, connectionLost: true },
  );

export class Connections {
  readonly #pool: pg.Pool;
  readonly #settings: ConnectionSettings;
  readonly #clock: Clock;

  /** @param onError told of connections lost while idle; nothing needs to be done about it */
  constructor(settings: ConnectionSettings, clock: Clock, onError: (error: Error) => void) {
    this.#settings = Object.freeze({ ...settings });
    this.#clock = clock;
    this.#pool = new pg.Pool({
      Client: clientOf(settings.database),
      verify: refuseReadOnly,
      max: settings.max,
      application_name: settings.applicationName,
      connectionTimeoutMillis: settings.connectTimeoutMs,
      idleTimeoutMillis: 60_000,
      maxLifetimeSeconds,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      ...(settings.transactionPooler
        ? {}
        : {
            statement_timeout: settings.statementTimeoutMs,
            lock_timeout: settings.lockTimeoutMs,
            // Pawl never leaves a transaction open; this is for a proxy that does.
            idle_in_transaction_session_timeout: settings.statementTimeoutMs,
          }),
    });
    this.#pool.on('error', onError);
    // For good, from its first moment: the pool takes its own listener off a connection it lends out, and a FATAL that
    // comes then, before its borrower runs, would be an unhandled 'error' and end the process.
    this.#pool.on('connect', client => client.on('error', () => undefined));
  }

  /** Rejects with a StoreError, or with the signal's reason. */
  async run<Row extends pg.QueryResultRow>(statement: Statement, signal: AbortSignal): Promise<Row[]> {
    signal.throwIfAborted();
    // Every statement pays for this: one promise and one timer, and no signal of its own.
    const { promise: over, reject: end } = Promise.withResolvers<never>();
    // Nobody listens when everything went well.
    over.catch(() => undefined);
    const onAbort = () => end(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const { callTimeoutMs } = this.#settings;
    const timer = this.#clock.timer(callTimeoutMs, () => {
      const message = `${statement.name}: no answer from PostgreSQL within ${callTimeoutMs} ms`;
      end(new StoreError('Unavailable', message, { connectionLost: true }));
    });
    try {
      const client = await this.#connect(over);
      return await this.#query<Row>(client, statement, over);
    } catch (error) {
      // The reason of an aborted signal is the caller's own; anything else is about the store.
      throw signal.aborted && error === signal.reason ? error : toStoreError(error, statement.name);
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Waits for statements under way; callers abort those first that must not be waited for. */
  async close(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end();
  }

  async #connect(over: Promise<never>): Promise<pg.PoolClient> {
    const connecting = this.#pool.connect();
    try {
      return await Promise.race([connecting, over]);
    } catch (error) {
      // A connection that comes too late goes back into the pool.
      connecting.then(
        client => client.release(),
        () => undefined,
      );
      throw error;
    }
  }

  async #query<Row extends pg.QueryResultRow>(
    client: pg.PoolClient,
    { name, prepare, text, values }: Statement,
    over: Promise<never>,
  ): Promise<Row[]> {
    let destroy: Error | undefined;
    let answered = false;
    try {
      const named = prepare && !this.#settings.transactionPooler ? { name } : {};
      const querying = client.query<Row>({ ...named, text, values: [...values] });
      const end = () => {
        answered = true;
      };
      querying.then(end, end);
      const result = await Promise.race([querying, over]);
      return result.rows;
    } catch (error) {
      const failure = error instanceof pg.DatabaseError ? toStoreError(error, name) : undefined;
      if (!failure || failure.connectionLost) destroy = error instanceof Error ? error : new Error(name);
      // The connection goes, but PostgreSQL would go on with the statement.
      if (!answered) cancelStatementOf(client, this.#clock);
      throw error;
    } finally {
      client.release(destroy);
    }
  }
}
