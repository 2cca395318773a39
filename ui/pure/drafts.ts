/**
 * What somebody typed and has not saved, kept on their own computer: one draft for each time a text is edited, so that
 * two windows on the same config never write over each other. Invariant: a draft is gone only when it was saved or thrown
 * away, and is offered to the same person only.
 */

import type { Decisions } from './clash.ts';

export interface Draft {
  readonly id: string;
  readonly user: string;
  readonly namespace: string;
  readonly path: string;
  /** The version the text was edited from; 0: the config is not there yet. */
  readonly base: number;
  readonly text: string;
  readonly comment: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What was decided about the places of a clash, by the text that showed them. */
  readonly settled?: { readonly marked: string; readonly decisions: Decisions };
  /** What a save of this very text was sent with: a merge, or the result of a clash. */
  readonly sent?: string;
}

/** As localStorage; full when `set` throws. */
export interface Shelf {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const root = 'pawl-draft';

/** Such as `pawl-draft/payments/limits/eu.yaml?ID`: no path has a question mark. */
const keyOf = ({ namespace, path, id }: Pick<Draft, 'namespace' | 'path' | 'id'>) =>
  `${root}/${namespace}/${path}?${id}`;

export interface Place {
  readonly user: string;
  readonly namespace: string;
  readonly path: string;
}

export class Drafts {
  readonly #shelf: Shelf;
  readonly #listeners = new Set<() => void>();
  #changes = 0;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  /** How often something changed, so that a page knows that it shows what lies here. */
  get changes(): number {
    return this.#changes;
  }

  /** @returns what ends it */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Another tab writes on the same shelf. @param key null: all of it */
  changedElsewhere(key: string | null): void {
    if (key === null || key.startsWith(`${root}/`)) this.#changed();
  }

  /** @returns false: there is no room left for it */
  keep(draft: Draft): boolean {
    try {
      this.#shelf.setItem(keyOf(draft), JSON.stringify(draft));
    } catch {
      return false;
    }
    this.#changed();
    return true;
  }

  discard(draft: Pick<Draft, 'namespace' | 'path' | 'id'>): void {
    const key = keyOf(draft);
    if (this.#shelf.getItem(key) === null) return;
    this.#shelf.removeItem(key);
    this.#changed();
  }

  find(place: Place, id: string): Draft | null {
    const draft = this.#read(keyOf({ ...place, id }));
    return draft && draft.user === place.user ? draft : null;
  }

  /** Of one config, the newest first. */
  of(place: Place): readonly Draft[] {
    return this.all(place.user).filter(
      ({ namespace, path }) => namespace === place.namespace && path === place.path,
    );
  }

  /** The newest first. */
  all(user: string): readonly Draft[] {
    const keys = Array.from({ length: this.#shelf.length }, (_, index) => this.#shelf.key(index) ?? '');
    return keys
      .filter(key => key.startsWith(`${root}/`))
      .map(key => this.#read(key))
      .filter(draft => draft !== null && draft.user === user)
      .sort((a, b) => b!.at - a!.at || (a!.id < b!.id ? -1 : 1)) as Draft[];
  }

  #changed(): void {
    this.#changes += 1;
    for (const listener of this.#listeners) listener();
  }

  #read(key: string): Draft | null {
    try {
      const value = JSON.parse(this.#shelf.getItem(key) ?? 'null') as Draft | null;
      if (value === null || typeof value.text !== 'string' || typeof value.base !== 'number') return null;
      return keyOf(value) === key ? value : null;
    } catch {
      return null;
    }
  }
}
