/**
 * Signs what is sent, by Standard Webhooks (https://www.standardwebhooks.com): a receiver knows that Pawl sent it, that
 * nobody changed it, when it was sent, and by its id whether it has had it before. While a key is changed, several hold, and
 * there is a signature by each. Pure.
 */
import { createHmac } from 'node:crypto';

const prefix = 'whsec_';
const [leastBytes, mostBytes] = [24, 64];

/** The key in its usual spelling, `whsec_` and base64 of 24 to 64 bytes; null: it is not one. */
export function signingKey(text: string): Buffer | null {
  const spelled = text.trim();
  if (!spelled.startsWith(prefix)) return null;
  const encoded = spelled.slice(prefix.length);
  const key = Buffer.from(encoded, 'base64');
  const isWhole = key.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '');
  return isWhole && key.length >= leastBytes && key.length <= mostBytes ? key : null;
}

/** The headers of one attempt. Without keys it is not signed. */
export function signedHeaders(
  { id, at, body }: { readonly id: string; readonly at: Date; readonly body: string },
  keys: readonly Buffer[],
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = keys.map(
    key => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  );
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(signatures.length > 0 && { 'webhook-signature': signatures.join(' ') }),
  };
}
