/**
 * ConfigNotifiers: watched, and written in their status only; and the Secrets that they name, read one at a time and kept
 * nowhere.
 */
import type { Random } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';
import {
  type ConfigNotifier,
  type ConfigNotifierSpec,
  type ConfigNotifierStatus,
  notifierKind,
  notifierPlural,
  retryAnnotation,
} from '../object/config-notifier.ts';
import { apiVersion, group, version } from '../object/config-version.ts';
import { type ObjectKey, objectKey } from '../object/key.ts';
import { Cache, type ChangeHandler } from './cache.ts';
import { secrets } from './config-maps.ts';
import { isKubeError } from './kube-error.ts';
import {
  freeze,
  identityOf,
  isObject,
  lifetimeOf,
  metadataOf,
  type RawObject,
  stringMap,
  UnreadableObject,
} from './raw-object.ts';
import { readObject } from './read-object.ts';
import { Reflector, type ReflectorHooks } from './reflector.ts';
import { resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';
import { applyStatus } from './status.ts';

const configNotifiers = { group, version, plural: notifierPlural } as const;

export interface NotifiersOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The only Kubernetes namespaces looked into; null: all. */
  readonly namespaces: readonly string[] | null;
  readonly hooks: ReflectorHooks;
  readonly handlerFailed: (error: unknown, key: string) => void;
}

export class KubeNotifiers {
  readonly #session: Session;
  readonly #options: NotifiersOptions;
  readonly #cache: Cache<ConfigNotifier>;
  #isSynced = false;

  constructor(session: Session, options: NotifiersOptions) {
    this.#session = session;
    this.#options = options;
    this.#cache = new Cache<ConfigNotifier>({
      clock: options.clock,
      identity: ({ metadata }) => metadata,
      indexes: { kubeNamespace: ({ metadata }) => [metadata.namespace] },
      onHandlerError: options.handlerFailed,
    });
  }

  /** Watches until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, namespaces, hooks } = this.#options;
    const reflectors = (namespaces ?? [undefined]).map(
      namespace =>
        new Reflector({
          session: this.#session,
          ...{ clock, random, hooks, cache: this.#cache },
          scope: namespace === undefined ? '' : objectKey({ namespace, name: '' }),
          path: resourcePath(configNotifiers, { namespace }),
          transform: configNotifierOf,
        }),
    );
    void Promise.all(reflectors.map(({ synced }) => synced)).then(() => {
      this.#isSynced = true;
    });
    await Promise.all(reflectors.map(reflector => reflector.run(signal)));
  }

  /** Whether the watch has told of every one. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  onNotifier(handler: ChangeHandler<ConfigNotifier>): void {
    this.#cache.onChange(handler);
  }

  notifier(key: ObjectKey): ConfigNotifier | undefined {
    return this.#cache.get(key);
  }

  notifiers(): Iterable<ConfigNotifier> {
    return this.#cache.values();
  }

  notifiersIn(kubeNamespace: string): ConfigNotifier[] {
    return this.#cache.byIndex('kubeNamespace', kubeNamespace);
  }

  async applyNotifierStatus(
    object: ConfigNotifier,
    status: ConfigNotifierStatus,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#cache.writeThrough(
      objectKey(object.metadata),
      async () => {
        const write = {
          ...{ of: configNotifiers, apiVersion, kind: notifierKind },
          ...{ object: object.metadata, seen: object.status, status },
        };
        const metadata = metadataOf(await applyStatus(this.#session, write, signal));
        // Its spec changed meanwhile, which only the watch tells.
        if (metadata.generation !== object.metadata.generation) return null;
        return freeze({ ...object, metadata: headOf(metadata), status });
      },
      written => written,
    );
  }

  async readSecret(
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string> | null> {
    const path = resourcePath(secrets, { namespace, name });
    try {
      const raw = await readObject(this.#session, { path, signal });
      if (!raw) return null;
      const entries = Object.entries(stringMap(raw.data)).sort(([one], [other]) => (one < other ? -1 : 1));
      return new Map(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
    } catch (error) {
      if (isKubeError(error, 'forbidden')) return null;
      throw error;
    }
  }
}

/** Deeply frozen. The API server has checked spec and status against the CRD. Throws UnreadableObject. */
function configNotifierOf(raw: RawObject): ConfigNotifier {
  const metadata = metadataOf(raw);
  const { namespace, name } = identityOf(metadata);
  if (!isObject(raw.spec) || typeof metadata.generation !== 'number') {
    throw new UnreadableObject(`ConfigNotifier ${namespace}/${name} has no spec`);
  }
  return freeze({
    metadata: headOf(metadata),
    spec: raw.spec as unknown as ConfigNotifierSpec,
    status: (isObject(raw.status) ? raw.status : {}) as ConfigNotifierStatus,
  });
}

function headOf(metadata: RawObject): ConfigNotifier['metadata'] {
  return {
    ...lifetimeOf(metadata),
    // As much of it as a status holds.
    retry: stringMap(metadata.annotations)[retryAnnotation]?.slice(0, 253) ?? null,
  };
}
