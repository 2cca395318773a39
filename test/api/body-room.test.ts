/** A body takes room before it is kept: what it says it weighs at once, and otherwise each piece as it comes. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { BytesUnderWay } from '../../server/bytes-under-way.ts';
import { readJsonBody } from '../../server/json-body.ts';

const mib = 1 << 20;

/** @returns how many pieces of 64 KiB were read until it was refused */
async function refused(stated: boolean): Promise<number> {
  const pieces = 16;
  let given = 0;
  const payload = Readable.from(
    (function* () {
      for (; given < pieces; given += 1) yield Buffer.alloc(1 << 16, 0x20);
    })(),
    { objectMode: false, highWaterMark: 1 },
  );
  const headers = stated ? { 'content-length': String(pieces << 16) } : {};
  const hold = new BytesUnderWay({ total: mib / 2, each: mib / 2 }).hold('ada');
  const reading = readJsonBody(Object.assign(payload, { headers }) as unknown as IncomingMessage, {
    ...{ maxBytes: 4 * mib, maxString: 1 << 20, tooLarge: 'too large' },
    ...{ hold: () => hold, take: () => undefined, inTurn: async <T>(work: () => T) => work() },
  });
  await expect(reading).rejects.toMatchObject({ reason: 'RequestTooLarge' });
  expect(hold.bytes).toBeLessThanOrEqual(mib / 2);
  return given;
}

it('one that says its length is refused before anything of it is read', async () => {
  expect(await refused(true)).toBe(0);
});

it('one that does not is refused when it has come to more than there is room for', async () => {
  await refused(false);
});
