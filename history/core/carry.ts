/**
 * Carries what changed in one config onto another one: the same merge as that of a stale edit, with a base that is not the
 * other config's own. Pure. Invariant: what the other config has of its own stays.
 */
import { merge, type Place } from '../../merge/merge.ts';
import type { Format } from '../../text/format.ts';

export interface CarryTexts {
  /** What the change was made on. */
  readonly base: string;
  readonly current: string;
  /** With the change. */
  readonly proposed: string;
}

export type CarryResult =
  | { readonly kind: 'clean'; readonly text: string }
  | { readonly kind: 'clash'; readonly places: readonly Place[]; readonly marked: string }
  | { readonly kind: 'unmergeable'; readonly why: string };

export function carry({ base, current, proposed }: CarryTexts, format: Format): CarryResult {
  const result = merge(base, current, proposed, { format });
  switch (result.kind) {
    case 'clean':
      return { kind: 'clean', text: result.text };
    case 'clash':
      return { kind: 'clash', places: result.places, marked: result.marked };
    case 'refused':
      return { kind: 'unmergeable', why: result.message };
  }
}

/** Where a promoted text came from. */
export interface PromotedFrom {
  readonly namespace: string;
  readonly path: string;
  readonly version: number;
}

const trailer = /(?:^|\n)Promoted-From: ([a-z0-9-]{1,63})\/([A-Za-z0-9._@+=/-]{1,512})@([1-9][0-9]{0,14})$/;

/** As the last line of a version's comment, where every door shows it. */
export function withOrigin(comment: string, { namespace, path, version }: PromotedFrom, max: number): string {
  const line = `Promoted-From: ${namespace}/${path}@${version}`;
  const said = comment.trim().slice(0, Math.max(0, max - line.length - 2));
  return said === '' ? line : `${said}\n\n${line}`;
}

/** Null: the comment names none. */
export function originIn(comment: string): PromotedFrom | null {
  const [, namespace, path, version] = trailer.exec(comment) ?? [];
  return namespace === undefined ? null : { namespace, path: path!, version: Number(version) };
}
