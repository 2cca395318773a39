/**
 * Brings a batch of commits into the history: look at each config, decide each (pure), read each text, save all or none in
 * one transaction. A commit whose text cannot be read is passed over, and the others stay in their order. Invariant: a
 * batch may be sent again at any time, and what it did before is answered as known.
 */
import { setImmediate } from 'node:timers/promises';
import type { PlaceInLine } from '../../runtime/offload.ts';
import type { Body, Format } from '../../text/format.ts';
import { formatToImport, refuseImport } from '../core/import.ts';
import type { Law } from '../core/law.ts';
import type { Refusal } from '../core/refusal.ts';
import { underSecrets } from '../core/under-secrets.ts';
import type { CommitToImport, VersionToImport } from '../words/imports.ts';
import type { Actor, ConfigId, Version, View } from '../words/model.ts';
import { unstorable } from './decider.ts';
import { Floor, type HighestSeen, nothingSeen } from './floor.ts';
import type { ImportStore, Store } from './ports.ts';
import { policyQuotas, type Quotas } from './quotas.ts';
import type { Thinker } from './thinker.ts';

/** Configs looked at at the same time. */
const concurrency = 8;
const maxTries = 10;
/** Characters read before others have their turn. */
const readAtOnce = 64 * 1024;

export interface ImportRequest {
  readonly namespace: string;
  /** At least one, in the order of the history; all of this namespace. */
  readonly commits: readonly CommitToImport[];
  readonly actor: Actor;
  readonly law: Law;
}

export type ImportAnswer =
  | { readonly kind: 'imported' | 'known'; readonly version: Version }
  /** Its text cannot be a version. */
  | { readonly kind: 'skipped'; readonly refusal: Refusal };

export type Imported =
  /** In the order of the commits. */
  | { readonly kind: 'written'; readonly answers: readonly ImportAnswer[] }
  /** One config refuses, so nothing was imported. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'busy' | 'untold' };

type Reading = Body | Refusal;

export class Imports {
  readonly #store: Pick<Store, 'look'>;
  readonly #imports: ImportStore;
  readonly #thinker: Thinker;
  readonly #floor: Floor;
  readonly #quotas: Pick<Quotas, 'quotaOf'>;

  constructor(
    store: Pick<Store, 'look' | 'raiseFloor'>,
    imports: ImportStore,
    thinker: Thinker,
    highestSeen: HighestSeen = () => nothingSeen,
    quotas: Pick<Quotas, 'quotaOf'> = policyQuotas,
  ) {
    this.#quotas = quotas;
    this.#store = store;
    this.#imports = imports;
    this.#thinker = thinker;
    this.#floor = new Floor(store, highestSeen);
  }

  /** Rejects with OffloadBusy where the tenant's line for heavy texts is full. */
  async import(request: ImportRequest, place: PlaceInLine, signal: AbortSignal): Promise<Imported> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const views = await this.#look(request, signal);
      if (views === 'untold') return { kind: 'untold' };
      if (views === 'learned') continue;
      const readings = await this.#read(request, views, place);
      const written = await this.#save(request, views, readings, signal);
      if (written !== 'raced') return written;
      const refusal = refusalAmong(request, views);
      if (refusal) return { kind: 'refused', refusal };
    }
    return { kind: 'busy' };
  }

  async #look(
    { commits }: ImportRequest,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, View> | 'learned' | 'untold'> {
    const first = [...new Map(commits.map(commit => [commit.config.path, commit])).values()];
    const views = new Map<string, View>();
    for (let from = 0; from < first.length; from += concurrency) {
      const some = first.slice(from, from + concurrency).map(async commit => {
        const { config } = commit;
        const view = await this.#store.look({ config, source: nobody, baseVersion: null }, signal);
        views.set(config.path, view);
        return this.#floor.learn(config, formatToImport(commit, view), view, signal);
      });
      const learned = await Promise.all(some);
      if (learned.includes('untold')) return 'untold';
      if (learned.includes('learned')) return 'learned';
    }
    return views;
  }

  async #read(
    { commits, law }: ImportRequest,
    views: ReadonlyMap<string, View>,
    place: PlaceInLine,
  ): Promise<Reading[]> {
    const readings: Reading[] = [];
    let characters = 0;
    for (const commit of commits) {
      const { config, text } = commit;
      const format = formatToImport(commit, views.get(config.path)!);
      readings.push(await this.#readOne({ config, text, format }, law, place));
      characters += text.length;
      if (characters < readAtOnce) continue;
      characters = 0;
      await setImmediate();
    }
    return readings;
  }

  /** A text that holds a secret cannot be a version where those are refused. */
  async #readOne(
    one: { readonly config: ConfigId; readonly text: string; readonly format: Format },
    law: Law,
    place: PlaceInLine,
  ): Promise<Reading> {
    const reading = await this.#thinker.read(one, law, place);
    if ('kind' in reading || law.policy.secrets !== 'Refuse') return reading;
    const { config, text, format } = one;
    const search = await this.#thinker.secrets.search(text, format, null, place);
    const ofSearch = { policy: 'Refuse', search, head: null, proposed: null } as const;
    const searched = underSecrets({ config }, { kind: 'import' }, ofSearch);
    return 'refusal' in searched ? searched.refusal : reading;
  }

  /** `raced`: a head is not the one that the import goes on after, which is for a look to say why. */
  async #save(
    { namespace, commits, actor, law }: ImportRequest,
    views: ReadonlyMap<string, View>,
    readings: readonly Reading[],
    signal: AbortSignal,
  ): Promise<Imported | 'raced'> {
    const accepted = commits.flatMap((commit, index): (VersionToImport & { readonly index: number })[] => {
      const body = readings[index]!;
      if ('kind' in body) return [];
      const format: Format = formatToImport(commit, views.get(commit.config.path)!);
      return [{ ...toImport(commit, expectedHead(commit, views)), body, format, index }];
    });
    const answers = readings.map((reading): ImportAnswer | null =>
      'kind' in reading ? { kind: 'skipped', refusal: reading } : null,
    );
    if (accepted.length === 0) return { kind: 'written', answers: answers as ImportAnswer[] };
    const quota = this.#quotas.quotaOf(namespace, law.policy);
    try {
      const result = await this.#imports.importVersions(
        { namespace, versions: accepted, actor, quota },
        signal,
      );
      if (result.kind === 'raced') return 'raced';
      if (result.kind === 'exceeded') {
        const { config } = commits[0]!;
        return {
          kind: 'refused',
          refusal: { kind: 'over-quota', config, exceeded: result.exceeded, head: null },
        };
      }
      for (const [at, { version, known }] of result.versions.entries())
        answers[accepted[at]!.index] = { kind: known ? 'known' : 'imported', version };
      return { kind: 'written', answers: answers as ImportAnswer[] };
    } catch (error) {
      return { kind: 'refused', refusal: unstorable(commits[0]!.config, error) };
    }
  }
}

/** Nothing is imported onto a head that this rule refuses, whatever the store would say to the number. */
const never = -1n;

function expectedHead(commit: CommitToImport, views: ReadonlyMap<string, View>): Version {
  return refuseImport(commit, views.get(commit.config.path)!) ? never : commit.after;
}

function refusalAmong({ commits }: ImportRequest, views: ReadonlyMap<string, View>): Refusal | null {
  for (const commit of commits) {
    const refusal = refuseImport(commit, views.get(commit.config.path)!);
    if (refusal) return refusal;
  }
  return null;
}

const toImport = (
  { config, author, authored, comment, git }: CommitToImport,
  expected: Version,
): Omit<VersionToImport, 'body' | 'format'> => ({
  ...{ config, author, authored, comment, git, expectedHead: expected },
});

/** A source without a name has no line. */
const nobody = { cluster: '', namespace: '', name: '' } as const;
