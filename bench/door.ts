/** A door to a config's text as the measurement sees it, and what all doors have in common. */
import { readSettings } from '../operator/config.ts';

export interface Door extends AsyncDisposable {
  readonly name: string;
  /** Of the latest version. Rejects when it is not answered with one. */
  read(path: string): Promise<void>;
  /** On top of `base`; null: this door does not save. Rejects when it becomes no version, or another than `base` + 1. */
  readonly save: ((path: string, base: number, text: string) => Promise<void>) | null;
}

/** A config namespace, and a namespace of Kubernetes, so that kubectl's door leads there. */
export const doorsNamespace = 'bench-doors';

/** As many at a time, and as many connections to PostgreSQL, as the operator has by default. */
export const {
  workers: width,
  databaseConnections,
  databaseSchema,
} = readSettings([], { DATABASE_URL: 'postgres://floor' });
