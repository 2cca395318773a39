/**
 * What one request keeps in memory beside its own texts: those that were made of them, such as merged ones, and what a
 * refusal shows. Invariant: a request that is decided again takes room only for what it keeps more than before.
 */
import type { Decided } from './change.ts';

/** What is kept is kept once more as the answer, or as what is sent to the database. */
const times = 2;
/** Less than this is not counted. */
const least = 16 * 1024;

export class Room {
  readonly #hold: (bytes: number) => void;
  #kept = 0;
  #held = 0;

  /** @param hold throws where there is no room */
  constructor(hold: (bytes: number) => void = () => undefined) {
    this.#hold = hold;
  }

  /** Nothing of an earlier try is kept. */
  begin(): void {
    this.#kept = 0;
  }

  keep({ change, decision }: Decided): void {
    this.#kept += times * lettersIn(decision, change.kind === 'delete' ? null : change.text);
    const more = this.#kept - this.#held;
    if (more < least) return;
    this.#hold(more);
    this.#held = this.#kept;
  }
}

/** Of all texts but the request's own. */
function lettersIn(value: unknown, own: string | null): number {
  if (typeof value === 'string') return value === own ? 0 : value.length;
  if (typeof value !== 'object' || value === null) return 0;
  // What was read from it was counted with it.
  if (own !== null && 'text' in value && value.text === own) return 0;
  let letters = 0;
  for (const part of Object.values(value)) letters += lettersIn(part, own);
  return letters;
}
