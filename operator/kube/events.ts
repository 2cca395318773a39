/**
 * Writes Kubernetes Events (events.k8s.io/v1) in the background. Invariant: recording one never waits, never fails and
 * takes a bounded amount of memory; when the API server is slow or an object is noisy, Events are dropped and counted,
 * but work is not.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../runtime/clock.ts';
import { resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';

export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion?: string;
}

export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  /** UpperCamelCase, at most 128 characters. */
  readonly reason: string;
  /** For people; cut to 1 KiB. */
  readonly note: string;
  /** What was done; default: the reason. */
  readonly action?: string;
}

/** Why an Event was not written. */
export type EventDrop = 'repeated' | 'rateLimited' | 'queueFull' | 'failed';

export interface EventWriterOptions {
  readonly session: Session;
  readonly clock: Clock;
  /** For example pawl.dev/operator. */
  readonly controller: string;
  /** Name of this process, e.g. the pod's. */
  readonly instance: string;
  dropped?(why: EventDrop): void;
}

/** The same words about the same object are not said again for this long. */
const repeatMs = 600_000;
/** Of one object: this many at once, then one more each refillMs. */
const burst = 10;
const refillMs = 30_000;
const longestQueue = 1_000;
const longestMemory = 4_096;

const events = { group: 'events.k8s.io', version: 'v1', plural: 'events' } as const;

interface Bucket {
  tokens: number;
  filledAt: number;
}

export class EventWriter {
  readonly #options: EventWriterOptions;
  readonly #queue = new Map<string, { path: ReturnType<typeof resourcePath>; body: unknown }>();
  readonly #said = new Map<string, number>();
  readonly #buckets = new Map<string, Bucket>();
  #wake: (() => void) | undefined;

  constructor(options: EventWriterOptions) {
    this.#options = options;
  }

  record(subject: EventSubject, event: EventNote): void {
    const refused = this.#accept(subject, event);
    if (refused === null) this.#wake?.();
    else this.#drop(refused);
  }

  /** Writes what is recorded, one after another, until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const onAbort = () => this.#wake?.();
    signal.addEventListener('abort', onAbort);
    while (!signal.aborted) {
      const first = this.#queue.entries().next();
      if (first.done) {
        await new Promise<void>(resolve => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
        continue;
      }
      const [name, { path, body }] = first.value;
      this.#queue.delete(name);
      try {
        await this.#options.session.request({ method: 'POST', path, body, signal });
      } catch {
        this.#drop('failed');
      }
    }
    signal.removeEventListener('abort', onAbort);
  }

  /** Null when the Event waits to be written. */
  #accept(subject: EventSubject, event: EventNote): EventDrop | null {
    const now = this.#options.clock.monotonic();
    const words = JSON.stringify([subject.uid, event.type, event.reason, event.note]);
    const said = this.#said.get(words);
    if (said !== undefined && now - said < repeatMs) return 'repeated';
    if (this.#queue.size >= longestQueue) return 'queueFull';
    if (!this.#allows(subject.uid, now)) return 'rateLimited';
    try {
      const name = eventName(subject.name);
      const path = resourcePath(events, { namespace: subject.namespace });
      this.#queue.set(name, { path, body: this.#bodyOf(name, subject, event) });
    } catch {
      return 'failed';
    }
    remember(this.#said, words, now);
    return null;
  }

  #allows(uid: string, now: number): boolean {
    const bucket = this.#buckets.get(uid) ?? { tokens: burst, filledAt: now };
    const refill = Math.floor((now - bucket.filledAt) / refillMs);
    bucket.tokens = Math.min(burst, bucket.tokens + refill);
    bucket.filledAt += refill * refillMs;
    remember(this.#buckets, uid, bucket);
    if (bucket.tokens === 0) return false;
    bucket.tokens -= 1;
    return true;
  }

  #bodyOf(name: string, subject: EventSubject, event: EventNote): unknown {
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace: subject.namespace, name },
      // A MicroTime: the API server insists on six digits.
      eventTime: this.#options.clock.now().toISOString().replace('Z', '000Z'),
      reportingController: this.#options.controller,
      reportingInstance: this.#options.instance.slice(0, 128),
      type: event.type,
      reason: event.reason,
      action: event.action ?? event.reason,
      note: cut(event.note, 1024),
      regarding: subject,
    };
  }

  #drop(why: EventDrop): void {
    this.#options.dropped?.(why);
  }
}

/** Keeps the newest `longestMemory` entries. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= longestMemory) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

function eventName(subject: string): string {
  return `${subject.slice(0, 200).replace(/[-.]+$/, '')}.${randomUUID().replaceAll('-', '')}`;
}

/** Cuts to a number of UTF-8 bytes, between characters. */
function cut(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  let end = bytes - 3;
  while ((encoded[end]! & 0xc0) === 0x80) end -= 1;
  return `${encoded.subarray(0, end).toString()}…`;
}
