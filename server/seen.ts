/**
 * Objects of Kubernetes, as far as a reader may get each of them, a page at a time. Invariant: nothing of an object is put
 * into an answer before the API server has said yes, and one call asks and answers only so much.
 */
import { type Call, pageOf } from './call.ts';
import type { Deed } from './gate.ts';
import { Refused } from './problems.ts';

export interface Candidate<Item> {
  /** Names it in the list and in cursors, such as `payments/limits`. */
  readonly key: string;
  readonly deed: Deed;
  /** Of its texts. */
  readonly letters: number;
  readonly item: () => Item;
}

/** Texts of a page, in letters: diffs and merged texts of many objects are many texts. */
const maxPageLetters = 8 * 1024 * 1024;
/** Questions about single objects in one call; for a user who may see a whole namespace, one question is enough. */
const maxAsked = 100;

/** What a page is made of. */
type Asking = Pick<Call, 'gate' | 'lookThroughs' | 'principal' | 'query' | 'signal' | 'tenant'>;

/** In the order of their keys. A page may hold fewer items than its limit and still have a next one. Rejects with Refused. */
export function seenBy<Item>(
  call: Asking,
  candidates: readonly Candidate<Item>[],
): Promise<{ items: Item[]; next: string | null }> {
  const { lookThroughs, tenant, signal } = call;
  // Whoever may see none of them costs a question for each.
  return lookThroughs.run(tenant, signal, () => seenInHand(call, candidates));
}

/** The same without waiting for a turn: for the answer to what is done already. */
export async function seenInHand<Item>(
  call: Omit<Asking, 'lookThroughs' | 'signal' | 'tenant'>,
  candidates: readonly Candidate<Item>[],
): Promise<{ items: Item[]; next: string | null }> {
  const { after, limit } = pageOf(call);
  const from = after === null ? '' : keyIn(after);
  const sorted = candidates.filter(({ key }) => key > from).sort((a, b) => (a.key < b.key ? -1 : 1));
  const items: Item[] = [];
  let [letters, asked, last] = [0, 0, ''];
  for (const candidate of sorted) {
    if (items.length === limit || letters > maxPageLetters || asked === maxAsked) {
      return { items, next: Buffer.from(last).toString('base64url') };
    }
    last = candidate.key;
    if (await call.gate.may(call.principal, candidate.deed)) {
      letters += candidate.letters;
      items.push(candidate.item());
    } else {
      asked += 1;
    }
  }
  return { items, next: null };
}

/** Of a cursor. Throws Refused. */
function keyIn(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString();
  if (/^[a-z0-9.-]+(\/[A-Za-z0-9.-]+){1,2}$/.test(key)) return key;
  throw new Refused(
    'InvalidCursor',
    'This cursor belongs to another list, or to another database. Start without one.',
  );
}
