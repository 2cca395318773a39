/**
 * Readers that look on while writers write: one follows the changes as server-sent events, at one replica after the
 * other, and one the ConfigMaps. Invariant: whatever is lost, told twice or goes back is kept as a fault of what is read,
 * whatever is broken meanwhile.
 */
import { readFile } from 'node:fs/promises';
import { Agent, type RequestOptions, request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { WatchEvent } from '../../../api/types.gen.ts';
import type { LocalApi } from '../../../local/api.ts';
import type { Kube } from '../kube.ts';
import { until } from '../until.ts';

interface Seen {
  /** By a list, when it began and after the server said that the reader missed something. */
  listed: number;
  /** By the last event since that; null: none yet. */
  told: number | null;
}

/** What a reader of events may conclude from them. Every version comes once, in order, after what a list said. */
export class ToldVersions {
  readonly #seen = new Map<string, Seen>();
  readonly faults: string[] = [];

  /** After it was said that something was missed, or at the beginning. */
  listed(path: string, version: number): void {
    this.#seen.set(path, { listed: version, told: null });
  }

  change({ kind, path, version }: Pick<WatchEvent, 'kind' | 'path' | 'version'>): void {
    const seen = this.#seen.get(path) ?? { listed: 0, told: null };
    // A list may hold what is told after it, too.
    const isNext = seen.told === null ? version <= seen.listed + 1 : version === seen.told + 1;
    if (kind !== 'saved' || !isNext) {
      this.faults.push(`the feed told ${kind} ${path} ${version} after ${JSON.stringify(seen)}`);
    }
    this.#seen.set(path, { ...seen, told: version });
  }

  latestOf(path: string): number {
    const { told, listed } = this.#seen.get(path) ?? { told: null, listed: 0 };
    return told ?? listed;
  }
}

export class FeedReader {
  readonly #addresses: readonly string[];
  readonly #options: RequestOptions;
  readonly #namespace: string;
  readonly #versions = new ToldVersions();
  events = 0;
  /** How often it had to list again. */
  resets = 0;
  connections = 0;
  #lastId: string | null = null;

  private constructor(addresses: readonly string[], options: RequestOptions, namespace: string) {
    this.#addresses = addresses;
    this.#options = options;
    this.#namespace = namespace;
  }

  static async open(
    addresses: readonly string[],
    { client }: LocalApi,
    namespace: string,
  ): Promise<FeedReader> {
    const headers = { authorization: `Bearer ${client.PAWL_TOKEN}` };
    return new FeedReader(addresses, { ca: await readFile(client.PAWL_CA), headers }, namespace);
  }

  get faults(): readonly string[] {
    return this.#versions.faults;
  }

  /** Comes back whenever its stream ends, until told to stop. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const address = this.#addresses[this.connections % this.#addresses.length]!;
      this.connections += 1;
      await this.#follow(address, stop).catch(() => undefined);
      await delay(100);
    }
  }

  /** Waits until it knows these versions. */
  async untilKnows(heads: ReadonlyMap<string, { version: string }>, ms: number): Promise<void> {
    for (const [path, { version }] of heads) {
      await until(`the feed told of version ${version} of ${path}`, ms, () => {
        return Number(version) === this.#versions.latestOf(path);
      });
    }
  }

  async #follow(address: string, stop: AbortSignal): Promise<void> {
    const agent = new Agent({ keepAlive: false });
    const silence = AbortSignal.timeout(600_000);
    try {
      const url = `${address}/watch/${this.#namespace}`;
      const headers = {
        ...this.#options.headers,
        ...(this.#lastId !== null && { 'last-event-id': this.#lastId }),
      };
      const signal = AbortSignal.any([stop, silence]);
      const stream = await open(url, { ...this.#options, headers, agent, signal });
      let rest = '';
      for await (const chunk of stream) {
        rest += chunk;
        const blocks = rest.split('\n\n');
        rest = blocks.pop()!;
        for (const block of blocks) await this.#take(address, block, signal);
      }
    } finally {
      agent.destroy();
    }
  }

  async #take(address: string, block: string, signal: AbortSignal): Promise<void> {
    const [, event, id, data] = /^event: (\S+)\nid: (\S+)\ndata: (.*)$/.exec(block) ?? [];
    if (event === undefined || id === undefined) return;
    if (this.#lastId === null || event === 'expired') await this.#list(address, signal);
    if (event === 'change') {
      this.events += 1;
      this.#versions.change(JSON.parse(data!));
    }
    this.#lastId = id;
  }

  async #list(address: string, signal: AbortSignal): Promise<void> {
    this.resets += 1;
    const stream = await open(`${address}/configs/${this.#namespace}`, {
      ...this.#options,
      agent: false,
      signal,
    });
    let text = '';
    for await (const chunk of stream) text += chunk;
    for (const { path, latest } of JSON.parse(text).items) {
      this.#versions.listed(path, latest.version);
    }
  }
}

function open(url: string, options: RequestOptions): Promise<AsyncIterable<string>> {
  return new Promise((resolve, reject) => {
    const asking = request(url, options, response => {
      response.setEncoding('utf8');
      if (response.statusCode === 200) resolve(response);
      else reject(new Error(`${url}: ${response.statusCode}`));
    });
    asking.on('error', reject);
    asking.end();
  });
}

/** Looks at the ConfigMaps of these configs again and again. */
export class MapReader {
  readonly faults: string[] = [];
  readonly #shown = new Map<string, number>();
  looks = 0;

  async run(kube: Kube, namespace: string, paths: readonly string[], stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      for (const path of paths) await this.#look(kube, namespace, path).catch(() => undefined);
      await delay(50);
    }
  }

  async #look(kube: Kube, namespace: string, path: string): Promise<void> {
    const found = await kube.configMap(namespace, path);
    const before = this.#shown.get(path) ?? 0;
    this.looks += 1;
    const version = Number(found?.metadata.annotations?.['pawl.dev/version'] ?? 0);
    if (version < before) this.faults.push(`the ConfigMap of ${path} went from ${before} back to ${version}`);
    this.#shown.set(path, Math.max(version, before));
  }
}
