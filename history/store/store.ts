/**
 * The store: one config's history read and written, each call one round trip. Invariant: every call may be
 * made again after any failure. Reads change nothing; a save is recognised by (uid, generation) and the
 * hashes of its texts, so a second try after a lost answer says what the first one did.
 */
import type pg from 'pg';
import type { ConfigId, Judgements, Others, Source, Version, VersionRecord, View } from '../words/model.ts';
import type { ProjectionLook, ProjectionView } from '../words/projection.ts';
import type {
  ClusterBeat,
  ClusterRegistration,
  ConfigDeleted,
  ConfigDeletion,
  Exceeded,
  FloorRaise,
  LineMove,
  LineRewind,
  Look,
  Moved,
  Raced,
  RefusalToLog,
  Save,
  Saved,
  Taken,
  VersionRange,
  VersionText,
} from '../words/save.ts';
import { PostgresDatabase, type StoreDependencies, type StoreSettings, storeDefaults } from './database.ts';
import type { Rotation } from './function-parts.ts';
import {
  deleteOwn,
  logRefusal,
  moveLineTo,
  raiseFloor,
  rewindLine,
  saveApproved,
  saveOnto,
  saveProposal,
} from './functions.ts';
import { type ProjectionRow, projectionValues, toProjectionView } from './projection.ts';
import {
  type ExceededRow,
  type JudgementRow,
  type LineRow,
  type LookRow,
  toExceeded,
  toJudgements,
  toLine,
  toOthers,
  toVersionRecord,
  toView,
  type VersionRow,
} from './rows.ts';
import { SaveCompany } from './save-company.ts';
import { type Statements, statements } from './statements.ts';
import { holdNamespace, linkWaiting, registerCluster, rotateLog } from './upkeep-functions.ts';
import { configValues, lookValues, sourceValues } from './values.ts';

/** All methods reject with a StoreError, or with the reason of the signal once it is aborted. */
export class PostgresStore extends PostgresDatabase {
  readonly #statements: Statements;
  readonly #company: SaveCompany;

  constructor(settings: StoreSettings, dependencies: StoreDependencies) {
    super(settings, dependencies);
    const { clock, isBusy = () => false } = dependencies;
    this.#company = new SaveCompany({ calls: this.calls, clock, isBusy });
    this.#statements = statements(this.calls.schema);
  }

  async look(query: Look, signal: AbortSignal): Promise<View> {
    const statement = query.sha256 === undefined ? 'look' : 'lookForText';
    const [row] = await this.#read<LookRow>(statement, lookValues(query), signal);
    return toView(row);
  }

  async texts(
    config: ConfigId,
    versions: readonly Version[],
    signal: AbortSignal,
  ): Promise<Map<Version, string>> {
    const values = [...configValues(config), versions.map(String)];
    const rows = await this.#read<{ version: string; body_raw: string }>('texts', values, signal);
    return new Map(rows.map(row => [BigInt(row.version), row.body_raw]));
  }

  /** Oldest first. */
  async between(
    config: ConfigId,
    { from, to, limit }: VersionRange,
    signal: AbortSignal,
  ): Promise<VersionText[]> {
    const values = [...configValues(config), from, to, limit];
    const rows = await this.#read<VersionRow>('between', values, signal);
    return rows.map(row => ({ record: toVersionRecord(row), text: row.body_raw as string }));
  }

  async lineText(config: ConfigId, source: Source, signal: AbortSignal): Promise<string | null> {
    const values = [...configValues(config), ...sourceValues(source)];
    const [row] = await this.#read<{ text: string }>('lineText', values, signal);
    return row?.text ?? null;
  }

  async judged(
    { uid, generation }: { readonly uid: string; readonly generation: bigint },
    signal: AbortSignal,
  ): Promise<Judgements> {
    return toJudgements(await this.#read<JudgementRow>('judged', [uid, generation], signal));
  }

  async others(config: ConfigId, source: Source, signal: AbortSignal): Promise<Others> {
    const values = [...configValues(config), ...sourceValues(source)];
    const [row] = await this.#read<VersionRow>('others', values, signal);
    return toOthers(row);
  }

  /** What a projection shows, all as of one moment. */
  async projected(look: ProjectionLook, signal: AbortSignal): Promise<ProjectionView> {
    const rows = await this.#read<ProjectionRow>('projected', projectionValues(look), signal);
    return toProjectionView(rows, look);
  }

  /** For each: whether it was purged, and not only deleted. */
  async purged(
    versions: readonly { readonly config: ConfigId; readonly version: Version }[],
    signal: AbortSignal,
  ): Promise<boolean[]> {
    const values = [
      versions.map(({ config }) => config.namespace),
      versions.map(({ config }) => config.path),
      versions.map(({ version }) => version),
    ];
    const rows = await this.#read<{ is_purged: boolean }>('purged', values, signal);
    return rows.map(({ is_purged }) => is_purged);
  }

  /** Newest first; `before` is exclusive, so that the last number of one page asks for the next. */
  async history(
    config: ConfigId,
    { limit, before }: { limit: number; before?: Version },
    signal: AbortSignal,
  ): Promise<VersionRecord[]> {
    const values = [...configValues(config), before ?? null, limit];
    const rows = await this.#read<VersionRow>('history', values, signal);
    return rows.map(row => toVersionRecord(row));
  }

  async save(input: Save, signal: AbortSignal): Promise<Saved | Raced | Taken | Exceeded> {
    const together = input.approved ? null : await this.#company.save(input, signal);
    if (together) return together;
    const alone = input.expectedActor == null ? saveProposal : saveOnto;
    const call = input.approved ? saveApproved : alone;
    const [row] = await this.calls.call<Save, SaveRow>(call, input, signal);
    if (row!.outcome === 'exceeded') return { kind: 'exceeded', exceeded: toExceeded(row!.exceeded!) };
    if (row!.outcome !== 'saved') return { kind: row!.outcome };
    const { config_id: configId, created_at: createdAt } = row!;
    const line = { ...toLine(row!), actor: input.version.actor };
    return { kind: 'saved', version: line.version, configId, createdAt, line };
  }

  /** `moved` also answers a second call for the same proposal and version, which is logged once. */
  async moveLine(input: LineMove, signal: AbortSignal): Promise<Moved | Raced> {
    const [row] = await this.calls.call<LineMove, MoveRow>(moveLineTo, input, signal);
    if (row!.outcome !== 'moved') return { kind: 'raced' };
    return { kind: 'moved', line: { ...toLine(row!), actor: input.actor } };
  }

  /**
   * Moves versions to the trash, removes lines, and keeps the counter. Called again for the same object it removes
   * nothing that others saved since: `versions` is 0 then, as it is after an answer that got lost.
   */
  async deleteConfig(input: ConfigDeletion, signal: AbortSignal): Promise<ConfigDeleted> {
    const [row] = await this.calls.call<ConfigDeletion & { keepMs: number }, DeletionRow>(
      deleteOwn,
      { ...input, keepMs: this.trashMs },
      signal,
    );
    return { versions: Number(row!.versions), kept: row!.outcome === 'kept' };
  }

  /** Configs that have a version now. */
  async countConfigs(namespace: string, signal: AbortSignal): Promise<number> {
    const [row] = await this.#read<{ configs: string }>('countConfigs', [namespace], signal);
    return Number(row?.configs);
  }

  /** Once for each (uid, generation, reason), for as long as the log remembers it. */
  async logRefusal(input: RefusalToLog, signal: AbortSignal): Promise<void> {
    await this.calls.call(logRefusal, input, signal);
  }

  /** How many entries went, at most `batch`; 0 also when somebody else is at those that are left. */
  async rotateLog(limits: Rotation & { readonly maxEntries: number }, signal: AbortSignal): Promise<number> {
    const [row] = await this.calls.call<typeof limits, { answer: number }>(rotateLog, limits, signal);
    return row!.answer;
  }

  /** Links versions that were saved before there were links; how many, `batch` and those of one config more at most. */
  async linkWaiting(batch: number, signal: AbortSignal): Promise<number> {
    const [row] = await this.calls.call<{ batch: number }, { answer: number }>(
      linkWaiting,
      { batch },
      signal,
    );
    return row!.answer;
  }

  async registerCluster(input: ClusterBeat, signal: AbortSignal): Promise<ClusterRegistration> {
    const [row] = await this.calls.call<ClusterBeat, ClusterRow>(registerCluster, input, signal);
    const { outcome: kind, uid, seen_at: seenAt } = row!;
    return kind === 'taken' ? { kind, uid, seenAt } : { kind };
  }

  /** Whether what a Kubernetes namespace's name had is this one's; from now on it is, where nobody else has it. */
  async holdNamespace(
    input: { cluster: string; clusterUid: string; namespace: string; uid: string; claimed: boolean },
    signal: AbortSignal,
  ): Promise<boolean> {
    const [row] = await this.calls.call<typeof input, { answer: boolean }>(holdNamespace, input, signal);
    return row!.answer;
  }

  /** Numbers up to `seen` are not used again; nothing happens where the history is past it. */
  async raiseFloor(input: FloorRaise, signal: AbortSignal): Promise<void> {
    await this.calls.call(raiseFloor, input, signal);
  }

  /** Takes a line back to this proposal. False: it is not as the caller saw it, and stays as it is. */
  async rewindLine(input: LineRewind, signal: AbortSignal): Promise<boolean> {
    const [row] = await this.calls.call<LineRewind, { answer: boolean }>(rewindLine, input, signal);
    return row!.answer;
  }

  #read<Row extends pg.QueryResultRow>(
    name: keyof Statements,
    values: readonly unknown[],
    signal: AbortSignal,
  ): Promise<Row[]> {
    return this.calls.run(name, this.#statements[name], values, signal);
  }
}

interface SaveRow extends LineRow {
  readonly outcome: 'saved' | 'raced' | 'taken' | 'exceeded';
  readonly exceeded: ExceededRow | null;
  readonly config_id: string;
  readonly created_at: Date;
}

interface MoveRow extends LineRow {
  readonly outcome: 'moved' | 'raced';
}

interface DeletionRow {
  readonly outcome: 'deleted' | 'nothing' | 'kept';
  readonly versions: string;
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
