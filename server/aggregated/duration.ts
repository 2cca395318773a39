/** A length of time as kubectl prints it: two numbers at most, coarser for longer times. */

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** The longest time for each unit, and whether the rest follows in the next smaller unit. */
const steps: readonly [
  limit: number,
  unit: number,
  letter: string,
  smaller: number,
  smallerLetter: string,
][] = [
  [2 * minute, second, 's', 0, ''],
  [10 * minute, minute, 'm', second, 's'],
  [3 * hour, minute, 'm', 0, ''],
  [8 * hour, hour, 'h', minute, 'm'],
  [2 * day, hour, 'h', 0, ''],
  [8 * day, day, 'd', hour, 'h'],
  [2 * year, day, 'd', 0, ''],
  [8 * year, year, 'y', day, 'd'],
  [Number.POSITIVE_INFINITY, year, 'y', 0, ''],
];

/** @param ms negative where a clock is behind, which prints as 0s */
export function humanDuration(ms: number): string {
  const length = Math.max(0, ms);
  const [, unit, letter, smaller, smallerLetter] = steps.find(([limit]) => length < limit)!;
  const rest = smaller === 0 ? 0 : Math.floor((length % unit) / smaller);
  return `${Math.floor(length / unit)}${letter}${rest > 0 ? `${rest}${smallerLetter}` : ''}`;
}
