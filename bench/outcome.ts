/**
 * The result of a measurement: one or more cases, each a flat row of named numbers, so that repeating, printing and
 * storing need not know what was measured. Pure. Invariant: a figure that could not be taken is null, never 0.
 */
import { type Spread, spreadOf } from './statistics.ts';

export type Figures = Readonly<Record<string, number | null>>;

export interface Outcome {
  /** Name of the measurement, as on the command line. */
  readonly bench: string;
  /** Which case of it, such as `idle`; empty when there is one. */
  readonly variant: string;
  readonly n: number;
  readonly bytes: number;
  readonly figures: Figures;
}

/** The same case of several runs: the middle value of every figure, and how far they lie apart. */
export interface Summary extends Outcome {
  readonly runs: number;
  readonly spread: Readonly<Record<string, Spread>>;
}

/** Cases in the order of the first run. */
export function summarise(runs: readonly (readonly Outcome[])[]): Summary[] {
  const [first = []] = runs;
  return first.map(one => {
    const same = runs.flatMap(run => run.filter(other => keyOf(other) === keyOf(one)));
    const figures: Record<string, number | null> = {};
    const spread: Record<string, Spread> = {};
    for (const name of Object.keys(one.figures)) {
      const values = same.map(({ figures }) => figures[name]).filter(value => typeof value === 'number');
      figures[name] = values.length === 0 ? null : spreadOf(values).median;
      if (values.length > 0) spread[name] = spreadOf(values);
    }
    return { ...one, figures, runs: same.length, spread };
  });
}

export const keyOf = ({ bench, variant, n, bytes }: Outcome) => `${bench}/${variant}/${n}/${bytes}`;

/** What this case costs an object, as a multiple of what the other does. */
export function growthOf(small: Figures, large: Figures, name: string): number | null {
  const [few, many] = [small[name], large[name]];
  return typeof few === 'number' && typeof many === 'number' && few > 0 ? many / few : null;
}
