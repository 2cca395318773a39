/**
 * One thing as the three sides of a merge have it. Invariant: the sides are never passed in a row, so none of them
 * can be taken for another.
 */
export interface Three<T> {
  readonly base: T;
  readonly current: T;
  readonly proposed: T;
}

/** The same question asked of each side. */
export function each<T, U>(three: Three<T>, ask: (side: T) => U): Three<U> {
  return { base: ask(three.base), current: ask(three.current), proposed: ask(three.proposed) };
}

/** Whether something holds on all three sides. */
export function every<T>({ base, current, proposed }: Three<T>, holds: (side: T) => boolean): boolean {
  return holds(base) && holds(current) && holds(proposed);
}
