/** Where notifications may go: hosts by an administrator's list, addresses only if public or allowed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AllowedHostsError,
  allowedUrl,
  isAddressAllowed,
  readAllowedHosts,
} from '../../operator/notify/allowed-hosts.ts';

const allowed = (...hosts: string[]) => readAllowedHosts(hosts, []);
const reasonOf = (url: string, ...hosts: string[]) => {
  const answer = allowedUrl(url, allowed(...hosts));
  return answer.ok ? 'allowed' : answer.reason;
};

describe('a URL', () => {
  it.each([
    ['https://hooks.example.com/pawl?a=b', 'hooks.example.com'],
    ['https://HOOKS.example.com:443/', 'hooks.example.com'],
    ['https://hooks.example.com:8443/', 'hooks.example.com:8443'],
    ['https://a.example.com/', '*.example.com'],
    ['https://a.b.example.com/', '*.example.com'],
    ['http://hooks.example.com/', 'http://hooks.example.com'],
    ['http://10.1.2.3:8080/', 'http://10.1.2.3:8080'],
    ['https://[fd00::1]/', '[fd00::1]'],
  ])('%s is allowed by %s', (url, host) => {
    expect(reasonOf(url, host)).toBe('allowed');
  });

  it.each([
    ['http://hooks.example.com/', 'hooks.example.com', 'without https'],
    ['https://hooks.example.com/', 'http://hooks.example.com', 'by another protocol than is allowed'],
    ['https://hooks.example.com:8443/', 'hooks.example.com', 'at another port'],
    ['https://example.com/', '*.example.com', 'of the domain itself'],
    ['https://evilexample.com/', '*.example.com', 'that only ends alike'],
    ['https://hooks.example.com.evil.org/', 'hooks.example.com', 'that only begins alike'],
    ['https://hooks.example.com./', 'hooks.example.com', 'with a dot at its end'],
    ['https://evil.org/hooks.example.com', 'hooks.example.com', 'with it in the path'],
    ['https://evil.org#@hooks.example.com', 'hooks.example.com', 'with it in the fragment'],
    ['https://evil.org\\@hooks.example.com', 'hooks.example.com', 'behind a backslash'],
    ['https://127.0.0.1/', 'hooks.example.com', 'of an address'],
    ['https://0x7f.1/', 'hooks.example.com', 'of an address in disguise'],
  ])('%s is not allowed by %s: one %s', (url, host) => {
    expect(reasonOf(url, host)).toBe('HostNotAllowed');
  });

  it.each(['', 'hooks.example.com', '/pawl', 'ftp://hooks.example.com/', 'file:///etc/passwd'])(
    '%j is not one that can be used',
    url => expect(reasonOf(url, 'hooks.example.com')).toBe('InvalidUrl'),
  );

  it('with a user or password in it is refused', () => {
    expect(reasonOf('https://u:p@hooks.example.com/', 'hooks.example.com')).toBe('InvalidUrl');
  });

  it('is allowed by no list that is empty, and by none that does not name its host', () => {
    const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
    const host = fc.array(label, { minLength: 2, maxLength: 4 }).map(labels => labels.join('.'));
    fc.assert(
      fc.property(host, fc.array(host, { maxLength: 5 }), (own, others) => {
        fc.pre(!others.includes(own));
        expect(reasonOf(`https://${own}/`, ...others)).toBe('HostNotAllowed');
        expect(reasonOf(`https://${own}/`)).toBe('HostNotAllowed');
        expect(reasonOf(`https://${own}/`, ...others, own)).toBe('allowed');
      }),
    );
  });

  it('is never repeated in a message beyond its host', () => {
    const answer = allowedUrl('https://hooks.example.com/T000/secret?token=secret', allowed('a.example.com'));
    expect(answer).toMatchObject({ message: 'https://hooks.example.com is not allowed' });
  });
});

describe('an entry', () => {
  it.each([
    '',
    '*',
    '*.',
    'a.example.com/path',
    'user@a.example.com',
    'ftp://a.example.com',
    'a.*.example.com',
    'a example.com',
    'a.example.com:0x10',
    'A.example.com',
    '127.1',
  ])('%j is refused, because it says something else than it seems to', entry => {
    expect(() => readAllowedHosts([entry], [])).toThrow(AllowedHostsError);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', 'ten/8', '::/129'])('%j is not a range', range => {
    expect(() => readAllowedHosts([], [range])).toThrow(AllowedHostsError);
  });
});

const byte = fc.integer({ min: 0, max: 255 });
const v4 = fc.tuple(byte, byte, byte, byte);
const hex = fc.integer({ min: 0, max: 0xffff }).map(number => number.toString(16));
/** Addresses that a cluster or its machines may have, in all their spellings. */
const inside = fc.oneof(
  fc
    .oneof(
      v4.map(([, b, c, d]) => [127, b, c, d]),
      v4.map(([, b, c, d]) => [10, b, c, d]),
      v4.map(([, b, c, d]) => [172, 16 + (b % 16), c, d]),
      v4.map(([, , c, d]) => [192, 168, c, d]),
      v4.map(([, , c, d]) => [169, 254, c, d]),
      v4.map(([, b, c, d]) => [100, 64 + (b % 64), c, d]),
      v4.map(([, b, c, d]) => [0, b, c, d]),
      v4.map(([a, b, c, d]) => [224 + (a % 32), b, c, d]),
    )
    .chain(bytes => {
      const dotted = bytes.join('.');
      const [high, low] = [bytes[0]! * 256 + bytes[1]!, bytes[2]! * 256 + bytes[3]!];
      return fc.constantFrom(dotted, `::ffff:${dotted}`, `::ffff:${high.toString(16)}:${low.toString(16)}`);
    }),
  fc.tuple(hex, hex, hex).map(([a, b, c]) => `fd00:${a}:${b}:${c}::1`),
  fc.tuple(hex, hex).map(([a, b]) => `fe80::${a}:${b}`),
  fc.constantFrom('::1', '::', 'fd00:ec2::254', '64:ff9b::a9fe:a9fe', '2002:7f00:1::'),
);

describe('an address', () => {
  const url = new URL('https://hooks.example.com/');

  it('inside of a network is not allowed, however it is spelled', () => {
    fc.assert(
      fc.property(inside, address => {
        expect(isAddressAllowed(address, url, allowed('hooks.example.com'))).toBe(false);
        expect(isAddressAllowed(address, url, allowed('*.example.com'))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it.each(['1.1.1.1', '93.184.215.14', '2606:4700::1111', '::ffff:1.1.1.1'])(
    '%s is public, so it is allowed',
    address => expect(isAddressAllowed(address, url, allowed('hooks.example.com'))).toBe(true),
  );

  it('inside is allowed in a range that an administrator allows, and beside it is not', () => {
    const ranges = readAllowedHosts(['hooks.example.com'], ['10.1.0.0/16', 'fd00:1::/32']);
    expect(isAddressAllowed('10.1.2.3', url, ranges)).toBe(true);
    expect(isAddressAllowed('::ffff:10.1.2.3', url, ranges)).toBe(true);
    expect(isAddressAllowed('fd00:1::5', url, ranges)).toBe(true);
    expect(isAddressAllowed('10.2.2.3', url, ranges)).toBe(false);
    expect(isAddressAllowed('fd00:2::5', url, ranges)).toBe(false);
  });

  it('that is itself in the list is allowed for its own URL, and no other is', () => {
    const rules = allowed('http://127.0.0.1:8080', 'hooks.example.com');
    expect(isAddressAllowed('127.0.0.1', new URL('http://127.0.0.1:8080/'), rules)).toBe(true);
    expect(isAddressAllowed('127.0.0.1', url, rules)).toBe(false);
    expect(isAddressAllowed('127.0.0.2', new URL('http://127.0.0.1:8080/'), rules)).toBe(false);
  });

  it('that is none is not allowed', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        fc.pre(!/^[0-9a-f.:]+$/i.test(text));
        expect(isAddressAllowed(text, url, allowed('hooks.example.com'))).toBe(false);
      }),
    );
  });
});
