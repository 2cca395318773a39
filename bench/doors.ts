/**
 * Reads and saves through each door: one process asks the operator's HTTP API, directly and through the API server,
 * and, as the floor, PostgreSQL itself with the very statements that a request costs the operator; and, as the floor of
 * reads over HTTPS, a bare server that asks PostgreSQL the same. Each door is first asked as fast as it answers, in
 * turn with the others, so that a machine that is slow for a while is slow for all; then at half that rate, whether or
 * not it keeps up. Invariant: every door answers with the same thing, an object with the text in it, and every save is
 * a new version.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { prepareApi } from '../local/api.ts';
import { registerApiService } from '../local/api-service.ts';
import { type Door, doorsNamespace, width } from './door.ts';
import { openBareDoor } from './door-bare.ts';
import { httpDoors } from './door-http.ts';
import { openPostgresDoor } from './door-postgres.ts';
import { startMeasured } from './measured-operator.ts';
import type { Measure } from './measurement.ts';
import type { Figures } from './outcome.ts';
import { percentile } from './statistics.ts';
import { bodyOf } from './workload.ts';

export const measureDoors: Measure = async (parts, { n, bytes, seconds, progress }) => {
  const { controlPlane } = parts;
  const databaseUrl = await parts.postgres.createDatabase('doors');
  const local = await prepareApi(controlPlane);
  await controlPlane.kubectl(['create', 'namespace', doorsNamespace]);
  await using operator = await startMeasured(parts, databaseUrl, {
    ...local.operator,
    PAWL_API_REQUESTS_PER_MINUTE: '1000000000',
  });
  await operator.ready();
  await using service = await registerApiService(controlPlane, local.service);
  await service.available();
  await using stack = new AsyncDisposableStack();
  const doors: Door[] = [
    stack.use(await openPostgresDoor(databaseUrl)),
    stack.use(await openBareDoor(databaseUrl, filesOf(local))),
    ...httpDoors({ api: local.client, kubeconfig: controlPlane.kubeconfig }).map(door => stack.use(door)),
  ];
  const configs = new Configs(n, bytes);
  progress(`saving ${n} configs of ${bytes} bytes …`);
  const [, , rest] = doors;
  await closed(configs.each(), (path, base, text) => rest!.save!(path, base, text));
  const phaseMs = (seconds * 1000) / 3;
  const cpuSeconds = async () => (await operator.footprint()).cpuSeconds;
  const works = doors.flatMap(door => worksOf(door));
  for (const work of works) {
    progress(`${work.name}: warming …`);
    await closed(configs.forSo(phaseMs, work.saves), work.one);
  }
  for (let round = 1; round <= rounds; round++) {
    for (const work of works) {
      progress(`${work.name}: ${round} of ${rounds} …`);
      const [cpuBefore, startedAt] = [await cpuSeconds(), performance.now()];
      work.count += await closed(configs.forSo(phaseMs / rounds, work.saves), work.one);
      work.ms += performance.now() - startedAt;
      work.cpuMs += ((await cpuSeconds()) - cpuBefore) * 1000;
    }
  }
  for (const work of works) {
    progress(`${work.name}: at half the rate …`);
    // Its connections may have been closed while others had their turn.
    await closed(configs.forSo(phaseMs / 10, work.saves), work.one);
    work.latencies = await open(configs.forSo(phaseMs, work.saves), perSecond(work) / 2, work.one);
  }
  const outcomes = doors.map(({ name }) => {
    const figures = figuresOf(
      works.filter(({ door }) => door === name),
      works.filter(({ door }) => door === doors[0]!.name),
    );
    return { bench: 'doors', variant: name, n, bytes, figures };
  });
  await operator.stop();
  return outcomes;
};

const filesOf = ({ operator, client }: Awaited<ReturnType<typeof prepareApi>>) => ({
  ca: client.PAWL_CA,
  cert: operator.PAWL_API_CERT_FILE,
  key: operator.PAWL_API_KEY_FILE,
});

/** Of the time in which each is asked as fast as it answers. */
const rounds = 5;

/** Reading or saving through one door, and what came of it so far. */
interface Work {
  readonly door: string;
  readonly name: string;
  readonly saves: boolean;
  readonly one: One;
  count: number;
  /** In which so many were answered. */
  ms: number;
  /** Milliseconds of the operator's CPU in that time, what it does beside included. */
  cpuMs: number;
  /** Milliseconds from when it was due, at half that rate. */
  latencies: readonly number[];
}

function worksOf({ name, read, save }: Door): Work[] {
  const nothing = { count: 0, ms: 0, cpuMs: 0, latencies: [] };
  const reads = { door: name, name: `${name}, reads`, saves: false, one: (path: string) => read(path) };
  const saves = save && { door: name, name: `${name}, saves`, saves: true, one: save };
  return [reads, ...(saves ? [saves] : [])].map(work => ({ ...work, ...nothing }));
}

const perSecond = ({ count, ms }: Work): number => (count * 1000) / ms;

function figuresOf(works: readonly Work[], floor: readonly Work[]): Figures {
  const [reads, saves = null] = works;
  const [floorReads, floorSaves] = floor;
  const operators = reads !== floorReads;
  return {
    readsPerSecond: perSecond(reads!),
    readRatio: perSecond(reads!) / perSecond(floorReads!),
    readP50Ms: percentile(reads!.latencies, 0.5),
    readP99Ms: percentile(reads!.latencies, 0.99),
    readCpuMs: operators ? reads!.cpuMs / reads!.count : null,
    savesPerSecond: saves && perSecond(saves),
    saveRatio: saves && perSecond(saves) / perSecond(floorSaves!),
    saveCpuMs: saves && operators ? saves.cpuMs / saves.count : null,
    saveP50Ms: saves && percentile(saves.latencies, 0.5),
    saveP99Ms: saves && percentile(saves.latencies, 0.99),
  };
}

type One = (path: string, base: number, text: string) => Promise<void>;

/** The next when one is answered, `width` at a time. @returns how many */
async function closed(turns: Iterator<Turn>, work: One): Promise<number> {
  let count = 0;
  const worker = async () => {
    for (let turn = turns.next(); !turn.done; turn = turns.next()) {
      await turn.value.take(work);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return count;
}

/** So many a second, each when its time has come. @returns milliseconds from then to its answer */
async function open(turns: Iterator<Turn>, perSecond: number, work: One): Promise<number[]> {
  const latencies: number[] = [];
  const under = new Set<Promise<void>>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const startedAt = performance.now();
  for (let index = 0, turn = turns.next(); !turn.done; index++, turn = turns.next()) {
    const due = startedAt + (index * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await Promise.race([delay(early), failed.promise]);
    const one = turn.value.take(work).then(() => {
      latencies.push(performance.now() - due);
      under.delete(one);
    }, failed.reject);
    under.add(one);
  }
  await Promise.race([Promise.all(under), failed.promise]);
  return latencies;
}

interface Turn {
  take(work: One): Promise<void>;
}

/** Configs in turn; one that is being saved is passed over, so that no save is stale. */
class Configs {
  readonly #bytes: number;
  readonly #configs: { readonly path: string; readonly index: number; version: number; busy: boolean }[];
  #next = 0;

  constructor(count: number, bytes: number) {
    this.#bytes = bytes;
    this.#configs = Array.from({ length: count }, (_, index) => ({
      ...{ path: `limits/config-${String(index).padStart(6, '0')}.yaml`, index },
      ...{ version: 0, busy: false },
    }));
  }

  *each(): Generator<Turn> {
    for (const _ of this.#configs) yield this.#turn(true);
  }

  *forSo(ms: number, saves: boolean): Generator<Turn> {
    for (const end = performance.now() + ms; performance.now() < end; ) yield this.#turn(saves);
  }

  #turn(saves: boolean): Turn {
    const { length } = this.#configs;
    let config = this.#configs[this.#next++ % length]!;
    for (let passed = 0; config.busy; passed++) {
      if (passed === length) throw new Error(`all ${length} configs are being saved; take more (--n)`);
      config = this.#configs[this.#next++ % length]!;
    }
    config.busy = saves;
    return {
      take: async work => {
        const base = config.version;
        await work(config.path, base, bodyOf(config.index, this.#bytes, { head: `version-${base + 1}` }));
        if (saves) config.version += 1;
        config.busy = false;
      },
    };
  }
}
