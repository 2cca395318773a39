/**
 * Certificates for a throw-away cluster, without openssl: ECDSA P-256 keys and X.509 v3 certificates written as
 * DER by hand. Just what client and server authentication in Kubernetes needs, nothing for the outside world.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

export interface Identity {
  /** PEM. */
  certificate: string;
  /** PEM, PKCS #8. */
  key: string;
}

export interface Subject {
  commonName: string;
  organizations?: readonly string[];
}

export interface Authority extends Identity {
  /** @param endsInMs from now, where it is not ten years; less than 0: it has ended */
  issue(subject: Subject, use: 'server' | 'client', hosts?: readonly string[], endsInMs?: number): Identity;
}

const tenYearsMs = 3650 * 86_400_000;

/** Valid from an hour ago, for clocks that disagree, for ten years. */
export function createAuthority(commonName: string): Authority {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keyId = keyIdOf(pair.publicKey);
  const certify = (
    subject: Subject,
    publicKey: KeyObject,
    extensions: Buffer[],
    endsInMs: number = tenYearsMs,
  ) =>
    certificate({
      subject,
      issuer: { commonName },
      publicKey,
      signer: pair.privateKey,
      signerId: keyId,
      extensions,
      endsInMs,
    });
  return {
    certificate: certify({ commonName }, pair.publicKey, [
      extension('2.5.29.19', true, sequence(boolean(true))), // basicConstraints: a CA
      extension('2.5.29.15', true, bits(0b1000_0110, 1)), // digitalSignature, keyCertSign, cRLSign
      extension('2.5.29.14', false, octets(keyId)), // subjectKeyIdentifier
    ]),
    key: pemOf(pair.privateKey),
    issue(subject, use, hosts = [], endsInMs) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const extensions = [
        extension('2.5.29.15', true, bits(0b1000_0000, 7)), // digitalSignature
        extension(
          '2.5.29.37',
          false,
          sequence(oid(use === 'server' ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2')),
        ),
      ];
      if (hosts.length > 0)
        extensions.push(extension('2.5.29.17', false, sequence(...hosts.map(alternativeName))));
      return { certificate: certify(subject, publicKey, extensions, endsInMs), key: pemOf(privateKey) };
    },
  };
}

/** A key pair for signing service account tokens, PEM. */
export function createSigningKey(): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privateKey: pemOf(privateKey),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

function certificate(input: {
  subject: Subject;
  issuer: Subject;
  publicKey: KeyObject;
  signer: KeyObject;
  signerId: Buffer;
  extensions: Buffer[];
  endsInMs: number;
}): string {
  const algorithm = sequence(oid('1.2.840.10045.4.3.2')); // ecdsa-with-SHA256
  const now = Date.now();
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40; // positive, and no leading zero
  const authorityKeyId = extension('2.5.29.35', false, sequence(der(0x80, input.signerId)));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))), // version 3
    der(0x02, serial),
    algorithm,
    name(input.issuer),
    sequence(time(new Date(now - 3_600_000)), time(new Date(now + input.endsInMs))),
    name(input.subject),
    input.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...input.extensions, authorityKeyId)),
  );
  const signature = sign('sha256', body, input.signer);
  return pem('CERTIFICATE', sequence(body, algorithm, der(0x03, Buffer.of(0), signature)));
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

function keyIdOf(publicKey: KeyObject): Buffer {
  return createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
}

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content]);
  const length: number[] = [];
  for (let rest = content.length; rest > 0; rest >>= 8) length.unshift(rest & 0xff);
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length, ...length), content]);
}

function sequence(...parts: Uint8Array[]): Buffer {
  return der(0x30, ...parts);
}

function octets(bytes: Uint8Array): Buffer {
  return der(0x04, bytes);
}

function boolean(value: boolean): Buffer {
  return der(0x01, Buffer.of(value ? 0xff : 0));
}

function bits(byte: number, unused: number): Buffer {
  return der(0x03, Buffer.of(unused, byte));
}

function utf8(text: string): Buffer {
  return der(0x0c, Buffer.from(text));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

/** UTCTime, which ends in 2049, and GeneralizedTime after that, as RFC 5280 wants them. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(digits.slice(2)))
    : der(0x18, Buffer.from(digits));
}

function name({ commonName, organizations = [] }: Subject): Buffer {
  const part = (id: string, value: string) => der(0x31, sequence(oid(id), utf8(value)));
  return sequence(...organizations.map(one => part('2.5.4.10', one)), part('2.5.4.3', commonName));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
}

function alternativeName(host: string): Buffer {
  return isIP(host) === 4
    ? der(0x87, Buffer.from(host.split('.').map(Number)))
    : der(0x82, Buffer.from(host, 'ascii'));
}
