/** A large body keeps the event loop from others for as short as can be, and is what was sent however it comes in pieces. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonBody } from '../../server/json-body.ts';

const sent = { text: `${'ä'.repeat(100_000)}€`, list: [1, 2, 3] };

/** @returns the value, and how many turns were taken for it */
async function read(
  pieces: readonly Buffer[],
  headers: Record<string, string> = {},
  rest?: () => Promise<void> | null,
) {
  const payload = Object.assign(Readable.from(pieces, { objectMode: false }), { headers });
  let turns = 0;
  const value = await readJsonBody(payload as unknown as IncomingMessage, {
    maxBytes: 4 << 20,
    ...(rest && { rest }),
    tooLarge: 'Send less.',
    hold: () => ({ grow: () => undefined }) as never,
    take: () => undefined,
    maxString: 4 << 20,
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

  it('keeps no memory of its bytes once it is read, also before garbage is collected', async () => {
    const bytes = Buffer.from(JSON.stringify({ text: 'x'.repeat(3 << 20) }));
    const before = process.memoryUsage().arrayBuffers;
    const { value } = await read([bytes.subarray(0, 1 << 20), bytes.subarray(1 << 20)], headers(bytes));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
    expect(value).toEqual(JSON.parse(bytes.toString()));
  });

  it('that is not UTF-8 is refused', async () => {
    const bytes = Buffer.concat([Buffer.from(JSON.stringify(sent)), Buffer.of(0xff)]);
    await expect(read([bytes], headers(bytes))).rejects.toMatchObject({ reason: 'InvalidRequest' });
  });
});

it('a large body is read on only after a rest, and a rest that is not needed is not waited for', async () => {
  const bytes = Buffer.from(JSON.stringify({ text: 'x'.repeat(3 << 20) }));
  const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, at) =>
    bytes.subarray(at * 65_536, (at + 1) * 65_536),
  );
  for (const isNeeded of [true, false]) {
    const resting: (() => void)[] = [];
    let asked = 0;
    const { promise: first, resolve: isAsked } = Promise.withResolvers<void>();
    const rest = () => {
      asked += 1;
      isAsked();
      return isNeeded ? new Promise<void>(resolve => void resting.push(resolve)) : null;
    };
    const reading = read(pieces, stated(bytes), rest);
    await first;
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    // Half a MiB has been read, or all of the three.
    expect(asked).toBe(isNeeded ? 1 : 6);
    while (resting.length > 0) {
      resting.pop()!();
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    }
    expect(asked).toBe(6);
    expect((await reading).value).toEqual(JSON.parse(bytes.toString()));
  }
});

it('a small body waits for no turn', async () => {
  const bytes = Buffer.from('{"a":1}');
  expect(await read([bytes], stated(bytes))).toEqual({ value: { a: 1 }, turns: 0 });
});
