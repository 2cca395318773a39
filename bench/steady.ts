/**
 * Steady edits: at a given rate the body of one object after another is changed, and what counts is the time from
 * sending the edit until a watch of ConfigMaps shows it. Once for the floor (a watch, a commit, an apply), once with
 * Pawl idle, and once while Pawl looks at all N objects again, which it is set to do every minute.
 * Invariant: an edit is sent when its time has come, whether or not those before it were seen.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Api, openApi } from './api.ts';
import { openFloor } from './floor.ts';
import { type MeasuredOperator, startMeasured } from './measured-operator.ts';
import type { Measure } from './measurement.ts';
import type { Outcome } from './outcome.ts';
import { sumOf } from './prometheus.ts';
import { type Edit, partByResync, type QueuePoll } from './resync.ts';
import { percentile } from './statistics.ts';
import { applyObject, applyObjects, type BenchObject, createObjects, type Workload } from './workload.ts';

/** How many edits must have fallen into resyncs for their percentiles to mean something, and how long to try. */
const resyncEdits = 200;
const resyncSeconds = 400;
/** Each poll costs the operator a few milliseconds, which an edit may have to wait for. */
const pollMs = { idle: 250, resync: 100 };

export const measureSteady: Measure = async (parts, options) => {
  const { n, bytes, edits: rate, seconds, progress } = options;
  const databaseUrl = await parts.postgres.createDatabase('steady');
  const { kubeconfig } = parts.controlPlane;
  const workload: Workload = { kubeconfig, databaseUrl, objects: createObjects(n, bytes) };
  progress(`applying ${n} objects of ${bytes} bytes …`);
  await applyObjects(workload);
  await using api = openApi(kubeconfig);
  const editor = new Editor(api, workload.objects);

  progress(`the floor's latency, ${rate} edits/s for ${seconds} s …`);
  const floor = await withFloor(workload, api, editor, () => editor.run(rate, seconds));

  // Each minute, give or take a tenth; the first after 54 s at the earliest.
  await using operator = await startMeasured(parts, databaseUrl, { PAWL_RESYNC_MINUTES: '1' });
  await operator.written(n, progress);
  await operator.idle();
  const watching = new AbortController();
  const path = '/api/v1/configmaps?labelSelector=app.kubernetes.io/managed-by=pawl';
  const { ended } = await api.watch<ConfigMap>(path, event => editor.see(event.object), watching.signal);
  try {
    progress(`Pawl's latency, ${rate} edits/s …`);
    const samples = await untilEnough(operator, editor, { rate, seconds, progress });
    const answer = (variant: string, latencies: readonly number[], more = {}): Outcome => ({
      bench: 'steady',
      variant,
      n,
      bytes,
      figures: { ...latencyOf(latencies), ...more },
    });
    const floorFigures = { floorP50Ms: percentile(floor, 0.5), floorP99Ms: percentile(floor, 0.99) };
    const ratio = (latencies: readonly number[]) => ({
      ...floorFigures,
      ratio: latencies.length > 0 ? percentile(latencies, 0.5) / floorFigures.floorP50Ms : null,
    });
    return [
      answer('floor', floor),
      answer('idle', samples.idle, ratio(samples.idle)),
      answer('during a resync', samples.resync, { ...ratio(samples.resync), resyncs: samples.resyncs }),
    ];
  } finally {
    watching.abort();
    await ended;
    await operator.stop();
  }
};

function latencyOf(latencies: readonly number[]) {
  const enough = latencies.length > 0;
  return {
    edits: latencies.length,
    p50Ms: enough ? percentile(latencies, 0.5) : null,
    p99Ms: enough ? percentile(latencies, 0.99) : null,
    maxMs: enough ? percentile(latencies, 1) : null,
  };
}

interface ConfigMap {
  readonly data?: Readonly<Record<string, string>>;
}

/** Sends edits, each with a unique mark, and waits until the marks are seen. */
class Editor {
  readonly #api: Api;
  readonly #objects: readonly BenchObject[];
  readonly #sent = new Map<string, number>();
  readonly #edits: Edit[] = [];
  #next = 0;

  constructor(api: Api, objects: readonly BenchObject[]) {
    this.#api = api;
    this.#objects = objects;
  }

  see({ data = {} }: ConfigMap): void {
    for (const text of Object.values(data)) {
      const mark = /^mark: (\S+)$/m.exec(text)?.[1];
      const sentAt = mark === undefined ? undefined : this.#sent.get(mark);
      if (sentAt === undefined) continue;
      this.#sent.delete(mark!);
      this.#edits.push({ sentAt, latencyMs: performance.now() - sentAt });
    }
  }

  /** Every edit seen since the last call. */
  take(): Edit[] {
    return this.#edits.splice(0);
  }

  /** Latencies of all edits sent within `seconds`, once every one of them was seen. */
  async run(rate: number, seconds: number): Promise<number[]> {
    await this.send(rate, seconds * rate);
    return this.take().map(({ latencyMs }) => latencyMs);
  }

  /** Resolves when `count` were sent, or the signal was aborted, and all of them were seen. */
  async send(rate: number, count: number, signal?: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    const sending = new Set<Promise<void>>();
    const failed = Promise.withResolvers<never>();
    for (let index = 0; index < count && !signal?.aborted; index++) {
      await Promise.race([
        delay(Math.max(0, startedAt + (index * 1000) / rate - performance.now())),
        failed.promise,
      ]);
      const one = this.#send().then(() => void sending.delete(one), failed.reject);
      sending.add(one);
    }
    await Promise.race([Promise.all(sending), failed.promise]);
    for (const deadline = performance.now() + 30_000; this.#sent.size > 0; await delay(10)) {
      if (performance.now() > deadline) throw new Error(`${this.#sent.size} edits were not seen within 30 s`);
    }
  }

  async #send(): Promise<void> {
    const object = this.#objects[this.#next % this.#objects.length]!;
    const mark = `edit-${this.#next++}`;
    const body = `${object.body.replace(/^mark: .*\n/gm, '')}mark: ${mark}\n`;
    this.#sent.set(mark, performance.now());
    await applyObject(this.#api, { ...object, body });
  }
}

/** The least that can show an edit: a watch of ConfigVersions, a commit, an apply, and then the status. */
async function withFloor<T>(workload: Workload, api: Api, editor: Editor, use: () => Promise<T>): Promise<T> {
  await using floorApi = openApi(workload.kubeconfig);
  await using floor = await openFloor(workload, floorApi);
  const watching = new AbortController();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const work = async ({ metadata, spec }: ConfigVersion) => {
    const object = { ...metadata, body: spec.body };
    await floor.commit(object);
    await floor.applyConfigMap(object);
    await floor.applyStatus(object);
  };
  const generations = new Map<string, number>();
  const versions = await floorApi.watch<ConfigVersion>(
    '/apis/pawl.dev/v1alpha1/configversions',
    ({ object }) => {
      const key = `${object.metadata.namespace}/${object.metadata.name}`;
      if (generations.get(key) === object.metadata.generation) return; // our own status
      generations.set(key, object.metadata.generation);
      work(object).catch(failed.reject);
    },
    watching.signal,
  );
  const maps = await api.watch<ConfigMap>(
    '/api/v1/configmaps?labelSelector=bench=floor',
    event => editor.see(event.object),
    watching.signal,
  );
  try {
    return await Promise.race([use(), failed.promise]);
  } finally {
    watching.abort();
    await Promise.all([versions.ended, maps.ended]);
  }
}

interface ConfigVersion {
  readonly metadata: { readonly namespace: string; readonly name: string; readonly generation: number };
  readonly spec: { readonly body: string };
}

/** Edits without end, told apart afterwards by whether a resync was under way, until both kinds are enough. */
async function untilEnough(
  operator: MeasuredOperator,
  editor: Editor,
  { rate, seconds, progress }: { rate: number; seconds: number; progress: (text: string) => void },
): Promise<{ idle: number[]; resync: number[]; resyncs: number }> {
  const enough = new AbortController();
  const sending = editor.send(rate, Number.POSITIVE_INFINITY, enough.signal);
  const edits: Edit[] = [];
  const polls: QueuePoll[] = [];
  let resyncs = 0;
  let parted: { idle: number[]; resync: number[] } = { idle: [], resync: [] };
  try {
    const deadline = performance.now() + resyncSeconds * 1000;
    while (parted.idle.length < rate * seconds || parted.resync.length < resyncEdits) {
      if (performance.now() > deadline) {
        progress(`only ${parted.resync.length} edits fell into a resync within ${resyncSeconds} s`);
        break;
      }
      await Promise.race([delay(polls.at(-1)?.resyncing ? pollMs.resync : pollMs.idle), sending]);
      const waiting = sumOf(await operator.samples(), 'workqueue_depth', isResync);
      if (waiting > 0 && !polls.at(-1)?.resyncing) progress(`resync ${++resyncs} …`);
      polls.push({ at: performance.now(), resyncing: waiting > 0 });
      edits.push(...editor.take());
      parted = partByResync(edits, polls);
    }
  } finally {
    enough.abort();
    await sending;
  }
  parted = partByResync([...edits, ...editor.take()], polls);
  return { ...parted, resyncs };
}

const isResync = ({ priority }: Readonly<Record<string, string>>) => priority === 'resync';
