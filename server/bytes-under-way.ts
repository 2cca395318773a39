/**
 * How many bytes of bodies and answers the server holds at one moment: which a pod's memory limit is chosen for. Each
 * request takes what it needs before it reads or builds it, and gives it back when its answer is gone. Invariant: the
 * sum stays within `total` and one tenant's within `each`, but for answers to writes, which are done and must be told.
 */
import { Refused } from './problems.ts';

export interface ByteLimits {
  readonly total: number;
  /** Of one tenant. */
  readonly each: number;
}

export class BytesUnderWay {
  readonly #limits: ByteLimits;
  readonly #tenants = new Map<string, number>();
  #total = 0;

  constructor(limits: ByteLimits) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  /** What one request or watch of this tenant holds: nothing yet. */
  hold(tenant: string): Hold {
    return new Hold(this, tenant);
  }

  /** Throws Refused. For Hold. @param own what the one request that asks holds already */
  change(tenant: string, by: number, must: boolean, own: number): void {
    const mine = (this.#tenants.get(tenant) ?? 0) + by;
    if (by > 0 && !must) {
      const { total, each } = this.#limits;
      const next = { retry_after: 1 };
      if (own + by > each) {
        const most = `${Math.floor(each / (1 << 20))} MiB`;
        const detail = `This request and what is made for it would take more than ${most} at once. Ask for less, such as fewer configs.`;
        throw new Refused('RequestTooLarge', detail);
      }
      if (mine > each) {
        const detail = 'Your other requests leave no room for this one. Send it when they are answered.';
        throw new Refused('TooManyRequests', detail, next);
      }
      if (this.#total + by > total) {
        const detail = 'This server holds as many large requests and answers as it can. Try again soon.';
        throw new Refused('Busy', detail, next);
      }
    }
    this.#total += by;
    if (mine > 0) this.#tenants.set(tenant, mine);
    else this.#tenants.delete(tenant);
  }
}

export class Hold {
  readonly #all: BytesUnderWay;
  readonly #tenant: string;
  #bytes = 0;
  #released = false;

  constructor(all: BytesUnderWay, tenant: string) {
    this.#all = all;
    this.#tenant = tenant;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Throws Refused, and holds what it held before. @param must true: even beyond the limits */
  resize(bytes: number, must = false): void {
    if (this.#released) return;
    this.#all.change(this.#tenant, bytes - this.#bytes, must, this.#bytes);
    this.#bytes = bytes;
  }

  /** Throws Refused. */
  grow(by: number): void {
    this.resize(this.#bytes + by);
  }

  /** For good; as often as it is called. */
  release(): void {
    this.resize(0);
    this.#released = true;
  }
}
