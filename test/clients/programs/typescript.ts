/** test/clients/program.ts, with the TypeScript client. */
import { createInterface } from 'node:readline';
import { inspect } from 'node:util';
import {
  connect,
  decode,
  type LiveConfig,
  type PawlClient,
  PawlError,
  type Snapshot,
} from '../../../clients/typescript/src/node.ts';
import type { Limits } from '../program.ts';

function parse(data: unknown): Limits {
  const { cap, burst = 0 } = data as Partial<Limits>;
  if (!Number.isSafeInteger(cap) || !Number.isSafeInteger(burst))
    throw new Error(`${JSON.stringify(data)} has no whole cap and burst`);
  return { cap: cap as number, burst };
}

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const shown = ({ version, value }: Snapshot<Limits>) => ({ version, value });

/** Handles that keep Node alive, but for our own pipes. */
const running = () =>
  process.getActiveResourcesInfo().filter(name => !/^(Pipe|TTY|FSReqCallback)/.test(name));

let client: PawlClient;
let config: LiveConfig<Limits>;
let before: string[] = [];

// biome-ignore lint/suspicious/noExplicitAny: the orders are the test's
const orders: Record<string, (order: any) => Promise<object>> = {
  async open({ do: _, id: __, start = 1, ...options }) {
    before = running();
    client = connect({ ...options, pace: { minBackOffMs: 50, maxBackOffMs: 500, startMs: start * 1000 } });
    return {};
  },
  async watch({ namespace, path }) {
    config = await client.watch(namespace, path, parse, {
      onChange: (old, now) => void say({ event: 'change', old: shown(old), now: shown(now) }),
      onError: error => {
        const { reason, message, version } = error;
        say({ event: 'error', reason, message, version, printed: inspect(error, { depth: 10 }) });
      },
    });
    return { ...shown(config.current), source: config.source };
  },
  async get() {
    return { ...shown(config.current), source: config.source, staleFor: config.staleFor() };
  },
  async decode({ text }) {
    return { data: decode(text, 'yaml') };
  },
  async save({ namespace, path, request }) {
    const outcome = await client.save(namespace, path, request);
    if (outcome.outcome !== 'needs-approval') return outcome;
    const { id: approvalId, ...others } = outcome;
    return { ...others, approvalId };
  },
  async close() {
    await client.close();
    // Sockets tell that they are closed some turns later.
    const end = performance.now() + 20_000;
    while (running().length > before.length && performance.now() < end)
      await new Promise(resolve => setImmediate(resolve));
    return { left: running().slice(before.length) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  try {
    say({ ...(await orders[order.do]!(order)), id: order.id });
  } catch (error) {
    const { reason, message } =
      error instanceof PawlError ? error : { reason: 'bug', message: String(error) };
    say({ id: order.id, error: { reason, message } });
  }
}
