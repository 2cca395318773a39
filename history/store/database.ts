/**
 * A database that holds our schema, while it is open: its connections, whether it answers, and which database it is.
 * Invariant: after close() nothing is asked of it any more.
 */
import pg from 'pg';
import { type CallDependencies, Calls } from './calls.ts';
import { type ConnectionSettings, Connections } from './connections.ts';
import type { RetrySettings } from './retry.ts';
import { checkSchemaName, readSchemaState, type SchemaState } from './schema-state.ts';

export interface StoreSettings extends ConnectionSettings, RetrySettings {
  /** PostgreSQL schema that holds our tables. */
  readonly schema: string;
  /** How long the trash keeps what is deleted; 0: not at all. */
  readonly trashMs: number;
}

export const storeDefaults: Omit<StoreSettings, 'database'> = Object.freeze({
  max: 10,
  schema: 'pawl',
  trashMs: 0,
  applicationName: 'pawl',
  statementTimeoutMs: 10_000,
  lockTimeoutMs: 5_000,
  connectTimeoutMs: 5_000,
  callTimeoutMs: 15_000,
  transactionPooler: false,
  tries: 5,
  baseMs: 20,
  capMs: 1_000,
});

export interface StoreDependencies extends CallDependencies {
  /** Told of connections lost while idle. Nothing needs to be done about it. */
  readonly onError: (error: Error) => void;
  /** Whether more saves are about to come, so that one may wait for company. Default: never. */
  readonly isBusy?: (() => boolean) | undefined;
}

/** All methods reject with a StoreError, or with the reason of the signal once it is aborted. */
export class PostgresDatabase {
  readonly #connections: Connections;
  readonly #schema: string;
  /** For all parts of the store, which share its connections. */
  readonly calls: Calls;
  readonly trashMs: number;

  constructor(settings: StoreSettings, dependencies: StoreDependencies) {
    checkSchemaName(settings.schema);
    this.#schema = settings.schema;
    this.trashMs = settings.trashMs;
    this.#connections = new Connections(settings, dependencies.clock, dependencies.onError);
    const quoted = pg.escapeIdentifier(settings.schema);
    this.calls = new Calls(this.#connections, Object.freeze({ ...settings }), dependencies, quoted);
  }

  /** One try: a probe wants to know how it is now. */
  async ping(signal: AbortSignal): Promise<void> {
    await this.#connections.run({ name: 'ping', prepare: false, text: 'SELECT 1', values: [] }, signal);
  }

  /** Whether the schema is the one this build was written for. */
  schemaState(signal: AbortSignal): Promise<SchemaState> {
    return readSchemaState(this.#schema, (text, values) =>
      this.calls.retrying({ name: 'schemaState', prepare: false, text, values }, signal),
    );
  }

  /** Waits for calls under way; later ones fail. */
  close(): Promise<void> {
    return this.#connections.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
