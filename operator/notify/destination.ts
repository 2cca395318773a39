/**
 * Where a notifier sends to, and with which keys it signs: from its spec and its Secrets as they are now. Invariant: what is
 * answered is allowed, and no message of a trouble holds anything of a Secret.
 */

import { message } from '../../history/core/names.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type ConfigNotifier, NotifierReason, type NotifierTrouble } from '../object/config-notifier.ts';
import { type AllowedHosts, allowedUrl } from './allowed-hosts.ts';
import { textPlaces } from './event.ts';
import type { NotifierCluster } from './ports.ts';
import { signingKey } from './signature.ts';
import { unknownPlaces } from './template.ts';

export interface Destination {
  readonly url: URL;
  /** Each of them signs. */
  readonly keys: readonly Buffer[];
}

export type FoundDestination =
  | { readonly ok: true; readonly destination: Destination }
  | { readonly ok: false; readonly trouble: NotifierTrouble };

export interface DestinationContext {
  readonly cluster: Pick<NotifierCluster, 'readSecret'>;
  readonly allowed: AllowedHosts;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** A changed Secret holds after this time, and one that is read by many notifications is asked for once. */
const rememberMs = 15_000;
const mostKeys = 8;

export class Destinations {
  readonly #context: DestinationContext;
  readonly #found = new Map<
    string,
    { readonly for: ConfigNotifier['spec']; at: number; found: FoundDestination }
  >();

  constructor(context: DestinationContext) {
    this.#context = context;
  }

  /** Rejects with a KubeError when a Secret cannot be asked for now. */
  async of(object: ConfigNotifier, signal: AbortSignal): Promise<FoundDestination> {
    const { uid } = object.metadata;
    const now = this.#context.clock.monotonic();
    const known = this.#found.get(uid);
    if (known && known.for === object.spec && now - known.at < rememberMs) return known.found;
    const found = await this.#find(object, signal);
    this.#found.set(uid, { for: object.spec, at: now, found });
    return found;
  }

  /** Its object is gone, or its Secret is to be looked at again. */
  forget(uid: string): void {
    this.#found.delete(uid);
  }

  async #find(
    { spec, metadata: { namespace } }: ConfigNotifier,
    signal: AbortSignal,
  ): Promise<FoundDestination> {
    const { allowed, cluster } = this.#context;
    if (allowed.hosts.length === 0) {
      const said =
        'This operator sends no notifications: an administrator has to allow hosts (notifications.allowedHosts).';
      return trouble(NotifierReason.NotificationsOff, said);
    }
    const unknown = spec.text === undefined ? [] : unknownPlaces(spec.text, textPlaces);
    if (unknown.length > 0) {
      const names = textPlaces.join(', ');
      return trouble(NotifierReason.InvalidTemplate, `spec.text has {{${unknown[0]}}}; there are: ${names}.`);
    }
    let { url } = spec;
    if (spec.urlFrom) {
      const { name, key } = spec.urlFrom;
      url = (await cluster.readSecret(namespace, name, signal))?.get(key);
      if (url === undefined) return notFound(name, key);
    }
    const checked = allowedUrl(url ?? '', allowed);
    if (!checked.ok) {
      const next =
        checked.reason === 'HostNotAllowed'
          ? 'Ask an administrator to add it to notifications.allowedHosts.'
          : '';
      return trouble(
        NotifierReason[checked.reason],
        message(`The URL cannot be used: ${checked.message}.`, next),
      );
    }
    const keys: Buffer[] = [];
    if (spec.signingSecret) {
      const { name } = spec.signingSecret;
      const values = await cluster.readSecret(namespace, name, signal);
      if (!values || values.size === 0) return notFound(name, null);
      for (const [key, value] of [...values].slice(0, mostKeys)) {
        const signing = signingKey(value);
        if (!signing) {
          const said = `Key ${key} of Secret ${name} is not a signing key: whsec_ and base64 of 24 to 64 bytes.`;
          return trouble(NotifierReason.InvalidSecret, said);
        }
        keys.push(signing);
      }
    }
    return { ok: true, destination: { url: checked.url, keys } };
  }
}

const trouble = (reason: NotifierTrouble['reason'], said: string): FoundDestination => ({
  ok: false,
  trouble: { reason, message: message(said) },
});

function notFound(name: string, key: string | null): FoundDestination {
  const what = key === null ? `Secret ${name} is not there, or empty` : `Secret ${name} has no key ${key}`;
  return trouble(NotifierReason.SecretNotFound, `${what}. Create it in the notifier's namespace.`);
}
