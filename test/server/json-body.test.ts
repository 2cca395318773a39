/** A large body keeps the event loop from others for as short as can be, and is what was sent however it comes in pieces. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonBody } from '../../server/json-body.ts';

const sent = { text: `${'ä'.repeat(100_000)}€`, list: [1, 2, 3] };

/** @returns the value, and how many turns were taken for it */
async function read(pieces: readonly Buffer[], headers: Record<string, string> = {}) {
  const payload = Object.assign(Readable.from(pieces, { objectMode: false }), { headers });
  let turns = 0;
  const value = await readJsonBody(payload as unknown as IncomingMessage, {
    maxBytes: 1 << 20,
    tooLarge: 'Send less.',
    hold: () => ({ grow: () => undefined }) as never,
    take: () => undefined,
    maxString: 1 << 20,
    async inTurn(work) {
      turns += 1;
      return work();
    },
  });
  return { value, turns };
}

const stated = (bytes: Buffer) => ({ 'content-length': String(bytes.length) });

describe.each([
  ['with a length', stated],
  ['without a length', () => ({})],
])('a large body %s', (_, headers) => {
  it('is looked through in one turn, and read in another', async () => {
    const bytes = Buffer.from(JSON.stringify(sent));
    const { value, turns } = await read([bytes], headers(bytes));
    expect(value).toEqual(sent);
    expect(turns).toBe(2);
  });

  it('is the same in whatever pieces it comes', async () => {
    const bytes = Buffer.from(JSON.stringify(sent));
    const cuts = fc.uniqueArray(fc.nat(bytes.length), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(cuts, async at => {
        const all = [0, ...at.sort((a, b) => a - b), bytes.length];
        const pieces = all.slice(1).map((end, index) => bytes.subarray(all[index], end));
        expect((await read(pieces, headers(bytes))).value).toEqual(sent);
      }),
      { numRuns: 30 },
    );
  });

  it('that is not UTF-8 is refused', async () => {
    const bytes = Buffer.concat([Buffer.from(JSON.stringify(sent)), Buffer.of(0xff)]);
    await expect(read([bytes], headers(bytes))).rejects.toMatchObject({ reason: 'InvalidRequest' });
  });
});

it('a small body waits for no turn', async () => {
  const bytes = Buffer.from('{"a":1}');
  expect(await read([bytes], stated(bytes))).toEqual({ value: { a: 1 }, turns: 0 });
});
