/**
 * Which quota a save is held to. Invariant: every config namespace has one. What its own policy says is checked in each
 * saving statement, which sums up the namespace. What the installation says of all others is far from what people save, so
 * it is checked there only once a namespace has come half-way, which is looked at beside the saves and delays none.
 */
import type { Clock } from '../../runtime/clock.ts';
import { keepLast } from '../../runtime/keep-last.ts';
import type { Policy, Quota } from '../words/policy.ts';
import type { RequestStore } from './ports.ts';

/** Of each config namespace whose policy says nothing else. null: any number. */
export type PresetQuota = Omit<Quota, 'namespace'>;

export interface QuotasOptions {
  readonly preset: PresetQuota;
  readonly requests: Pick<RequestStore, 'exceeded'>;
  readonly clock: Clock;
}

/** Nobody saves half of what the installation allows in so short a time. */
const lookAgainMs = 10_000;
const lookMs = 5_000;
/** Those that saved last; of others nothing is remembered. */
const maxRemembered = 10_000;

interface Look {
  readonly at: number;
  /** Whether it has come half-way. */
  near: boolean;
}

export class Quotas {
  readonly #options: QuotasOptions;
  readonly #looks = new Map<string, Look>();

  constructor(options: QuotasOptions) {
    this.#options = options;
  }

  /** Null: nothing of it need be checked now. */
  quotaOf(namespace: string, { maxVersionsPerDay, maxBytes }: Policy): Quota | null {
    const { preset } = this.#options;
    const quota = {
      namespace,
      versionsPerDay: maxVersionsPerDay ?? preset.versionsPerDay,
      bytes: maxBytes ?? preset.bytes,
    };
    if (maxVersionsPerDay !== undefined || maxBytes !== undefined) return quota;
    if (quota.versionsPerDay === null && quota.bytes === null) return null;
    return this.#isNear(quota) ? quota : null;
  }

  #isNear(quota: Quota): boolean {
    const now = this.#options.clock.monotonic();
    const known = this.#looks.get(quota.namespace);
    if (known && now - known.at < lookAgainMs) return known.near;
    const look: Look = { at: now, near: known?.near ?? false };
    keepLast(this.#looks, quota.namespace, look, maxRemembered);
    void this.#look(quota, look);
    return look.near;
  }

  async #look({ namespace, versionsPerDay, bytes }: Quota, look: Look): Promise<void> {
    const half = (limit: number | null) => limit && Math.ceil(limit / 2);
    const quota = { namespace, versionsPerDay: half(versionsPerDay), bytes: half(bytes) };
    try {
      const question = { quota, versions: 1, bytes: 1 };
      look.near = (await this.#options.requests.exceeded(question, AbortSignal.timeout(lookMs))) !== null;
    } catch {
      // A store that does not answer saves nothing either; the next save after a while looks again.
    }
  }
}

/** As far as policies say, and no further. */
export const policyQuotas: Pick<Quotas, 'quotaOf'> = {
  quotaOf: (namespace, { maxVersionsPerDay, maxBytes }) =>
    maxVersionsPerDay === undefined && maxBytes === undefined
      ? null
      : { namespace, versionsPerDay: maxVersionsPerDay ?? null, bytes: maxBytes ?? null },
};
