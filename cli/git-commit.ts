/**
 * A commit object as it is stored: who wrote it, when by whose clock, and its message. Invariant: whatever bytes it holds,
 * what comes out may be sent as an author and a comment: one line without control characters, and a bounded text.
 */
import { visible } from '../text/words.ts';

export interface Signature {
  /** `Ada <ada@example.com>`, at most 256 characters. */
  readonly author: string;
  /** RFC 3339, in the author's own time zone. */
  readonly authoredAt: string;
  /** The message, without the line ends behind it; at most 4,096 characters. */
  readonly message: string;
}

const maxAuthor = 256;
const maxMessage = 4_096;
/** The last second of the year 9999. */
const lastSecond = 253_402_300_799;

export function signatureOf(object: Buffer): Signature {
  const split = object.indexOf('\n\n');
  const head = object.subarray(0, split < 0 ? object.length : split);
  const headers = head.toString('latin1').split('\n');
  const encoding = headers.find(line => line.startsWith('encoding '))?.slice(9);
  const line =
    headers.find(one => one.startsWith('author ')) ?? headers.find(one => one.startsWith('committer ')) ?? '';
  const decoded = decode(Buffer.from(line, 'latin1'), encoding);
  const [, name = '', email = '', seconds = '0', zone = '+0000'] =
    /^\w+ (.*?) ?<([^>]*)> (-?\d+) ([+-]\d{4})$/s.exec(decoded) ?? [];
  const message = decode(split < 0 ? Buffer.alloc(0) : object.subarray(split + 2), encoding).replace(
    /\n+$/,
    '',
  );
  return {
    author: cut(visible(name === '' ? `<${email}>` : `${name} <${email}>`), maxAuthor),
    authoredAt: timeOf(Number(seconds), zone),
    message: cut(message.toWellFormed(), maxMessage),
  };
}

function timeOf(seconds: number, zone: string): string {
  const minutes = (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3)));
  // Git keeps zones that no clock has, and times that no calendar has.
  const known = Number(zone.slice(1, 3)) < 24 && Number(zone.slice(3)) < 60;
  const at = seconds >= 0 && seconds <= lastSecond - 86_400 ? seconds : 0;
  const offset = known ? minutes : 0;
  const there = new Date((at + offset * 60) * 1000);
  if (there.getTime() < 0) return `${new Date(at * 1000).toISOString().slice(0, 19)}+00:00`;
  return `${there.toISOString().slice(0, 19)}${known ? `${zone.slice(0, 3)}:${zone.slice(3)}` : '+00:00'}`;
}

function decode(bytes: Buffer, encoding = 'utf-8'): string {
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/** By characters, as the API counts. */
function cut(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
