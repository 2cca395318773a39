/**
 * Cursors of pages: where the last one ended, opaque to the client that carries them. Invariant: a cursor is checked
 * before it is used, and one of another question is refused by name instead of answered wrongly.
 */
import { StoreError } from './store-error.ts';

/** @param question names the list; a cursor of one list is refused by every other */
export function toCursor(question: string, parts: readonly string[]): string {
  return Buffer.from(JSON.stringify([question, ...parts])).toString('base64url');
}

/** The parts put in; null for null. */
export function fromCursor(question: string, cursor: string | null, count: number): string[] | null {
  if (cursor === null) return null;
  const parts = parse(cursor);
  const [asked, ...rest] = parts;
  if (asked !== question || rest.length !== count) throw invalidCursor();
  return rest;
}

export function invalidCursor(): StoreError {
  return new StoreError('InvalidCursor', 'this cursor was not given out for this list; begin without one');
}

/** One that PostgreSQL can read as bigint. */
export function numberOf(part: string): string {
  if (!/^\d{1,18}$/.test(part)) throw invalidCursor();
  return part;
}

function parse(cursor: string): string[] {
  if (cursor.length > 8_192) throw invalidCursor();
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const storable = (part: unknown) =>
      typeof part === 'string' && part.isWellFormed() && !part.includes('\0');
    if (Array.isArray(value) && value.every(storable)) return value;
  } catch {
    // Not ours.
  }
  throw invalidCursor();
}
