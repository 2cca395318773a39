/** The hash by which texts are compared everywhere: lower-case hex SHA-256 of the UTF-8 bytes. */
import { hash } from 'node:crypto';

export function sha256(text: string | Uint8Array): string {
  return hash('sha256', text, 'hex');
}
