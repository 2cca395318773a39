/**
 * Values that a browser keeps for the server and can neither read nor change: AES-256-GCM under the server's key, each
 * for one purpose. Invariant: only a value sealed with the key for this very purpose opens.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const form = 1;
const nonceBytes = 12;
const tagBytes = 16;

export class Seal {
  /** The first key seals; all of them open, so that a key can be replaced without ending the sessions it sealed. */
  readonly #keys: readonly Buffer[];
  readonly #random: (bytes: number) => Buffer;

  /** @param secrets of at least 32 random bytes each, in whatever form they are written */
  constructor(secrets: readonly [string, ...string[]], random: (bytes: number) => Buffer = randomBytes) {
    this.#keys = secrets.map(secret =>
      Buffer.from(hkdfSync('sha256', secret, '', 'pawl browser session', 32)),
    );
    this.#random = random;
  }

  seal(purpose: string, value: unknown): string {
    const nonce = this.#random(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#keys[0]!, nonce);
    cipher.setAAD(Buffer.from(purpose));
    const sealed = [cipher.update(JSON.stringify(value), 'utf8'), cipher.final()];
    return Buffer.concat([Buffer.of(form), nonce, ...sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** null: it is not what seal() made with one of our keys for this purpose. */
  open(purpose: string, text: string): unknown {
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length < 1 + nonceBytes + tagBytes || bytes[0] !== form) return null;
    const nonce = bytes.subarray(1, 1 + nonceBytes);
    const sealed = bytes.subarray(1 + nonceBytes, -tagBytes);
    for (const key of this.#keys) {
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(-tagBytes));
      try {
        return JSON.parse(decipher.update(sealed, undefined, 'utf8') + decipher.final('utf8')) as unknown;
      } catch {
        // Sealed with another key, or not by us.
      }
    }
    return null;
  }
}
