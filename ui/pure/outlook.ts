/**
 * The outcome of a save, expected or real, as the server answers. Invariant: every refusal is one of these, and only
 * the server's answer decides which.
 */
import type { BodyNote, Problem } from '../../api/types.gen.ts';

export interface Proposal {
  readonly text: string;
  /** The version it was edited from; 0: there must be none yet. */
  readonly base: number;
}

export type Outlook =
  /** `notes`: lines that programs do not read alike. */
  | { readonly kind: 'plain'; readonly next: number; readonly notes: readonly BodyNote[] }
  | { readonly kind: 'unchanged'; readonly version: number }
  /** The text is not one of its format. */
  | { readonly kind: 'mistake'; readonly problem: Problem; readonly line: number; readonly column: number }
  /** The base is old, and both sides' changes go together. */
  | { readonly kind: 'merge'; readonly problem: Problem & Merge }
  /** Both changed the same places. */
  | { readonly kind: 'clash'; readonly problem: Problem & { readonly current_version: number } }
  | { readonly kind: 'refused'; readonly problem: Problem };

interface Merge {
  readonly merged: string;
  readonly token: string;
  readonly current_version: number;
}

export function outlookOf(problem: Problem): Outlook {
  const kind = problem.type.split('/').at(-1);
  const { current_version, merged, token, line } = problem;
  if (
    kind === 'confirmation-required' &&
    current_version !== undefined &&
    merged !== undefined &&
    token !== undefined
  ) {
    return { kind: 'merge', problem: { ...problem, merged, token, current_version } };
  }
  // A merge that a schema does not allow has no places to decide about: its words say what is wrong.
  if (kind === 'version-conflict' && current_version !== undefined && problem.violations === undefined) {
    return { kind: 'clash', problem: { ...problem, current_version } };
  }
  if (
    (kind === 'invalid-body' || kind === 'schema-violation' || kind === 'secret-found') &&
    line !== undefined
  ) {
    return { kind: 'mistake', problem, line, column: problem.column ?? 1 };
  }
  return { kind: 'refused', problem };
}

/** Of a new config: everything is added. */
export function allAdded(text: string): string {
  if (text === '') return '';
  const lines = text.replace(/\n$/, '').split('\n');
  return [
    '--- nothing',
    '+++ proposed',
    `@@ -0,0 +1,${lines.length} @@`,
    ...lines.map(line => `+${line}`),
    '',
  ].join('\n');
}
