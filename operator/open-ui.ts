/**
 * What the web page needs from this machine: its folder, and the key that seals sessions. Invariant: a key that could
 * be guessed is refused, and a missing session key is replaced by a random one, with a warning.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../observe/logger.ts';
import type { OidcSettings } from '../server/ui/oidc.ts';
import type { UiSettings } from '../server/ui/ui.ts';
import type { Settings } from './config.ts';
import { SettingError } from './setting-readers.ts';
import { type Flag, settingName } from './setting-table.ts';

const builtHere = fileURLToPath(new URL('../dist/ui', import.meta.url));
const minKeyLetters = 32;
const maxKeys = 8;

/** Rejects with SettingError when the key cannot be used. */
export async function openUi(settings: Settings['ui'], logger: Logger): Promise<UiSettings> {
  const { browsers, base, folder, keyFile, sessionMs, oidc } = settings;
  return {
    folder: folder ?? builtHere,
    base,
    browsers: browsers
      ? {
          secrets: await secretsOf(keyFile, logger),
          maxSeconds: Math.floor(sessionMs / 1000),
          ...(oidc && { oidc: await openOidc(oidc) }),
        }
      : null,
  };
}

async function openOidc(settings: NonNullable<Settings['ui']['oidc']>): Promise<OidcSettings> {
  const { secretFile, caFile, ...rest } = settings;
  const clientSecret = secretFile && (await textOf('oidc-client-secret-file', secretFile)).trim();
  return { ...rest, clientSecret, ca: caFile && (await textOf('oidc-ca-file', caFile)) };
}

async function secretsOf(keyFile: string | null, logger: Logger): Promise<readonly [string, ...string[]]> {
  if (keyFile === null) {
    logger.warn(
      `${settingName('ui-session-key-file')} is not set: browsers sign in anew after each start, and at each replica`,
    );
    return [randomBytes(32).toString('base64url')];
  }
  const text = await textOf('ui-session-key-file', keyFile);
  const [first, ...more] = text.split(/\s+/).filter(line => line !== '');
  if (!first || [first, ...more].some(key => key.length < minKeyLetters) || more.length >= maxKeys) {
    throw new SettingError(
      `${settingName('ui-session-key-file')} must name a file of 1 to ${maxKeys} keys, a line each, of ${minKeyLetters} ` +
        'characters or more: openssl rand -base64 32.',
    );
  }
  return [first, ...more];
}

async function textOf(flag: Flag, file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: Error) => {
    throw new SettingError(`${settingName(flag)} cannot be read: ${cause.message}.`, { cause });
  });
}
