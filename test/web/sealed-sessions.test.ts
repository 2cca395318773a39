/** What a browser keeps for the server: it can neither read nor change it, and nobody else can make it act on it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baseOf, wholeOrigin } from '../../server/ui/base.ts';
import { type Jar, maxCookieBytes, readJar, writeJar } from '../../server/ui/cookies.ts';
import { demandSameOrigin } from '../../server/ui/same-origin.ts';
import { Seal } from '../../server/ui/seal.ts';

const secret = 'a'.repeat(43);

describe('a sealed value', () => {
  it('opens as it was, with any key that was in use, for its own purpose only', () => {
    const seal = new Seal([secret]);
    const rotated = new Seal(['b'.repeat(43), secret]);
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), value => {
        const sealed = seal.seal('session', value);
        const written = JSON.parse(JSON.stringify(value));
        expect(seal.open('session', sealed)).toEqual(written);
        expect(rotated.open('session', sealed)).toEqual(written);
        expect(seal.open('sign-in', sealed)).toBeNull();
        expect(new Seal(['b'.repeat(43)]).open('session', sealed)).toBeNull();
      }),
    );
  });

  it('does not open when a single bit of it was changed, nor when it was cut', () => {
    const seal = new Seal([secret]);
    const sealed = Buffer.from(seal.seal('session', { token: 'secret' }), 'base64url');
    fc.assert(
      fc.property(fc.nat(sealed.length * 8 - 1), bit => {
        const changed = Buffer.from(sealed);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        expect(seal.open('session', changed.toString('base64url'))).toBeNull();
      }),
      { numRuns: 400 },
    );
    for (let length = 0; length < sealed.length; length += 1) {
      expect(seal.open('session', sealed.subarray(0, length).toString('base64url'))).toBeNull();
    }
  });

  it('is never what anybody makes up', () => {
    const seal = new Seal([secret]);
    fc.assert(
      fc.property(fc.string(), text => {
        expect(seal.open('session', text)).toBeNull();
      }),
    );
  });
});

describe('cookies', () => {
  const jars: Jar[] = [
    { name: 'session', path: '', sameSite: 'Strict' },
    { name: 'session', path: '/pawl', sameSite: 'Strict' },
  ];
  /** What a browser sends after it was told. */
  const sent = (lines: readonly string[], before = new Map<string, string>()) => {
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (line.includes('Max-Age=0')) before.delete(name);
      else before.set(name, value);
    }
    return before;
  };
  const header = (kept: Map<string, string>) => [...kept].map(pair => pair.join('=')).join('; ');

  it('carry values of any length they allow, and nothing of an earlier one', () => {
    const length = fc.integer({ min: 1, max: maxCookieBytes });
    fc.assert(
      fc.property(fc.constantFrom(...jars), length, length, (jar, first, second) => {
        const kept = sent(writeJar(jar, 'a'.repeat(first), 60));
        expect(readJar(jar, `other=1; ${header(kept)}`)).toBe('a'.repeat(first));
        sent(writeJar(jar, 'b'.repeat(second), 60), kept);
        expect(readJar(jar, header(kept))).toBe('b'.repeat(second));
        expect(sent(writeJar(jar, null, 0), kept).size).toBe(0);
      }),
    );
  });

  it('are out of reach of scripts, plain HTTP, other sites and other hosts', () => {
    for (const jar of jars) {
      const name = jar.path === '' ? '__Host-pawl-session' : '__Secure-pawl-session';
      const [first = ''] = writeJar(jar, 'value', 60);
      expect(first).toBe(
        `${name}=value; Max-Age=60; Path=${jar.path || '/'}; HttpOnly; Secure; SameSite=Strict`,
      );
    }
  });
});

describe('a change in the name of a cookie', () => {
  const ours = { host: 'pawl.example.com', 'x-pawl-request': 'ui' };
  const origin = 'https://pawl.example.com';
  it.each([
    ['of the page', { ...ours, origin, 'sec-fetch-site': 'same-origin' }, wholeOrigin],
    ['of an older browser', { ...ours, origin }, wholeOrigin],
    ['behind an Ingress that has another host', { ...ours, host: 'pawl.pawl.svc', origin }, baseOf(origin)!],
  ])('is allowed: %s', (_, headers, base) => {
    for (const method of ['POST', 'PUT', 'DELETE']) demandSameOrigin(method, headers, base);
  });

  it.each([
    [
      'without the header that other sites cannot set',
      { host: ours.host, origin, 'sec-fetch-site': 'same-origin' },
    ],
    ['of another site', { ...ours, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['of another host of the same site', { ...ours, origin, 'sec-fetch-site': 'same-site' }],
    ['of another origin, as an older browser says', { ...ours, origin: 'https://evil.example' }],
    ['of an origin that is hidden', { ...ours, origin: 'null' }],
    ['of plain HTTP', { ...ours, origin: 'http://pawl.example.com' }],
    [
      'whose two headers disagree',
      { ...ours, origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    ],
    ['of nobody knows what', ours],
  ])('is refused: %s', (_, headers) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(() => demandSameOrigin(method, headers, wholeOrigin)).toThrow(/only the page itself/);
    }
    demandSameOrigin('GET', headers, wholeOrigin);
    demandSameOrigin('HEAD', headers, wholeOrigin);
  });
});
