/** Which places of a config a version changed. Pure. */
import { readBody } from '../../text/body.ts';
import type { Format } from '../../text/format.ts';
import { valueDiff } from '../../text/value-diff.ts';
import type { ChangedPlaces } from './event.ts';

/** Both texts together: what takes longer than some milliseconds would hold up everything else. */
const mostBytes = 128 << 10;

/** Null: too large to compare here, or not readable. @param former null: there was none */
export function changedPlaces(text: string, former: string | null, format: Format): ChangedPlaces | null {
  if (text.length + (former?.length ?? 0) > mostBytes) return null;
  const after = readBody(text, format);
  if (!after.ok) return null;
  if (former === null) {
    return { changes: [{ kind: 'add', pointer: '', after: clipped(after.body.json) }], more: 0 };
  }
  const before = readBody(former, format);
  return before.ok ? valueDiff(before.body.json, after.body.json) : null;
}

const clipped = (json: string): string => (json.length > 1_000 ? `${json.slice(0, 999)}…` : json);
