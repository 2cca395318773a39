/**
 * Looks at the latest versions of all configs that a schema is about, after it changed, one after another in the
 * background. Invariants: nothing is refused or changed by it; one text is read and checked at a time, and as long as a
 * page took, nothing is done after it, so that saves never wait for it; a schema that changes meanwhile begins anew.
 */
import { violationWords } from '../../history/core/names.ts';
import type { SchemaChecker } from '../../history/settle/schema-checker.ts';
import { isStoreAway } from '../../history/settle/store-failure.ts';
import type {
  ConfigRecord,
  Head,
  Page,
  PageRequest,
  SearchQuery,
  Visible,
} from '../../history/words/history.ts';
import type { ConfigId } from '../../history/words/model.ts';
import type { AppliedSchema, SchemaFinding } from '../../history/words/schema.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { LatestUnderSchema } from '../object/config-schema.ts';
import { type ConfigSchemaKey, configSchemaKey } from '../object/key.ts';
import type { Cluster } from './ports.ts';

/** What was violated may be mended, and what only warns may be violated again: looked at again after this long. */
const againMs = 600_000;
const retryMs = 5_000;
const pageSize = 100;
/** Configs that a status names. */
const maxNamed = 20;
const maxMessage = 300;
/** Its own line in the thread. */
const place = { line: ' rechecks' } as const;

export interface RechecksOptions {
  readonly cluster: Pick<Cluster, 'schemas' | 'configSchemas'>;
  readonly history: {
    search(
      query: SearchQuery,
      visible: Visible,
      page: PageRequest,
      signal: AbortSignal,
    ): Promise<Page<ConfigRecord>>;
    head(config: ConfigId, signal: AbortSignal): Promise<Head>;
  };
  readonly checker: Pick<SchemaChecker, 'verdict' | 'check'>;
  readonly clock: Clock;
  readonly wake: (key: ConfigSchemaKey) => void;
  readonly failed: (what: string, error: unknown) => void;
}

interface Result {
  readonly state: string;
  readonly latest: LatestUnderSchema;
  readonly at: number;
}

export class Rechecks {
  readonly #options: RechecksOptions;
  readonly #results = new Map<string, Result>();
  #changed = Promise.withResolvers<void>();

  constructor(options: RechecksOptions) {
    this.#options = options;
  }

  /** What the latest versions come to under this state of a schema; null: not known yet. */
  resultOf(applied: AppliedSchema): LatestUnderSchema | null {
    const known = this.#results.get(applied.name);
    return known?.state === this.#stateOf(applied.name) ? known.latest : null;
  }

  /** There is something to look at. */
  nudge(): void {
    this.#changed.resolve();
  }

  /** Until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, failed } = this.#options;
    while (!signal.aborted) {
      const changed = Promise.withResolvers<void>();
      this.#changed = changed;
      let waitMs = againMs;
      try {
        for (const { metadata } of this.#options.cluster.configSchemas())
          await this.#recheck(metadata.name, signal);
        this.#forget();
      } catch (error) {
        if (signal.aborted) return;
        if (!isStoreAway(error)) failed('looking at latest versions under a changed schema', error);
        waitMs = retryMs;
      }
      const waited = new AbortController();
      const over = AbortSignal.any([signal, waited.signal]);
      await Promise.race([changed.promise, clock.sleep(waitMs, over).catch(() => undefined)]);
      waited.abort(new Error('woken'));
    }
  }

  async #recheck(name: string, signal: AbortSignal): Promise<void> {
    const { cluster, checker, clock, wake } = this.#options;
    const applied = cluster.schemas().named(name);
    const state = this.#stateOf(name);
    if (!applied || state === null) return;
    const known = this.#results.get(name);
    if (known?.state === state) {
      const isSettled = known.latest.violating === 0 && applied.enforcement === 'Refuse';
      if (isSettled || clock.monotonic() - known.at < againMs) return;
    }
    if (!(await checker.verdict(applied.set)).ok) return;
    const latest = await this.#lookAt(name, state, signal);
    if (!latest) return;
    this.#results.set(name, { state, latest, at: clock.monotonic() });
    wake(configSchemaKey(name));
  }

  /** Null: the schema changed meanwhile. */
  async #lookAt(name: string, state: string, signal: AbortSignal): Promise<LatestUnderSchema | null> {
    const { cluster, history, clock } = this.#options;
    const violations: NonNullable<LatestUnderSchema['violations']> = [];
    let [checked, violating, after] = [0, 0, null as string | null];
    do {
      const startedAt = clock.monotonic();
      const page = await history.search({ prefix: '' }, 'all', { after, limit: pageSize }, signal);
      for (const { config } of page.items) {
        if (this.#stateOf(name) !== state) {
          this.nudge();
          return null;
        }
        const applied = cluster
          .schemas()
          .for(config)
          ?.find(one => one.name === name);
        if (!applied) continue;
        const { found, version } = await this.#check(config, applied, signal);
        checked += 1;
        if (!found) continue;
        violating += 1;
        if (violations.length < maxNamed) violations.push({ ...config, version, message: wordsOf(found) });
      }
      after = page.next;
      await clock.sleep(Math.min(1_000, clock.monotonic() - startedAt), signal);
    } while (after !== null);
    return { checked, violating, ...(violations.length > 0 && { violations }) };
  }

  async #check(config: ConfigId, applied: AppliedSchema, signal: AbortSignal) {
    const head = await this.#options.history.head(config, signal);
    if (!head.record) return { found: undefined, version: '' };
    const { format, head: latest } = head.record;
    const [found] = await this.#options.checker.check([applied], head.text, format, { ...place, signal });
    return { found, version: String(latest.version) };
  }

  /** What a result depends on; null: there is no such schema. */
  #stateOf(name: string): string | null {
    const object = [...this.#options.cluster.configSchemas()].find(({ metadata }) => metadata.name === name);
    const applied = this.#options.cluster.schemas().named(name);
    if (!object || !applied) return null;
    const { namespaces = null, paths = null } = object.spec;
    return JSON.stringify([object.metadata.uid, namespaces, paths, applied.enforcement, applied.set.sha256]);
  }

  #forget(): void {
    for (const name of this.#results.keys()) if (this.#stateOf(name) === null) this.#results.delete(name);
  }
}

function wordsOf(found: SchemaFinding): string {
  const said =
    found.kind === 'violated' ? violationWords(found.violations[0]!) : `took too long: ${found.why}`;
  return said.length > maxMessage ? `${said.slice(0, maxMessage - 1)}…` : said;
}
