/**
 * Reads JSON that a request brings. Invariant: each member that stands in the text is in the value. JSON.parse keeps the
 * last of two with one name, so what was shown, approved or logged on the way here may have been the other. And what it
 * makes of a text is bounded before it is made: an empty list takes two bytes of a text and many times that in memory.
 */
import { invalid } from './errors.ts';
import { JsonScan } from './json-scan.ts';

/** What is looked at, or made into a value, at once: a few milliseconds. */
const pieceBytes = 1 << 20;

const utf8 = new TextDecoder('utf-8', { fatal: true });
/** A mark of the byte order may stand before the whole, but not before an element of it. */
const utf8Inside = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws Refused */
export function readStrangersJson(bytes: Buffer): unknown {
  const text = decoded(bytes, utf8);
  const scan = new JsonScan(bytes);
  scan.goOn(bytes.length);
  if (scan.fault) throw invalid([{ in: 'body', ...scan.fault }]);
  return parsed(text);
}

/**
 * The same of a large text, whose elements are parsed one by one. Rejects with Refused.
 * @param maxString the most bytes that a string takes as it stands there
 * @param inTurn runs what holds up the event loop
 */
export async function readLargeJson(
  bytes: Buffer,
  maxString: number,
  inTurn: <T>(work: () => T) => Promise<T>,
): Promise<unknown> {
  const scan = new JsonScan(bytes, maxString);
  let isOver = false;
  while (!isOver) isOver = await inTurn(() => scan.goOn(pieceBytes));
  if (scan.fault) throw invalid([{ in: 'body', ...scan.fault }]);
  const { elements } = scan;
  const whole = await inTurn(() => parsed(decoded(without(bytes, elements), utf8)));
  const lists = whole as Record<string, unknown[]>;
  for (const { member, index, start, end } of elements)
    lists[member]![index] = await inTurn(() => parsed(decoded(bytes.subarray(start, end), utf8Inside)));
  return whole;
}

/** With null in the place of each of these elements. */
function without(bytes: Buffer, elements: JsonScan['elements']): Buffer {
  if (elements.length === 0) return bytes;
  const kept: Buffer[] = [];
  let from = 0;
  for (const { start, end } of elements) {
    kept.push(bytes.subarray(from, start), Buffer.from('null'));
    from = end;
  }
  return Buffer.concat([...kept, bytes.subarray(from)]);
}

function decoded(bytes: Buffer, decoder: typeof utf8): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw invalid([{ in: 'body', detail: 'is not UTF-8' }]);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid([{ in: 'body', detail: 'is not JSON' }]);
  }
}
