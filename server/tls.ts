/**
 * The server's certificate, read again when its files change, as cert-manager and Secrets change them. Invariant: files
 * that cannot be read or do not belong together never replace a certificate that works.
 */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../runtime/clock.ts';

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Material {
  /** PEM, the chain. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

/** Rejects when the files cannot be read, or do not hold a certificate and its key. */
export async function readMaterial({ certFile, keyFile }: CertificateFiles): Promise<Material> {
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
  createSecureContext({ cert, key });
  return { cert, key };
}

/** When its first certificate ends, in ms since 1970. */
export function certificateEndOf({ cert }: Material): number {
  return new X509Certificate(cert).validToDate.getTime();
}

export interface FollowOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  /** More for the secure context, such as CAs of clients' certificates; asked each time. */
  readonly extra?: () => { readonly ca?: readonly string[] };
  readonly onChange: (error: unknown) => void;
  /** Told each certificate that takes the place of another. */
  readonly onUse?: (material: Material) => void;
}

/** Runs until the signal is aborted. `onChange` is told null for a new certificate, else what is wrong with it. */
export async function followMaterial(
  server: Pick<Server, 'setSecureContext'>,
  files: CertificateFiles,
  current: Material,
  { clock, everyMs, extra = () => ({}), onChange, onUse }: FollowOptions,
  signal: AbortSignal,
): Promise<void> {
  let used = contextOf(current, extra());
  let wrong = '';
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      const material = await readMaterial(files);
      const next = contextOf(material, extra());
      wrong = '';
      if (JSON.stringify(next) === JSON.stringify(used)) continue;
      server.setSecureContext(next);
      used = next;
      onUse?.(material);
      onChange(null);
    } catch (error) {
      // Logged once, not every ten seconds.
      if (String(error) !== wrong) onChange(error);
      wrong = String(error);
    }
  }
}

function contextOf({ cert, key }: Material, { ca }: { readonly ca?: readonly string[] }) {
  return { cert, key, minVersion: 'TLSv1.2' as const, ...(ca && { ca: [...ca] }) };
}
