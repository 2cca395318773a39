/**
 * The store: one config's history read and written, each call one round trip. Invariant: every call may be
 * made again after any failure. Reads change nothing; a save is recognised by (uid, generation) and the
 * hashes of its texts, so a second try after a lost answer says what the first one did.
 */
import pg from 'pg';
import type { Random } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Format } from '../../text/format.ts';
import type {
  Actor,
  ConfigId,
  GitOrigin,
  Line,
  ProposalRef,
  Source,
  Version,
  VersionRecord,
  View,
} from '../words/model.ts';
import type { LineMove, Moved, Raced, Save, Saved, Taken } from '../words/save.ts';
import { Calls } from './calls.ts';
import { type ConnectionSettings, Connections } from './connections.ts';
import type { RetrySettings } from './retry.ts';
import { type LookRow, toVersionRecord, toView, type VersionRow } from './rows.ts';
import { checkSchemaName, readSchemaState, type SchemaState } from './schema-state.ts';
import { type Statements, statements } from './statements.ts';
import {
  actorValues,
  configValues,
  gitValues,
  groupValue,
  hashValue,
  proposalValues,
  remarkValue,
  sourceValues,
  textValue,
} from './values.ts';

export interface StoreSettings extends ConnectionSettings, RetrySettings {
  /** PostgreSQL schema that holds our tables. */
  readonly schema: string;
}

export const storeDefaults: Omit<StoreSettings, 'database'> = Object.freeze({
  max: 10,
  schema: 'pawl',
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

export interface StoreDependencies {
  readonly clock: Clock;
  readonly random: Random;
  /** Told of connections lost while idle. Nothing needs to be done about it. */
  readonly onError: (error: Error) => void;
}

/** All methods reject with a StoreError, or with the reason of the signal once it is aborted. */
export class PostgresStore {
  readonly #connections: Connections;
  readonly #settings: StoreSettings;
  readonly #statements: Statements;
  /** For the other parts of the store, which share its connections. */
  readonly calls: Calls;

  constructor(settings: StoreSettings, dependencies: StoreDependencies) {
    checkSchemaName(settings.schema);
    this.#settings = Object.freeze({ ...settings });
    this.#statements = statements(pg.escapeIdentifier(settings.schema));
    this.#connections = new Connections(settings, dependencies.clock, dependencies.onError);
    this.calls = new Calls(this.#connections, settings, dependencies, pg.escapeIdentifier(settings.schema));
  }

  /** One try: a probe wants to know how it is now. */
  async ping(signal: AbortSignal): Promise<void> {
    await this.#connections.run(
      { name: 'ping', prepare: false, text: this.#statements.ping, values: [] },
      signal,
    );
  }

  /** Whether the schema is the one this build was written for. */
  schemaState(signal: AbortSignal): Promise<SchemaState> {
    return readSchemaState(this.#settings.schema, (text, values) =>
      this.calls.retrying({ name: 'schemaState', prepare: false, text, values }, signal),
    );
  }

  async look(
    query: { config: ConfigId; source: Source; baseVersion: Version | null },
    signal: AbortSignal,
  ): Promise<View> {
    const { config, source, baseVersion } = query;
    const values = [...configValues(config), ...sourceValues(source), baseVersion];
    const [row] = await this.#run<LookRow>('look', this.#statements.look, values, signal);
    return toView(row);
  }

  async texts(
    config: ConfigId,
    versions: readonly Version[],
    signal: AbortSignal,
  ): Promise<Map<Version, string>> {
    const values = [...configValues(config), versions.map(String)];
    const rows = await this.#run<{ version: string; body_raw: string }>(
      'texts',
      this.#statements.texts,
      values,
      signal,
    );
    return new Map(rows.map(row => [BigInt(row.version), row.body_raw]));
  }

  /** Records and texts of the newest `limit` versions after `from` up to `to`, oldest first. */
  async between(
    config: ConfigId,
    { from, to, limit }: { from: Version; to: Version; limit: number },
    signal: AbortSignal,
  ): Promise<{ record: VersionRecord; text: string }[]> {
    const values = [...configValues(config), from, to, limit];
    const rows = await this.#run<VersionRow>('between', this.#statements.between, values, signal);
    return rows.map(row => ({ record: toVersionRecord(row), text: row.body_raw as string }));
  }

  async lineText(config: ConfigId, source: Source, signal: AbortSignal): Promise<string | null> {
    const values = [...configValues(config), ...sourceValues(source)];
    const [row] = await this.#run<{ text: string }>('lineText', this.#statements.lineText, values, signal);
    return row?.text ?? null;
  }

  /** Newest first; `before` is exclusive, so that the last number of one page asks for the next. */
  async history(
    config: ConfigId,
    { limit, before }: { limit: number; before?: Version },
    signal: AbortSignal,
  ): Promise<VersionRecord[]> {
    const values = [...configValues(config), before ?? null, limit];
    const rows = await this.#run<VersionRow>('history', this.#statements.history, values, signal);
    return rows.map(row => toVersionRecord(row));
  }

  async save(input: Save, signal: AbortSignal): Promise<Saved | Raced | Taken> {
    const { config, expectedHead, expectedSha256, proposal, version } = input;
    const { body, actor, git } = version;
    const text = textValue(body.text, 'the text to save');
    const proposed = textValue(proposal.text, 'the proposed text');
    const values = [
      ...[...configValues(config), version.format, expectedHead],
      ...proposalValues(proposal),
      ...[proposal.sha256 === body.sha256 ? null : proposed, proposal.baseVersion],
      ...[text, body.json, body.documents, hashValue(body.sha256), version.kind],
      ...[
        remarkValue(version.author),
        ...actorValues(actor),
        remarkValue(version.comment),
        ...gitValues(git),
      ],
      ...[groupValue(version.deploymentId), version.confirmedBy, version.mergedPaths],
    ];
    const { save, saveOnto } = this.#statements;
    const [row] = await (expectedSha256 === undefined
      ? this.#run<SaveRow>('save', save, values, signal)
      : this.#run<SaveRow>('saveOnto', saveOnto, [hashValue(expectedSha256), ...values], signal));
    if (row?.outcome === 'saved') {
      const { version: number, config_id: configId, created_at: createdAt } = row;
      return { kind: 'saved', version: BigInt(number), configId, createdAt };
    }
    return { kind: row?.outcome === 'taken' ? 'taken' : 'raced' };
  }

  /** `moved` also answers a second call for the same proposal and version, which is logged once. */
  async moveLine(input: LineMove, signal: AbortSignal): Promise<Moved | Raced> {
    const { config, expectedHead, proposal, version, actor, git, deploymentId } = input;
    const values = [
      ...[...configValues(config), expectedHead],
      ...[...proposalValues(proposal), textValue(proposal.text, 'the proposed text')],
      ...[proposal.baseVersion, version, ...actorValues(actor), ...gitValues(git)],
      groupValue(deploymentId),
    ];
    const { moveLine } = this.#statements;
    const [row] = await this.#run<{ outcome: 'moved' | 'raced' }>('moveLine', moveLine, values, signal);
    return { kind: row?.outcome === 'moved' ? 'moved' : 'raced' };
  }

  /**
   * Removes versions and lines for good, and keeps the counter. Called again for the same object it removes
   * nothing that others saved since: `versions` is 0 then, as it is after an answer that got lost.
   */
  async deleteConfig(
    input: { config: ConfigId; source: Source; uid: string; actor: Actor },
    signal: AbortSignal,
  ): Promise<{ versions: number; kept: boolean }> {
    const { config, source, uid, actor } = input;
    const values = [...configValues(config), ...sourceValues(source), uid, ...actorValues(actor)];
    const { deleteConfig } = this.#statements;
    const [row] = await this.#run<{ versions: string }>('deleteConfig', deleteConfig, values, signal);
    const versions = Number(row?.versions);
    return { versions: Math.max(versions, 0), kept: versions < 0 };
  }

  /** Configs that have a version now. */
  async countConfigs(namespace: string, signal: AbortSignal): Promise<number> {
    const { countConfigs } = this.#statements;
    const [row] = await this.#run<{ configs: string }>('countConfigs', countConfigs, [namespace], signal);
    return Number(row?.configs);
  }

  /** Once for each (uid, generation, reason), for as long as the log remembers it. */
  async logRefusal(
    input: {
      config: ConfigId;
      proposal: Omit<ProposalRef, 'text'>;
      actor: Actor;
      git: GitOrigin;
      deploymentId: string | null;
      reason: string;
      message: string;
    },
    signal: AbortSignal,
  ): Promise<void> {
    const { config, proposal, actor, git, deploymentId, reason, message } = input;
    const values = [
      ...[...configValues(config), ...proposalValues(proposal), ...actorValues(actor), ...gitValues(git)],
      ...[groupValue(deploymentId), reason, remarkValue(message)],
    ];
    await this.#run('logRefusal', this.#statements.logRefusal, values, signal);
  }

  /** How many entries went, at most `batch`; 0 also when somebody else is at those that are left. */
  async rotateLog(
    { maxEntries, maxAgeMs, batch }: { maxEntries: number; maxAgeMs: number; batch: number },
    signal: AbortSignal,
  ): Promise<number> {
    const { rotateLog } = this.#statements;
    const values = [maxEntries, maxAgeMs, batch];
    const [row] = await this.#run<{ entries: number }>('rotateLog', rotateLog, values, signal);
    return Number(row?.entries);
  }

  async registerCluster(
    { name, uid, staleMs }: { name: string; uid: string; staleMs: number },
    signal: AbortSignal,
  ): Promise<{ kind: 'registered' } | { kind: 'taken'; uid: string; seenAt: Date }> {
    const { registerCluster } = this.#statements;
    const values = [name, uid, staleMs];
    const [row] = await this.#run<ClusterRow>('registerCluster', registerCluster, values, signal);
    if (row?.outcome === 'taken') return { kind: 'taken', uid: row.uid, seenAt: row.seen_at };
    return { kind: 'registered' };
  }

  /** Numbers up to `seen` are not used again; nothing happens where the history is past it. */
  async raiseFloor(
    { config, format, seen }: { config: ConfigId; format: Format; seen: Version },
    signal: AbortSignal,
  ): Promise<void> {
    await this.#run(
      'raiseFloor',
      this.#statements.raiseFloor,
      [...configValues(config), format, seen],
      signal,
    );
  }

  /** Takes a line back to this proposal. False: it is not as the caller saw it, and stays as it is. */
  async rewindLine(
    input: { config: ConfigId; proposal: ProposalRef; seen: Pick<Line, 'uid' | 'generation' | 'sha256'> },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { config, proposal, seen } = input;
    const values = [
      ...[
        ...configValues(config),
        ...proposalValues(proposal),
        textValue(proposal.text, 'the proposed text'),
      ],
      ...[proposal.baseVersion, seen.uid, seen.generation, hashValue(seen.sha256)],
    ];
    const { rewindLine } = this.#statements;
    const [row] = await this.#run<{ rewound: boolean }>('rewindLine', rewindLine, values, signal);
    return row?.rewound === true;
  }

  /** Waits for calls under way; later ones fail. */
  close(): Promise<void> {
    return this.#connections.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run<Row extends pg.QueryResultRow>(
    name: string,
    text: string,
    values: readonly unknown[],
    signal: AbortSignal,
  ): Promise<Row[]> {
    return this.calls.run(name, text, values, signal);
  }
}

interface SaveRow {
  readonly outcome: 'saved' | 'raced' | 'taken';
  readonly version: string;
  readonly config_id: string;
  readonly created_at: Date;
}

interface ClusterRow {
  readonly outcome: 'registered' | 'taken';
  readonly uid: string;
  readonly seen_at: Date;
}

/** @param settings `database` and what differs from storeDefaults */
export function createStore(
  settings: Partial<StoreSettings> & Pick<StoreSettings, 'database'>,
  dependencies: StoreDependencies,
): PostgresStore {
  return new PostgresStore({ ...storeDefaults, ...settings }, dependencies);
}
