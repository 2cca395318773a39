/** A measurement, as main.ts knows it. Each is given servers nobody used before it. */
import type { Outcome } from './outcome.ts';
import type { Parts } from './parts.ts';

export interface MeasureOptions {
  readonly n: number;
  readonly bytes: number;
  /** ConfigMaps of others in the cluster, 20 KiB each. */
  readonly foreign: number;
  /** Edits a second, and for how long. */
  readonly edits: number;
  readonly seconds: number;
  progress(text: string): void;
}

export type Measure = (parts: Parts, options: MeasureOptions) => Promise<readonly Outcome[]>;
