/**
 * A tenant who takes all they can get, forked by hostile.ts: large deployments at the same time, lists that are never
 * read, searches that cost most, dry runs of a text that is slow to read, tokens made up anew for each request, and as
 * many watches as there are. With the least priority, because a tenant has a processor of their own. Invariant: it ends
 * when its parent does.
 */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { constants, getPriority, setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Hostility, Target } from './hostile.ts';

const lowest = constants.priority.PRIORITY_LOW;
setPriority(Math.min(lowest, getPriority() + lowest));
// Linux may give each session an equal share, whatever its processes' priorities; a session of its own has one, too.
if (existsSync('/proc/self/autogroup')) writeFileSync('/proc/self/autogroup', `${lowest}`);
process.once('disconnect', () => process.exit());
process.once('message', (target: Target) => void attack(target));

const mebibyte = 1 << 20;
/** Slow to read as YAML, and of the size that a ConfigMap may have. */
const flowList = `[${'a, '.repeat(mebibyte / 3 - 8)}a]\n`;
const plainText = `text: ${'x'.repeat(mebibyte - 16)}\n`;

const counts: Record<string, Record<string, number>> = {};
const stopped = new AbortController();
// Each request listens to it.
setMaxListeners(0, stopped.signal);

interface Deed {
  readonly method?: string;
  readonly path: string;
  readonly body?: Buffer;
  readonly token?: string;
  /** Milliseconds after which it is given up. */
  readonly patienceMs?: number;
  /** Never reads the answer. */
  readonly unread?: boolean;
}

async function attack(target: Target): Promise<void> {
  const agent = new Agent({
    ca: readFileSync(target.ca),
    keepAlive: true,
    maxSockets: Number.POSITIVE_INFINITY,
  });
  const ask = (deed: Deed) => asked(agent, target, deed);
  const at = (path: string) => `/configs/${target.namespace}/${path}`;
  const json = (value: object) => Buffer.from(JSON.stringify(value));
  for (let index = 0; index < 20; index++) {
    const body = json({ format: 'yaml', body_raw: plainText, base_version: 0 });
    for (
      let tries = 0;
      tries < 20 && (await ask({ method: 'PUT', path: at(`large-${index}.yaml`), body })) >= 300;
      tries++
    )
      await delay(500);
  }
  const changes = Array.from({ length: 43 }, (_, index) => ({
    ...{ namespace: target.namespace, path: `deployed-${index}.yaml`, body_raw: plainText },
  }));
  const deployment = json({ changes });
  const list = json({ format: 'yaml', body_raw: flowList });
  process.send?.('prepared');
  const deployments = `/deployments?dry_run=true&namespaces=${target.namespace}`;
  const search = `/search?namespace=${target.namespace}&key=${encodeURIComponent('**/a/b/c/d')}`;
  const loops: [name: string, width: number, deed: (turn: number) => Deed][] = [
    ['large deployments', 4, () => ({ method: 'POST', path: deployments, body: deployment })],
    ['unread texts', 24, turn => ({ path: at(`large-${turn % 20}.yaml`), unread: true, patienceMs: 20_000 })],
    ['searches', 8, turn => ({ path: search, patienceMs: turn % 2 ? 30_000 : 500 })],
    [
      'slow dry runs',
      8,
      turn => ({ method: 'PUT', path: `${at(`list-${turn}.yaml`)}?dry_run=true`, body: list }),
    ],
    ['made-up tokens', 8, () => ({ path: '/namespaces', token: randomBytes(24).toString('hex') })],
    ['watches', 400, () => ({ path: `/watch/${target.namespace}`, patienceMs: 60_000 })],
  ];
  process.on('message', () => {
    stopped.abort();
    const sent = Object.values(counts)
      .flatMap(codes => Object.values(codes))
      .reduce((sum, count) => sum + count, 0);
    process.send?.({ sent, answers: counts } satisfies Hostility);
  });
  for (const [name, width, deed] of loops) {
    for (let worker = 0; worker < width; worker++) void keepAt(name, deed, ask);
  }
}

async function keepAt(
  name: string,
  deed: (turn: number) => Deed,
  ask: (deed: Deed) => Promise<number>,
): Promise<void> {
  for (let turn = 0; !stopped.signal.aborted; turn++) {
    const code = await ask(deed(turn));
    counts[name] ??= {};
    counts[name][code] = (counts[name][code] ?? 0) + 1;
    // A client that is told to wait and does not would only take its own processor.
    if (code === 429 || code === 0) await delay(50);
  }
}

/** @returns the status; 0: there was no answer, or it was given up */
function asked(
  agent: Agent,
  target: Target,
  { method = 'GET', path, body, token, patienceMs = 120_000, unread }: Deed,
) {
  return new Promise<number>(resolve => {
    const headers = {
      authorization: `Bearer ${token ?? target.token}`,
      ...(body && { 'content-type': 'application/json', 'content-length': body.length }),
    };
    const asking = request(new URL(path, target.server), { agent, method, headers }, answer => {
      const status = answer.statusCode ?? 0;
      if (unread) return answer.pause().once('close', () => resolve(status));
      // Its end comes before the request's own.
      answer.resume().once('end', () => resolve(status));
      return undefined;
    });
    const timer = setTimeout(() => asking.destroy(), patienceMs);
    asking.once('close', () => {
      clearTimeout(timer);
      resolve(0);
    });
    asking.once('error', () => resolve(0));
    stopped.signal.addEventListener('abort', () => asking.destroy(), { once: true });
    asking.end(body);
  });
}
