/**
 * Holds texts against schemas in the thinker's thread, where no pattern and no recursion can hold up anything else.
 * Invariants: every check ends, in bounded time and memory, and one that does not end by itself is told as a finding of
 * its schema; a schema that is wrong finds nothing; of several tenants each has its turn.
 */
import type { Clock } from '../../runtime/clock.ts';
import { type Offload, OffloadLimit, type PlaceInLine } from '../../runtime/offload.ts';
import { checkText, type SchemaAnswer, verdictOf } from '../../schema/check.ts';
import type { Format } from '../../text/format.ts';
import { formats } from '../../text/formats.ts';
import type { AppliedSchema, SchemaFinding, SchemaSet, SchemaVerdict } from '../words/schema.ts';

/** As the thread knows them. */
export const schemaTasks = { checkText, verdictOf } as const;

/** One text under one schema; a thread that was just started has to compile that once more. */
const checkMs = 2_000;
/** A schema that took too long to be compiled is tried again after this long: the machine may have been busy. */
const retryMs = 600_000;
/** Verdicts remembered: one for each state of a schema. */
const maxVerdicts = 1_000;

export class SchemaChecker {
  readonly #offload: Offload;
  readonly #verdicts = new Map<string, Promise<SchemaVerdict>>();

  /** Of schemas that took too long. */
  readonly #retryAt = new Map<string, number>();
  readonly #clock: Pick<Clock, 'monotonic'>;

  constructor(offload: Offload, clock: Pick<Clock, 'monotonic'>) {
    this.#offload = offload;
    this.#clock = clock;
  }

  /** Whether a schema can be used. Asked once for each state of it. */
  verdict(set: SchemaSet): Promise<SchemaVerdict> {
    const known = this.#verdicts.get(set.sha256);
    const retryAt = this.#retryAt.get(set.sha256) ?? Number.POSITIVE_INFINITY;
    if (known !== undefined && this.#clock.monotonic() < retryAt) return known;
    this.#retryAt.delete(set.sha256);
    const asked = this.#compile(set);
    this.#verdicts.set(set.sha256, asked);
    // What was not answered is asked again.
    asked.catch(() => this.#verdicts.delete(set.sha256));
    if (this.#verdicts.size > maxVerdicts) this.#forget(this.#verdicts.keys().next().value!);
    return asked;
  }

  #forget(sha256: string): void {
    this.#verdicts.delete(sha256);
    this.#retryAt.delete(sha256);
  }

  /** Of no caller, whose going away must not end what others wait for. */
  async #compile(set: SchemaSet): Promise<SchemaVerdict> {
    try {
      return (await this.#offload.run('verdictOf', [set], { line: compiling })) as SchemaVerdict;
    } catch (error) {
      if (!(error instanceof OffloadLimit)) throw error;
      this.#retryAt.set(set.sha256, this.#clock.monotonic() + retryMs);
      return { ok: false, why: `${error.message} to compile` };
    }
  }

  /**
   * What the schemas say to a text, those that say nothing left out. Rejects with OffloadBusy, or the signal's reason.
   */
  async check(
    schemas: readonly AppliedSchema[],
    text: string,
    format: Format,
    place: PlaceInLine = {},
  ): Promise<readonly SchemaFinding[]> {
    const findings: SchemaFinding[] = [];
    if (!formats[format].hasValue) return findings;
    for (const { name: schema, enforcement, set } of schemas) {
      if (!(await this.verdict(set)).ok) continue;
      const answer = await this.#checkOne(set, text, format, place);
      if (answer.kind === 'violated' || answer.kind === 'unfinished')
        findings.push({ ...answer, schema, enforcement });
    }
    return findings;
  }

  async #checkOne(set: SchemaSet, text: string, format: Format, place: PlaceInLine): Promise<SchemaAnswer> {
    try {
      const args = [text, format, set];
      return (await this.#offload.run('checkText', args, { ...place, maxCpuMs: checkMs })) as SchemaAnswer;
    } catch (error) {
      if (!(error instanceof OffloadLimit)) throw error;
      return { kind: 'unfinished', why: error.message };
    }
  }
}

/** Schemas to be compiled wait in a line of their own. */
const compiling = ' schemas';
