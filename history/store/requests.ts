/**
 * Writes that come by a request: several saves in one transaction, deletes, namespaces. Invariant: what carries an
 * idempotency key happens once however often it is called, and says the same each time; what carries none is not
 * repeated after an answer that got lost.
 */
import type { Actor, ConfigId, GitOrigin, Version, VersionKind } from '../words/model.ts';
import type {
  ChangeToSave,
  DeletedChange,
  Idempotency,
  SavedChange,
  WrittenChange,
} from '../words/request.ts';
import type { Calls } from './calls.ts';
import { type RequestStatements, requestStatements } from './request-statements.ts';
import type { PostgresStore } from './store.ts';
import {
  actorValues,
  configValues,
  gitValues,
  groupValue,
  hashValue,
  remarkValue,
  textValue,
} from './values.ts';

interface Answer {
  readonly outcome: string;
  readonly answer: unknown;
}

/** As save_changes wrote it. */
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
  readonly #statements: RequestStatements;

  constructor({ calls }: PostgresStore) {
    this.#calls = calls;
    this.#statements = requestStatements(calls.schema);
  }

  async recall(
    idempotency: Idempotency,
    signal: AbortSignal,
  ): Promise<{ kind: 'unknown' } | { kind: 'known'; changes: WrittenChange[] } | { kind: 'reused' }> {
    const { outcome, answer } = await this.#run('recall', keyValues(idempotency), idempotency, signal);
    if (outcome === 'known') return { kind: 'known', changes: toChanges(answer) };
    return { kind: outcome === 'reused' ? 'reused' : 'unknown' };
  }

  /** For writes whose answer nobody needs again. */
  async done(idempotency: Idempotency, signal: AbortSignal): Promise<'unknown' | 'known' | 'reused'> {
    const { outcome } = await this.#run('recall', keyValues(idempotency), idempotency, signal);
    return outcome === 'known' || outcome === 'reused' ? outcome : 'unknown';
  }

  async saveTogether(
    input: {
      changes: readonly ChangeToSave[];
      actor: Actor;
      author: string;
      git: GitOrigin;
      group: string | null;
      idempotency: Idempotency | null;
    },
    signal: AbortSignal,
  ): Promise<
    | { kind: 'saved'; changes: WrittenChange[] }
    | { kind: 'known'; changes: WrittenChange[] }
    | { kind: 'raced' }
    | { kind: 'reused' }
  > {
    const { changes, actor, author, git, group, idempotency } = input;
    const saves = changes.map(change => (change.kind === 'save' ? change : null));
    const values = [
      ...[changes.map(({ config }) => config.namespace), changes.map(({ config }) => config.path)],
      changes.map(({ kind }) => kind),
      ...[saves.map(save => save?.format ?? null), changes.map(({ expectedHead }) => expectedHead)],
      saves.map(save => save && textValue(save.body.text, 'the text to save')),
      ...[saves.map(save => save?.body.json ?? null), saves.map(save => save?.body.documents ?? null)],
      changes.map(change => (change.kind === 'delete' ? null : hashValue(sha256Of(change)))),
      ...[saves.map(save => save?.versionKind ?? null), saves.map(save => save?.baseVersion ?? null)],
      saves.map(save => JSON.stringify(save?.mergedPaths ?? [])),
      saves.map(save => remarkValue(save?.comment ?? '')),
      ...[remarkValue(author), ...actorValues(actor), ...gitValues(git), groupValue(group)],
      ...keyValues(idempotency),
    ];
    const { outcome, answer } = await this.#run('save', values, idempotency, signal);
    if (outcome === 'saved') return { kind: 'saved', changes: toChanges(answer) };
    if (outcome === 'known') return { kind: 'known', changes: toChanges(answer) };
    return { kind: outcome === 'reused' ? 'reused' : 'raced' };
  }

  async createNamespace(
    { name, idempotency }: { name: string; idempotency: Idempotency | null },
    signal: AbortSignal,
  ): Promise<'created' | 'replayed' | 'exists' | 'key-reused'> {
    const values = [textValue(name, 'the name'), ...keyValues(idempotency)];
    const { outcome } = await this.#run('createNamespace', values, idempotency, signal);
    if (outcome === 'reused') return 'key-reused';
    if (outcome === 'known') return 'replayed';
    return outcome === 'exists' ? 'exists' : 'created';
  }

  async deleteNamespace(
    { name, idempotency }: { name: string; idempotency: Idempotency | null },
    signal: AbortSignal,
  ): Promise<
    | { kind: 'deleted' }
    | { kind: 'replayed' }
    | { kind: 'missing' }
    | { kind: 'in-use'; configs: number }
    | { kind: 'key-reused' }
  > {
    const values = [textValue(name, 'the name'), ...keyValues(idempotency)];
    const { outcome, answer } = await this.#run('deleteNamespace', values, idempotency, signal);
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
    },
    signal: AbortSignal,
  ): Promise<
    | { kind: 'deleted'; versions: number; lastVersion: Version }
    | { kind: 'replayed' }
    | { kind: 'missing' }
    | { kind: 'moved'; head: Version }
    | { kind: 'key-reused' }
  > {
    const { config, expectedHead, actor, idempotency } = input;
    const values = [
      ...[...configValues(config), expectedHead, ...actorValues(actor), ...keyValues(idempotency)],
    ];
    const { outcome, answer } = await this.#run('deleteConfig', values, idempotency, signal);
    if (outcome === 'missing') return { kind: 'missing' };
    if (outcome === 'reused') return { kind: 'key-reused' };
    if (outcome === 'moved') return { kind: 'moved', head: BigInt((answer as { head: string }).head) };
    if (outcome === 'known') return { kind: 'replayed' };
    const { versions, lastVersion } = answer as { versions: number; lastVersion: string };
    return { kind: 'deleted', versions, lastVersion: BigInt(lastVersion) };
  }

  async deleteVersion(
    input: { config: ConfigId; version: Version; actor: Actor; idempotency: Idempotency | null },
    signal: AbortSignal,
  ): Promise<'deleted' | 'replayed' | 'head' | 'gone' | 'key-reused'> {
    const { config, version, actor, idempotency } = input;
    const values = [...configValues(config), version, ...actorValues(actor), ...keyValues(idempotency)];
    const { outcome } = await this.#run('deleteVersion', values, idempotency, signal);
    if (outcome === 'reused') return 'key-reused';
    if (outcome === 'known') return 'replayed';
    return outcome === 'head' || outcome === 'gone' ? outcome : 'deleted';
  }

  /** Forgets old keys and old changes of the feed; how many, at most `batch` of each. */
  async rotate(
    limits: { keyMaxAgeMs: number; maxChanges: number; changeMaxAgeMs: number; batch: number },
    signal: AbortSignal,
  ): Promise<{ keys: number; changes: number }> {
    const { keyMaxAgeMs, maxChanges, changeMaxAgeMs, batch } = limits;
    const { rotateKeys, rotateChanges } = this.#statements;
    const [keys] = await this.#calls.run<{ gone: number }>(
      'rotateKeys',
      rotateKeys,
      [keyMaxAgeMs, batch],
      signal,
    );
    const values = [maxChanges, changeMaxAgeMs, batch];
    const [changes] = await this.#calls.run<{ gone: number }>('rotateChanges', rotateChanges, values, signal);
    return { keys: keys?.gone ?? 0, changes: changes?.gone ?? 0 };
  }

  async #run(
    name: keyof RequestStatements,
    values: readonly unknown[],
    idempotency: Idempotency | null,
    signal: AbortSignal,
  ): Promise<Answer> {
    const call = idempotency ? 'run' : 'runOnce';
    const [row] = await this.#calls[call]<Answer>(`requests.${name}`, this.#statements[name], values, signal);
    return row!;
  }
}

function keyValues(idempotency: Idempotency | null): unknown[] {
  if (!idempotency) return [null, null, null];
  const { principal, key, requestSha256 } = idempotency;
  return [textValue(principal, 'the user'), textValue(key, 'the idempotency key'), hashValue(requestSha256)];
}

const sha256Of = (change: Exclude<ChangeToSave, { kind: 'delete' }>): string =>
  change.kind === 'save' ? change.body.sha256 : change.sha256;

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
