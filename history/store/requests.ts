/**
 * Writes that come from requests: several saves in one transaction, deletes, namespaces. Invariant: what carries an
 * idempotency key happens once however often it is called, and answers the same each time; a call without one is not
 * repeated after a lost answer.
 */
import type { ImportedVersion, SaveImport } from '../words/imports.ts';
import type { Actor, ConfigId, Version, VersionKind } from '../words/model.ts';
import type { DeletedChange, Idempotency, SavedChange, Undeleting, WrittenChange } from '../words/request.ts';
import type {
  Exceeded,
  ExceededQuota,
  Keeping,
  ProposalToKeep,
  Raced,
  Recalled,
  SavedTogether,
  SaveTogether,
} from '../words/save.ts';
import type { Calls } from './calls.ts';
import {
  createNamespace,
  deleteConfig,
  deleteNamespace,
  deleteVersion,
  purgeConfig,
  purgeVersion,
  undeleteConfig,
} from './deletion-functions.ts';
import type { Rotation } from './function-parts.ts';
import {
  exceededQuota,
  importTogether,
  type QuotaQuestion,
  recallKey,
  saveApprovedTogether,
  saveTogether,
  saveTogetherKeeping,
} from './functions.ts';
import type { SqlCall } from './parameters.ts';
import { keepProposal } from './proposal-functions.ts';
import { type ToldProposal, toKept } from './proposals.ts';
import { type ExceededRow, toExceeded } from './rows.ts';
import type { PostgresStore } from './store.ts';
import { rotateChanges, rotateKeys, rotateTrash } from './upkeep-functions.ts';

interface Answer {
  readonly outcome: string;
  readonly answer: unknown;
}

/** As save_together wrote it. */
type AnsweredChange = AnsweredSave | AnsweredDelete;

interface AnsweredDelete {
  readonly namespace: string;
  readonly path: string;
  readonly configId: string;
  readonly operation: DeletedChange['operation'];
  readonly previous: string;
  readonly sha256: string;
}

interface AnsweredSave {
  readonly namespace: string;
  readonly path: string;
  readonly configId: string;
  readonly operation: SavedChange['operation'];
  readonly version: string;
  readonly previous: string | null;
  readonly kind: VersionKind;
  readonly sha256: string;
  readonly createdAt: string;
}

/** All methods reject with a StoreError, or with the reason of the signal once it is aborted. */
export class PostgresRequests {
  readonly #calls: Calls;
  readonly #keepMs: number;

  constructor({ calls, trashMs }: Pick<PostgresStore, 'calls' | 'trashMs'>) {
    this.#calls = calls;
    this.#keepMs = trashMs;
  }

  async recall(idempotency: Idempotency, signal: AbortSignal): Promise<Recalled> {
    const [row] = await this.#calls.call<Idempotency, Answer>(recallKey, idempotency, signal);
    const { outcome, answer } = row!;
    if (outcome === 'known') return { kind: 'known', changes: toChanges(answer) };
    return { kind: outcome === 'reused' ? 'reused' : 'unknown' };
  }

  /** For writes whose answer nobody needs again. */
  async done(idempotency: Idempotency, signal: AbortSignal): Promise<'unknown' | 'known' | 'reused'> {
    const [row] = await this.#calls.call<Idempotency, Answer>(recallKey, idempotency, signal);
    const { outcome } = row!;
    return outcome === 'known' || outcome === 'reused' ? outcome : 'unknown';
  }

  async saveTogether(input: SaveTogether, signal: AbortSignal): Promise<SavedTogether> {
    const deletes = input.changes.some(({ kind }) => kind === 'delete');
    const call = input.approval ? saveApprovedTogether : saveTogetherKeeping;
    const { outcome, answer } = await (input.approval || deletes
      ? this.#write(call, { ...input, keepMs: this.#keepMs }, signal)
      : this.#write(saveTogether, input, signal));
    if (outcome === 'gone') return { kind: 'gone' };
    if (outcome === 'saved' || outcome === 'known') return { kind: outcome, changes: toChanges(answer) };
    if (outcome === 'exceeded') return { kind: 'exceeded', exceeded: toExceeded(answer as ExceededRow) };
    return { kind: outcome === 'reused' ? 'reused' : 'raced' };
  }

  async keep(input: ProposalToKeep, signal: AbortSignal): Promise<Keeping> {
    const [row] = await this.#calls.call<ProposalToKeep, Answer>(keepProposal, input, signal);
    const { outcome, answer } = row!;
    if (outcome === 'full') return { kind: 'full', of: answer as 'namespace' | 'proposer' };
    return { kind: 'kept', proposal: toKept(answer as ToldProposal) };
  }

  async importVersions(
    input: SaveImport,
    signal: AbortSignal,
  ): Promise<{ kind: 'saved'; versions: ImportedVersion[] } | Raced | Exceeded> {
    const [row] = await this.#calls.call<SaveImport, Answer>(importTogether, input, signal);
    const { outcome, answer } = row!;
    if (outcome === 'exceeded') return { kind: 'exceeded', exceeded: toExceeded(answer as ExceededRow) };
    if (outcome !== 'saved') return { kind: 'raced' };
    const versions = answer as { known: boolean; version: string }[];
    return {
      kind: 'saved',
      versions: versions.map(({ known, version }) => ({ known, version: BigInt(version) })),
    };
  }

  /** Null: so much more fits. */
  async exceeded(question: QuotaQuestion, signal: AbortSignal): Promise<ExceededQuota | null> {
    const [row] = await this.#calls.call<QuotaQuestion, { answer: ExceededRow | null }>(
      exceededQuota,
      question,
      signal,
    );
    return row!.answer && toExceeded(row!.answer);
  }

  async createNamespace(
    input: { name: string; idempotency: Idempotency | null },
    signal: AbortSignal,
  ): Promise<'created' | 'replayed' | 'exists' | 'key-reused'> {
    const { outcome } = await this.#write(createNamespace, input, signal);
    if (outcome === 'reused') return 'key-reused';
    if (outcome === 'known') return 'replayed';
    return outcome === 'exists' ? 'exists' : 'created';
  }

  async deleteNamespace(
    input: { name: string; idempotency: Idempotency | null },
    signal: AbortSignal,
  ): Promise<
    | { kind: 'deleted' }
    | { kind: 'replayed' }
    | { kind: 'missing' }
    | { kind: 'in-use'; configs: number }
    | { kind: 'key-reused' }
  > {
    const { outcome, answer } = await this.#write(deleteNamespace, input, signal);
    if (outcome === 'in-use') return { kind: 'in-use', configs: (answer as { configs: number }).configs };
    if (outcome === 'reused') return { kind: 'key-reused' };
    if (outcome === 'known') return { kind: 'replayed' };
    return { kind: outcome === 'missing' ? 'missing' : 'deleted' };
  }

  async deleteConfig(
    input: {
      config: ConfigId;
      expectedHead: Version | null;
      actor: Actor;
      idempotency: Idempotency | null;
      purge?: boolean;
    },
    signal: AbortSignal,
  ): Promise<
    | { kind: 'deleted'; versions: number; lastVersion: Version }
    | { kind: 'replayed' }
    | { kind: 'missing' }
    | { kind: 'moved'; head: Version }
    | { kind: 'key-reused' }
  > {
    const { outcome, answer } = await (input.purge
      ? this.#write(purgeConfig, input, signal)
      : this.#write(deleteConfig, { ...input, keepMs: this.#keepMs }, signal));
    if (outcome === 'missing') return { kind: 'missing' };
    if (outcome === 'reused') return { kind: 'key-reused' };
    if (outcome === 'moved') return { kind: 'moved', head: BigInt((answer as { head: string }).head) };
    if (outcome === 'known') return { kind: 'replayed' };
    const { versions, lastVersion } = answer as { versions: number; lastVersion: string };
    return { kind: 'deleted', versions, lastVersion: BigInt(lastVersion) };
  }

  async undeleteConfig(
    input: { config: ConfigId; actor: Actor; idempotency: Idempotency | null },
    signal: AbortSignal,
  ): Promise<Undeleting> {
    const { outcome, answer } = await this.#write(undeleteConfig, input, signal);
    if (outcome === 'reused') return { kind: 'key-reused' };
    if (outcome === 'missing' || outcome === 'occupied') return { kind: outcome };
    if (outcome === 'headless') {
      return { kind: 'headless', lastVersion: BigInt((answer as { lastVersion: string }).lastVersion) };
    }
    const { versions, firstVersion, lastVersion, head, live } = answer as UndeleteRow;
    return {
      ...{ kind: 'undeleted', versions, live, replayed: outcome === 'known' },
      ...{ firstVersion: BigInt(firstVersion), lastVersion: BigInt(lastVersion), latest: BigInt(head) },
    };
  }

  /** Removes at most `batch` versions from the trash of which the time is up; how many went. */
  async rotateTrash(batch: number, signal: AbortSignal): Promise<number> {
    const [row] = await this.#calls.call<{ batch: number }, Gone>(rotateTrash, { batch }, signal);
    return row!.answer;
  }

  async deleteVersion(
    input: { config: ConfigId; version: Version; actor: Actor; idempotency: Idempotency | null },
    signal: AbortSignal,
  ): Promise<'deleted' | 'replayed' | 'head' | 'gone' | 'key-reused'> {
    const { outcome } = await this.#write(deleteVersion, input, signal);
    if (outcome === 'reused') return 'key-reused';
    if (outcome === 'known') return 'replayed';
    return outcome === 'head' || outcome === 'gone' ? outcome : 'deleted';
  }

  async purgeVersion(
    input: {
      config: ConfigId;
      version: Version;
      reason: string;
      actor: Actor;
      idempotency: Idempotency | null;
    },
    signal: AbortSignal,
  ): Promise<
    | { kind: 'purged'; versions: readonly Version[]; sha256: string; replayed: boolean }
    | { kind: 'head'; head: Version }
    | { kind: 'gone' }
    | { kind: 'key-reused' }
  > {
    const { outcome, answer } = await this.#write(purgeVersion, input, signal);
    if (outcome === 'gone') return { kind: 'gone' };
    if (outcome === 'reused') return { kind: 'key-reused' };
    if (outcome === 'head') return { kind: 'head', head: BigInt((answer as { head: string }).head) };
    const { versions, sha256 } = answer as { versions: string[]; sha256: string };
    return { kind: 'purged', versions: versions.map(BigInt), sha256, replayed: outcome === 'known' };
  }

  /** Forgets old keys and old changes of the feed; how many, at most `batch` of each. */
  async rotate(
    limits: { keyMaxAgeMs: number; maxChanges: number; changeMaxAgeMs: number; batch: number },
    signal: AbortSignal,
  ): Promise<{ keys: number; changes: number }> {
    const { keyMaxAgeMs, maxChanges, changeMaxAgeMs, batch } = limits;
    const keys = await this.#calls.call<Rotation, Gone>(rotateKeys, { maxAgeMs: keyMaxAgeMs, batch }, signal);
    const changes = await this.#calls.call<Rotation & { maxEntries: number }, Gone>(
      rotateChanges,
      { maxEntries: maxChanges, maxAgeMs: changeMaxAgeMs, batch },
      signal,
    );
    return { keys: keys[0]?.answer ?? 0, changes: changes[0]?.answer ?? 0 };
  }

  /** Without a key nobody would recognise it the second time. */
  async #write<Input extends { readonly idempotency: Idempotency | null }>(
    call: SqlCall<Input>,
    input: Input,
    signal: AbortSignal,
  ): Promise<Answer> {
    const [row] = await (input.idempotency
      ? this.#calls.call<Input, Answer>(call, input, signal)
      : this.#calls.callOnce<Input, Answer>(call, input, signal));
    return row!;
  }
}

interface UndeleteRow {
  readonly versions: number;
  readonly firstVersion: string;
  readonly lastVersion: string;
  readonly head: string;
  readonly live: boolean;
}

interface Gone {
  readonly answer: number;
}

function toChanges(answer: unknown): WrittenChange[] {
  return (answer as AnsweredChange[]).map((change): WrittenChange => {
    const { namespace, path, configId, sha256 } = change;
    const config = { namespace, path };
    if (change.operation === 'delete') {
      return { config, configId, operation: 'delete', previous: BigInt(change.previous), sha256 };
    }
    return {
      ...{ config, configId, operation: change.operation, version: BigInt(change.version), sha256 },
      previous: change.previous === null ? null : BigInt(change.previous),
      versionKind: change.kind,
      createdAt: new Date(`${change.createdAt}Z`),
    };
  });
}
