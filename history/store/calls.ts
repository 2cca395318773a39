/**
 * Runs one named statement, again while another try may succeed: every part of the store asks the database through it.
 * Invariant: a call that is not safe to repeat is repeated only when it surely did nothing.
 */
import type pg from 'pg';
import type { Random } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import { JointWork } from '../../runtime/joint-work.ts';
import type { Connections, Statement } from './connections.ts';
import type { SqlCall } from './parameters.ts';
import { type RetrySettings, retrying } from './retry.ts';
import { StoreError } from './store-error.ts';

export interface CallDependencies {
  readonly clock: Clock;
  readonly random: Random;
  /** Makes the schema anew where it is not there any more; undefined: that is not ours to do. */
  readonly remakeSchema?: ((signal: AbortSignal) => Promise<void>) | undefined;
}

export class Calls {
  readonly #connections: Connections;
  readonly #settings: RetrySettings;
  readonly #dependencies: CallDependencies;
  readonly #remaking: JointWork<void> | undefined;
  /** Quoted name of the PostgreSQL schema. */
  readonly schema: string;
  /** Of functions, by name. */
  readonly #texts = new Map<string, string>();

  constructor(
    connections: Connections,
    settings: RetrySettings,
    dependencies: CallDependencies,
    schema: string,
  ) {
    this.#connections = connections;
    this.#settings = settings;
    this.#dependencies = dependencies;
    this.#remaking = dependencies.remakeSchema && new JointWork(dependencies.remakeSchema);
    this.schema = schema;
  }

  /** @param name one name, one text: it is prepared under it */
  run<Row extends pg.QueryResultRow>(
    name: string,
    text: string,
    values: readonly unknown[],
    signal: AbortSignal,
  ): Promise<Row[]> {
    return this.retrying({ name: `pawl.${name}`, prepare: true, text, values }, signal);
  }

  retrying<Row extends pg.QueryResultRow>(statement: Statement, signal: AbortSignal): Promise<Row[]> {
    const call = () => this.#connections.run<Row>(statement, signal);
    return this.#persistently(call, signal);
  }

  /** Where the schema is gone (an empty database behind the same address), once more when it was made anew. */
  async #persistently<Row>(call: () => Promise<Row[]>, signal: AbortSignal): Promise<Row[]> {
    const persist = () => retrying(call, this.#settings, this.#dependencies, signal);
    if (!this.#remaking) return persist();
    try {
      return await persist();
    } catch (error) {
      if (!(error instanceof StoreError) || error.reason !== 'SchemaMismatch') throw error;
      // The error of creating the schema says more than that it is missing.
      await this.#remaking.wait(signal);
      return persist();
    }
  }

  /** A function that may be called again after any failure. */
  async call<Input, Row extends pg.QueryResultRow>(
    call: SqlCall<Input>,
    input: Input,
    signal: AbortSignal,
  ): Promise<Row[]> {
    return this.run(call.name, this.#textOf(call), call.values(input), signal);
  }

  /** As runOnce(). */
  async callOnce<Input, Row extends pg.QueryResultRow>(
    call: SqlCall<Input>,
    input: Input,
    signal: AbortSignal,
  ): Promise<Row[]> {
    return this.runOnce(call.name, this.#textOf(call), call.values(input), signal);
  }

  /** One try, for callers who have another way to ask. */
  async tryCall<Input, Row extends pg.QueryResultRow>(
    call: SqlCall<Input>,
    input: Input,
    signal: AbortSignal,
  ): Promise<Row[]> {
    const [text, values] = [this.#textOf(call), call.values(input)];
    return this.#connections.run<Row>({ name: `pawl.${call.name}`, prepare: true, text, values }, signal);
  }

  #textOf<Input>(call: SqlCall<Input>): string {
    let text = this.#texts.get(call.name);
    if (text === undefined) {
      text = call.statement(this.schema);
      this.#texts.set(call.name, text);
    }
    return text;
  }

  /** For a write that could not be recognised the second time: the caller handles a lost answer. */
  runOnce<Row extends pg.QueryResultRow>(
    name: string,
    text: string,
    values: readonly unknown[],
    signal: AbortSignal,
  ): Promise<Row[]> {
    const statement = { name: `pawl.${name}`, prepare: true, text, values };
    const call = () =>
      this.#connections.run<Row>(statement, signal).catch((error: unknown) => {
        if (!(error instanceof StoreError) || !error.connectionLost || error.reason !== 'Unavailable')
          throw error;
        const { message, sqlstate, connectionLost } = error;
        throw new StoreError('Unavailable', `${message}; it is not known whether it was done`, {
          ...{ cause: error, connectionLost, transient: false },
          ...(sqlstate !== undefined && { sqlstate }),
        });
      });
    return this.#persistently(call, signal);
  }
}
