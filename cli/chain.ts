/**
 * The hash chain over the versions of a config: each link calculated anew from what the database has, and compared with the
 * one that was stored when the version was saved. Pure: it needs no server. Invariant: what was changed, removed, added or
 * put under another number past Pawl is a fault that names the version; what Pawl itself deleted or purged is none.
 */
import { createHash } from 'node:crypto';
import type { DeletedVersion, LinkedFacts, LinkedVersion } from '../api/types.gen.ts';

export interface ChainFault {
  readonly version: number;
  /** `changed` in the parts that are named; `moved` to another number; `missing`; `unlinked`; `broken` before it. */
  readonly kind: 'changed' | 'moved' | 'missing' | 'unlinked' | 'broken';
  /** What is wrong, as a sentence. */
  readonly message: string;
}

/** What is no fault, and is said all the same. */
export interface ChainNote {
  readonly versions: string;
  readonly message: string;
}

export interface ChainVerdict {
  readonly namespace: string;
  readonly path: string;
  /** That are there now. */
  readonly versions: number;
  /** The newest link; to be written down where nobody with rights to the database can change it. null: there is none. */
  readonly head: { readonly version: number; readonly sha256: string } | null;
  readonly faults: readonly ChainFault[];
  readonly notes: readonly ChainNote[];
}

/** The parts of a version that are hashed apart, in the order of their hints, in the words of a person. */
const parts = [
  ['namespace, path, number or format', whereOf],
  ['text', (_place, facts) => Buffer.from(facts.content_sha256, 'hex')],
  ['author, requester or confirmer', whoOf],
  ['comment, kind or base', howOf],
  ['Git commit', gitOf],
  ['time', whenOf],
] as const satisfies readonly (readonly [string, (place: Place, facts: LinkedFacts) => Buffer])[];

interface Place {
  readonly namespace: string;
  readonly path: string;
  readonly version: number;
}

const hintBytes = 4;
/** Faults of one config that are compared with each other for numbers that were swapped. */
const mostMoved = 200;

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();

/** As PostgreSQL writes json_build_array(). */
const listed = (...values: readonly (string | number | boolean | null)[]): Buffer =>
  sha256(`[${values.map(value => JSON.stringify(value)).join(', ')}]`);

function whereOf({ namespace, path, version }: Place, { format }: LinkedFacts): Buffer {
  return listed(namespace, path, version, format);
}

function whoOf(_place: Place, { created_by, actor, actor_verified, confirmed_by }: LinkedFacts): Buffer {
  return listed(created_by, actor, actor_verified, confirmed_by);
}

function howOf(_place: Place, { kind, base_version, merged_onto, comment }: LinkedFacts): Buffer {
  return listed(kind, base_version, merged_onto, comment);
}

function gitOf(_place: Place, facts: LinkedFacts): Buffer {
  return listed(facts.git_commit, facts.git_branch, facts.git_dirty, facts.git_remote, facts.git_path);
}

function whenOf(_place: Place, { created_at, authored_at, authored_offset }: LinkedFacts): Buffer {
  return listed(created_at, authored_at, authored_offset);
}

/** @param previous hexadecimal; null: it is the first */
export function linkOf(
  previous: string | null,
  place: Place,
  facts: LinkedFacts,
): { sha256: string; hints: string } {
  const hashes = parts.map(([, hash]) => hash(place, facts));
  return {
    sha256: sha256(
      Buffer.concat([Buffer.from('pawl link 1'), Buffer.from(previous ?? '', 'hex'), ...hashes]),
    ).toString('hex'),
    hints: Buffer.concat(hashes.map(hash => hash.subarray(0, hintBytes))).toString('hex'),
  };
}

/** A version that does not fit its link, or has none. */
interface Misfit {
  readonly place: Place;
  readonly facts: LinkedFacts;
  /** The link of its number, and the one before that. */
  readonly link: { readonly sha256: string; readonly hints: string } | null;
  readonly previous: string | null;
}

/** Verifies one config; its numbers are added in their order. */
export class ChainCheck {
  readonly #namespace: string;
  readonly #path: string;
  #versions = 0;
  #previous: string | null = null;
  #last = 0;
  #head: ChainVerdict['head'] = null;
  readonly #misfits: Misfit[] = [];
  readonly #missing: { readonly place: Place; readonly link: string; readonly previous: string | null }[] =
    [];
  readonly #faults: ChainFault[] = [];
  readonly #notes = new Map<string, number[]>();

  constructor(namespace: string, path: string) {
    this.#namespace = namespace;
    this.#path = path;
  }

  add({ version, link, facts, deleted, waits }: LinkedVersion): void {
    const place = { namespace: this.#namespace, path: this.#path, version };
    if (facts) this.#versions += 1;
    if (!link) {
      if (facts) this.#withoutLink(place, facts, waits === true);
      return;
    }
    const previous = this.#previous;
    if (previous !== null && version > this.#last + 1)
      this.#note('numbers that a restore lost, or that were never saved', this.#last + 1, version - 1);
    if (facts) {
      if (linkOf(previous, place, facts).sha256 !== link.sha256)
        this.#misfits.push({ place, facts, link, previous });
      else if (link.late_at !== undefined)
        this.#note(
          `linked ${link.late_at.slice(0, 10)}, after they were saved: changes before that do not show`,
          version,
        );
    } else if (deleted?.by === undefined) {
      this.#missing.push({ place, link: link.sha256, previous });
      this.#faults.push({ version, kind: 'missing', message: missingBecause(deleted) });
    } else this.#note(deletedBy(deleted), version);
    this.#previous = link.sha256;
    this.#last = version;
    this.#head = { version, sha256: link.sha256 };
  }

  verdict(): ChainVerdict {
    return {
      ...{ namespace: this.#namespace, path: this.#path, versions: this.#versions, head: this.#head },
      faults: [...this.#faults, ...this.#misfits.map(misfit => this.#faultOf(misfit))].sort(
        (a, b) => a.version - b.version,
      ),
      notes: [...this.#notes].map(([message, versions]) => ({ versions: ranges(versions), message })),
    };
  }

  #withoutLink(place: Place, facts: LinkedFacts, waits: boolean): void {
    if (waits)
      this.#note('not linked yet: the operator does it after its start, some at a time', place.version);
    else this.#misfits.push({ place, facts, link: null, previous: null });
  }

  #faultOf(misfit: Misfit): ChainFault {
    const { place, facts, link, previous } = misfit;
    const { version } = place;
    const saved = this.#savedAs(misfit);
    if (saved !== null)
      return { version, kind: 'moved', message: `was saved as version ${saved}, and has another number now` };
    if (link === null)
      return {
        version,
        kind: 'unlinked',
        message: 'has no link: it was put into the database past Pawl, or its link was removed',
      };
    const { hints } = linkOf(previous, place, facts);
    const width = hintBytes * 2;
    const differing = parts.flatMap(([name], n) =>
      hints.slice(n * width, (n + 1) * width) === link.hints.slice(n * width, (n + 1) * width) ? [] : [name],
    );
    if (differing.length > 0)
      return {
        version,
        kind: 'changed',
        message: `was changed since it was saved: its ${differing.join('; its ')}`,
      };
    const before = previous === null ? 'what was before it' : 'the link before it';
    return {
      version,
      kind: 'broken',
      message: `does not follow ${before}: a version or a link before it was removed or changed`,
    };
  }

  /** The number that these facts were saved under, where that is one of those that do not fit. */
  #savedAs({ place, facts }: Misfit): number | null {
    const others = [
      ...this.#misfits.flatMap(({ place: at, link, previous }) =>
        link === null ? [] : [{ place: at, link: link.sha256, previous }],
      ),
      ...this.#missing,
    ];
    const found = others
      .slice(0, mostMoved)
      .find(
        other =>
          other.place.version !== place.version &&
          linkOf(other.previous, { ...place, version: other.place.version }, facts).sha256 === other.link,
      );
    return found?.place.version ?? null;
  }

  #note(message: string, from: number, to = from): void {
    const versions = this.#notes.get(message) ?? [];
    this.#notes.set(message, versions);
    versions.push(from, to);
  }
}

function missingBecause(deleted: DeletedVersion | undefined): string {
  if (deleted === undefined) return 'is missing, and Pawl did not delete it';
  return `was deleted past Pawl at ${deleted.at}, by database role ${deleted.login}`;
}

function deletedBy({ at, by, reason }: DeletedVersion): string {
  const done = reason === undefined ? 'deleted' : 'purged';
  return `${done} by ${by} on ${at.slice(0, 10)}${reason === undefined ? '' : `: ${reason}`}`;
}

/** `1-4, 7` of pairs of ends, in their order. */
function ranges(ends: readonly number[]): string {
  const found: [number, number][] = [];
  for (let n = 0; n < ends.length; n += 2) {
    const [from, to] = [ends[n]!, ends[n + 1]!];
    const last = found.at(-1);
    if (last && last[1] + 1 === from) last[1] = to;
    else found.push([from, to]);
  }
  return found.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}
