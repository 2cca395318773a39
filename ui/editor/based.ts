/**
 * The version that a text being edited is based on. Invariant: it changes together with the text, and undo takes both
 * back together: a text is never taken for an edit of a version it was not made on.
 */
import { invertedEffects } from '@codemirror/commands';
import { type EditorState, type Extension, StateEffect, StateField } from '@codemirror/state';

export const rebase = StateEffect.define<number>();

const field = StateField.define<number>({
  create: () => 0,
  update: (base, { effects }) =>
    effects.reduce((now, effect) => (effect.is(rebase) ? effect.value : now), base),
});

export const basedOn = (version: number): Extension => [
  field.init(() => version),
  invertedEffects.of(transaction =>
    transaction.effects.some(effect => effect.is(rebase))
      ? [rebase.of(transaction.startState.field(field))]
      : [],
  ),
];

export const baseIn = (state: EditorState): number => state.field(field);
