/**
 * Searches texts for secrets: what a look finds nothing in is not searched, and what may take its time is searched in the
 * thinker's thread. Invariant: every search ends, in bounded time and memory.
 */
import { type Offload, OffloadLimit, type PlaceInLine } from '../../runtime/offload.ts';
import { lookForSecrets, searchSecrets } from '../../secret/search.ts';
import type { Format } from '../../text/format.ts';
import type { ContestedPlace } from '../core/refusal.ts';
import type { SecretSearch } from '../words/secret.ts';

/** As the thread knows them. */
export const secretTasks = { searchSecrets } as const;

/** One text; a thread that was just started has to load its rules, too. */
const searchMs = 5_000;
/** Texts from this length on, in characters, are looked at in the thread only, and from a shorter one searched there. */
const heavyToLookAt = 64 * 1024;
const heavyToSearch = 8 * 1024;

/** Of each side of a place, so many characters: messages hold fewer, and a key is told by its name. */
const maxSide = 256;

/** Whether a side of a place that clashes looks like a secret, by the name of its key or by itself. */
export function mayHoldSecret({ path, base, current, proposed }: ContestedPlace): boolean {
  const sides = [base, current, proposed];
  return sides.some(
    side => side !== null && lookForSecrets(`${path}: ${side.text.slice(0, maxSide)}\n`) !== 'clean',
  );
}

export class SecretSearcher {
  readonly #offload: Offload;

  constructor(offload: Offload) {
    this.#offload = offload;
  }

  /**
   * Rejects with OffloadBusy, or the signal's reason.
   * @param before the text that this one takes the place of; null: everything counts as new
   */
  async search(
    text: string,
    format: Format,
    before: string | null,
    place: PlaceInLine = {},
  ): Promise<SecretSearch> {
    const look = text.length < heavyToLookAt ? lookForSecrets(text) : 'doubtful';
    if (look === 'clean') return { kind: 'clean' };
    const isLight = look === 'suspect' && Math.max(text.length, before?.length ?? 0) < heavyToSearch;
    if (isLight && (before === null || lookForSecrets(before) !== 'doubtful'))
      return searchSecrets(text, format, before);
    try {
      const args = [text, format, before];
      return (await this.#offload.run('searchSecrets', args, {
        ...place,
        maxCpuMs: searchMs,
      })) as SecretSearch;
    } catch (error) {
      if (!(error instanceof OffloadLimit)) throw error;
      return { kind: 'unfinished', why: error.message };
    }
  }
}
