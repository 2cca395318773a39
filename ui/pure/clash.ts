/**
 * A clash as places to decide, from the text the server marked as Git does. Invariant: the result is the marked text with
 * each block replaced by one decision, and there is none while a place is undecided. Blocks are found by their markers in
 * their order; a text that holds such lines itself is left to the server's own places, and null is answered.
 */

export interface Block {
  readonly base: string;
  /** What the latest version has there. */
  readonly theirs: string;
  /** What this edit has there. */
  readonly mine: string;
}

/** What stands between the blocks, and the blocks: always one more text than blocks. */
export interface Clash {
  readonly texts: readonly string[];
  readonly blocks: readonly Block[];
}

export type Decision =
  | { readonly keep: 'theirs' }
  | { readonly keep: 'mine' }
  | { readonly keep: 'edited'; readonly text: string };

const markers = ['<<<<<<< current', '||||||| base', '=======', '>>>>>>> proposed'] as const;

/** null: the marks are not blocks one after the other. */
export function readMarked(marked: string): Clash | null {
  const texts: string[] = [''];
  const blocks: Block[] = [];
  /** Which marker comes next; 0: we are between blocks. */
  let next = 0;
  let sides: [theirs: string, base: string, mine: string] = ['', '', ''];
  for (const line of linesOf(marked)) {
    const bare = line.replace(/\r?\n$/, '').replace(/^\uFEFF/, '');
    const marker = markers.indexOf(bare as (typeof markers)[number]);
    if (marker >= 0) {
      if (marker !== next) return null;
      next = (next + 1) % markers.length;
      if (next === 1) sides = ['', '', ''];
      if (next === 0) {
        const [theirs, base, mine] = sides;
        blocks.push({ theirs, base, mine });
        texts.push('');
      }
    } else if (next === 0) {
      texts[texts.length - 1] += line;
    } else {
      sides[next - 1] += line;
    }
  }
  return next === 0 && blocks.length > 0 ? { texts, blocks } : null;
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

export function textOf(block: Block, decision: Decision): string {
  switch (decision.keep) {
    case 'theirs':
      return block.theirs;
    case 'mine':
      return block.mine;
    case 'edited':
      return decision.text;
  }
}

export type Decisions = readonly (Decision | null)[];

export const leftOf = ({ blocks }: Clash, decisions: Decisions): number =>
  blocks.filter((_, index) => (decisions[index] ?? null) === null).length;

/** null: not every place is decided. */
export function resultOf(clash: Clash, decisions: Decisions): string | null {
  if (leftOf(clash, decisions) > 0) return null;
  return preview(clash, decisions)
    .map(({ text }) => text)
    .join('');
}

export interface Piece {
  readonly text: string;
  /** Of a block; null: it merged by itself. */
  readonly block: number | null;
  readonly decided: boolean;
}

/** The result as it stands: an undecided place shows what the latest version has. */
export function preview({ texts, blocks }: Clash, decisions: Decisions): readonly Piece[] {
  return texts.flatMap((text, index): Piece[] => {
    const block = blocks[index];
    const here: Piece[] = [{ text, block: null, decided: true }];
    if (!block) return here;
    const decision = decisions[index] ?? null;
    const kept = decision ? textOf(block, decision) : block.theirs;
    return [...here, { text: kept, block: index, decided: decision !== null }];
  });
}

/** What of a place is told by the server, as far as it is needed to find its block. */
export interface PlaceSides {
  readonly base?: string;
  readonly current?: string;
  readonly proposed?: string;
}

/** The places that lie in a block: each of their sides is in the block's. */
export function placesIn<Place extends PlaceSides>(block: Block, places: readonly Place[]): readonly Place[] {
  const holds = (lines: string, side: string | undefined) =>
    side === undefined || lines.includes(side.trim());
  return places.filter(
    ({ base, current, proposed }) =>
      holds(block.base, base) && holds(block.theirs, current) && holds(block.mine, proposed),
  );
}
