/**
 * Saves of objects that go together: those that are ready at about the same time are one statement. Invariant: each has
 * the outcome that it would have had alone. The statement only saves what it can save without a doubt, and leaves
 * everything else as it was, for its caller to ask alone.
 */
import type { Clock } from '../../runtime/clock.ts';
import type { Save, Saved } from '../words/save.ts';
import type { Calls } from './calls.ts';
import { saveProposals } from './functions.ts';
import { StoreError } from './store-error.ts';
import { Together } from './together.ts';

/** Few statements, because each holds a connection; and few saves in one, because all of them wait for its end. */
const company = { atOnce: 4, most: 16 };
/** Longer texts go alone, so that a statement stays small. */
const longest = 64 * 1024;
/**
 * While others are about to save, an object that waited for its turn may wait a little longer: eight together cost
 * PostgreSQL a quarter of what each would cost alone.
 */
const patience = { ms: 40, enough: 8 };

export interface CompanyOptions {
  readonly calls: Calls;
  readonly clock: Clock;
  /** Whether more saves are about to come. */
  readonly isBusy: () => boolean;
}

interface SavedRow {
  /** Place among those asked about, from 1. */
  readonly n: number;
  readonly config_id: string;
  readonly version: string;
  readonly created_at: Date;
}

export class SaveCompany {
  readonly #calls: Calls;
  readonly #together: Together<Save, Saved | null>;

  constructor({ calls, clock, isBusy }: CompanyOptions) {
    this.#calls = calls;
    this.#together = new Together(this.#save.bind(this), {
      ...company,
      failsAll: isAway,
      patience: { ...patience, clock, isWorthIt: isBusy },
    });
  }

  /** Null: nothing was saved; it is to be asked alone. Rejects with a StoreError, or with the signal's reason. */
  async save(save: Save, signal: AbortSignal): Promise<Saved | null> {
    if (save.quota !== null || save.version.body.text.length > longest) return null;
    return this.#together.ask(save, signal);
  }

  async #save(saves: readonly Save[], signal: AbortSignal): Promise<readonly (Saved | null)[]> {
    const asked = oneOfEach(saves);
    // Alone it costs less, and its answer says more.
    if (asked.length === 1) return saves.map(() => null);
    const saved = new Map<Save, Saved>();
    for (const row of await this.#ask(asked, signal)) {
      const save = asked[row.n - 1]!;
      saved.set(save, toSaved(save, row));
    }
    return saves.map(save => saved.get(save) ?? null);
  }

  /** What is wrong with one of them is found out by asking each alone. */
  async #ask(saves: readonly Save[], signal: AbortSignal): Promise<SavedRow[]> {
    try {
      return await this.#calls.tryCall<readonly Save[], SavedRow>(saveProposals, saves, signal);
    } catch (error) {
      if (signal.aborted || isAway(error)) throw error;
      return [];
    }
  }
}

/** To ask once more would only take as long again. */
const isAway = (error: unknown): boolean =>
  error instanceof StoreError && error.reason === 'Unavailable' && !error.transient;

/** The first of each config: the others find another version there than they expect. */
function oneOfEach(saves: readonly Save[]): Save[] {
  const seen = new Set<string>();
  return saves.filter(({ config: { namespace, path } }) => {
    const key = `${namespace}\n${path}`;
    return !seen.has(key) && seen.add(key);
  });
}

function toSaved({ proposal, version }: Save, row: SavedRow): Saved {
  const { uid, generation, sha256, baseVersion } = proposal;
  const { body, kind, actor } = version;
  const number = BigInt(row.version);
  return {
    ...{ kind: 'saved', version: number, configId: row.config_id, createdAt: row.created_at },
    line: {
      ...{ uid, generation, sha256, baseVersion, version: number, contentSha256: body.sha256, actor },
      acceptedAs: kind === 'merged' || kind === 'confirmed' ? 'Merged' : 'Saved',
      supersededBy: null,
    },
  };
}
