/** A condition with its time. Invariant: the time says when the condition's status flipped, and nothing else. */

/** What a condition says, without when. */
export interface Undated {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** @param before the conditions of the object as they stand */
export function dated<D extends Undated>(
  draft: D,
  before: readonly { readonly type: string; readonly status: string; readonly lastTransitionTime: string }[],
  generation: number,
  now: Date,
): D & { readonly observedGeneration: number; readonly lastTransitionTime: string } {
  const previous = before.find(({ type }) => type === draft.type);
  const lastTransitionTime =
    previous?.status === draft.status ? previous.lastTransitionTime : `${now.toISOString().slice(0, 19)}Z`;
  return { ...draft, observedGeneration: generation, lastTransitionTime };
}
