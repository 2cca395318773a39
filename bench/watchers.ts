/**
 * Memory of watchers: N server-sent event streams of one config namespace, each a TLS connection of its own, held by
 * another process. What counts is how much the operator's process grows, and how long one save takes to reach all.
 */
import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { prepareApi } from '../local/api.ts';
import { doorsNamespace } from './door.ts';
import { httpDoors } from './door-http.ts';
import { startMeasured } from './measured-operator.ts';
import type { Measure } from './measurement.ts';
import type { Said, ToWatch } from './watcher-process.ts';
import { bodyOf } from './workload.ts';

export const measureWatchers: Measure = async (parts, { n, bytes, progress }) => {
  const { controlPlane } = parts;
  await demandDescriptors(n);
  const databaseUrl = await parts.postgres.createDatabase('watchers');
  const local = await prepareApi(controlPlane);
  await controlPlane.kubectl(['create', 'namespace', doorsNamespace]);
  await using operator = await startMeasured(parts, databaseUrl, {
    ...local.operator,
    PAWL_API_REQUESTS_PER_MINUTE: '1000000000',
    PAWL_API_MAX_WATCHERS: String(n),
    NODE_OPTIONS: roomier(parts.podEnv.NODE_OPTIONS ?? '', n),
  });
  await operator.ready();
  await using stack = new AsyncDisposableStack();
  const [rest] = httpDoors({ api: local.client, kubeconfig: controlPlane.kubeconfig });
  stack.use(rest!);
  // A first save and a first read: what they load is not the watchers'.
  await rest!.save!('watched.yaml', 0, bodyOf(0, bytes));
  await rest!.read('watched.yaml');
  await operator.idle();
  const before = await operator.footprint();

  progress(`opening ${n} watches …`);
  const startedAt = performance.now();
  await using watchers = startWatchers({
    ...{ url: `${local.client.PAWL_SERVER}/watch/${doorsNamespace}`, count: n },
    ...{ ca: await readFile(local.client.PAWL_CA, 'utf8'), token: local.client.PAWL_TOKEN },
  });
  await watchers.said('open');
  const openSeconds = (performance.now() - startedAt) / 1000;
  const open = await operator.footprint();
  progress('one save, seen by all …');
  const savedAt = performance.now();
  await rest!.save!('watched.yaml', 1, bodyOf(1, bytes));
  await watchers.said('seen');
  const seenMs = performance.now() - savedAt;
  const after = await operator.footprint();
  await watchers[Symbol.asyncDispose]();
  await operator.stop();
  const figures = {
    ...{ openSeconds, seenMs, rssBeforeMiB: before.rssMiB, rssMiB: open.rssMiB, rssSeenMiB: after.rssMiB },
    heapMiB: after.heapMiB,
    peakRssMiB: after.peakRssMiB,
    kibPerWatcher: ((open.rssMiB - before.rssMiB) * 1024) / n,
    heapKibPerWatcher: ((open.heapMiB - before.heapMiB) * 1024) / n,
  };
  return [{ bench: 'watchers', variant: '', n, bytes, figures }];
};

/** The chart's memory limit is for 2,000 watchers: to allow more, raise the limit too. */
function roomier(nodeOptions: string, count: number): string {
  return nodeOptions.replace(/--max-old-space-size=(\d+)/, (_, mebibytes) => {
    return `--max-old-space-size=${Number(mebibytes) + Math.ceil(count / 10)}`;
  });
}

/** Throws where a process may not have so many connections open. */
async function demandDescriptors(count: number): Promise<void> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const most = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  if (most >= count + 200) return;
  throw new Error(`${count} watchers need more open files than the ${most} allowed here: ulimit -n, or --n`);
}

interface Watchers extends AsyncDisposable {
  said(what: Said['kind']): Promise<void>;
}

function startWatchers(toWatch: ToWatch): Watchers {
  const child = fork(new URL('./watcher-process.ts', import.meta.url), { execArgv: [] });
  const exited = Promise.withResolvers<never>();
  exited.promise.catch(() => undefined);
  child.once('error', exited.reject);
  child.once('exit', code => exited.reject(new Error(`the watchers' process ended with ${code}`)));
  const heard = { open: Promise.withResolvers<void>(), seen: Promise.withResolvers<void>() };
  child.on('message', (said: Said) => {
    if (said.kind === 'failed') exited.reject(new Error(said.message));
    else heard[said.kind].resolve();
  });
  child.send(toWatch);
  return {
    said: what => Promise.race([what === 'failed' ? exited.promise : heard[what].promise, exited.promise]),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
      await promise;
    },
  };
}
