/**
 * One hostile tenant among N ordinary ones: each ordinary tenant reads and saves its own configs at a fixed rate, first
 * alone, then while the hostile one, in a process of its own, does all it can. Invariant: what is sent does not depend on
 * how fast it is answered, and a time counts from when the request was due.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { prepareApi } from '../local/api.ts';
import { type Asker, openAsker } from './asker.ts';
import { type Hostility, startHostile, startRefusing } from './hostile.ts';
import { startMeasured } from './measured-operator.ts';
import type { Measure } from './measurement.ts';
import type { Outcome } from './outcome.ts';
import type { Parts } from './parts.ts';
import { type Named, processorOf, takenBetween } from './processor.ts';
import { percentile } from './statistics.ts';
import { bodyOf } from './workload.ts';

/** Of one tenant. Every fourth request is a save. */
const requestsPerSecond = 5;
const configsEach = 20;
/** Who waits longer has failed; the measurement ends whatever the server does. */
const patienceMs = 10_000;
const audience = 'pawl';

export const measureTenants: Measure = async (parts, { n, bytes, seconds, progress }) => {
  const { controlPlane } = parts;
  const databaseUrl = await parts.postgres.createDatabase('tenants');
  const local = await prepareApi(controlPlane);
  await using operator = await startMeasured(parts, databaseUrl, local.operator);
  await operator.ready();
  const connect = { ca: readFileSync(local.client.PAWL_CA) };
  await using asker = openAsker(local.client.PAWL_SERVER, connect);
  const tenants: Tenant[] = [];
  progress(`saving the configs of ${n} tenants …`);
  for (let index = 1; index <= n; index++) {
    const namespace = `bench-tenant-${index}`;
    const tenant = new Tenant(asker, namespace, await tokenOf(parts, namespace), bytes);
    await tenant.begin();
    tenants.push(tenant);
  }
  const namespace = 'bench-hostile';
  const hostile = { namespace, server: local.client.PAWL_SERVER, ca: local.client.PAWL_CA };
  const token = await tokenOf(parts, namespace);
  const here: Named[] = [
    { pid: process.pid, name: 'ordinary tenants' },
    { pid: operator.pid, name: 'operator', threads: true },
  ];
  const work = async (what: string, others: readonly Named[] = []) => {
    progress(`${what} …`);
    const named = [...here, ...others];
    const before = processorOf(named);
    const all = await Promise.all(tenants.map((tenant, index) => tenant.work(seconds, index / n)));
    const taken = takenBetween(before, processorOf(named));
    const told = taken.map(([name, cpu]) => `${name} ${(cpu / seconds).toFixed(2)}`).join(', ');
    progress(`${what}, processors: ${told}`);
    return {
      reads: all.flatMap(({ reads }) => reads),
      saves: all.flatMap(({ saves }) => saves),
      failed: all.reduce((sum, { failed }) => sum + failed, 0),
      processors: Object.fromEntries(taken.map(([name, cpu]) => [`processors: ${name}`, cpu / seconds])),
    };
  };
  const besides = async (what: string, server: string, others: readonly Named[] = []) => {
    const attack = startHostile({ ...hostile, server, token });
    await attack.prepared;
    await delay(2_000);
    const times = await work(what, [...others, { pid: attack.pid, name: 'hostile tenant' }]);
    return { times, hostility: await attack.stop() };
  };
  // What is loaded once is nobody's latency.
  await work('warming');
  const alone = await work('alone');
  const files = { cert: local.operator.PAWL_API_CERT_FILE, key: local.operator.PAWL_API_KEY_FILE };
  await using refusing = await startRefusing(files);
  const floor = await besides(refusedVariant, refusing.url, [{ pid: refusing.pid, name: 'refusing server' }]);
  const beside = await besides(besideVariant, hostile.server);
  const { hostility } = beside;
  const { peakRssMiB } = await operator.footprint();
  await operator.stop();
  const outcome = (variant: string, times: Measured, more: Outcome['figures'] = {}): Outcome => ({
    ...{ bench: 'tenants', variant, n, bytes },
    figures: { ...figuresOf(times, alone), ...times.processors, ...more },
  });
  progress(`the hostile tenant was answered: ${toldOf(hostility)}`);
  const overFloor = {
    readP99FloorRatio: p99Ratio(beside.times.reads, floor.times.reads),
    saveP99FloorRatio: p99Ratio(beside.times.saves, floor.times.saves),
  };
  return [
    outcome('alone', alone),
    outcome(refusedVariant, floor.times, { hostile: floor.hostility.sent }),
    outcome(besideVariant, beside.times, { ...overFloor, peakRssMiB, hostile: hostility.sent }),
  ];
};

const besideVariant = 'beside a hostile one';
/** The floor: what its own process and the network take of the machine, where it is told no by another server. */
const refusedVariant = 'beside one that another server refuses';

/** In milliseconds; of a request that failed, until that was known. */
interface Times {
  readonly reads: readonly number[];
  readonly saves: readonly number[];
  readonly failed: number;
}

interface Measured extends Times {
  /** Processors taken, by whom. */
  readonly processors: Outcome['figures'];
}

function figuresOf({ reads, saves, failed }: Times, alone: Times): Outcome['figures'] {
  return {
    ...{ reads: reads.length, readP50Ms: percentile(reads, 0.5), readP99Ms: percentile(reads, 0.99) },
    readP99Ratio: p99Ratio(reads, alone.reads),
    ...{ saves: saves.length, saveP50Ms: percentile(saves, 0.5), saveP99Ms: percentile(saves, 0.99) },
    saveP99Ratio: p99Ratio(saves, alone.saves),
    failed,
  };
}

const p99Ratio = (times: readonly number[], before: readonly number[]): number =>
  percentile(times, 0.99) / percentile(before, 0.99);

const toldOf = ({ answers }: Hostility): string =>
  Object.entries(answers)
    .map(
      ([what, codes]) =>
        `${what}: ${Object.entries(codes)
          .map(([code, count]) => `${count} × ${code}`)
          .join(', ')}`,
    )
    .join('; ');

/** A Kubernetes namespace with a service account that may do everything to configs there. */
async function tokenOf({ controlPlane: { kubectl } }: Parts, namespace: string): Promise<string> {
  const [group, metadata] = ['rbac.authorization.k8s.io', { name: 'tenant', namespace }];
  const verbs = ['get', 'list', 'watch', 'create', 'update', 'delete'];
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      ...{ apiVersion: `${group}/v1`, kind: 'Role', metadata },
      rules: [{ apiGroups: ['store.pawl.dev'], resources: ['configs'], verbs }],
    },
    {
      ...{ apiVersion: `${group}/v1`, kind: 'RoleBinding', metadata },
      roleRef: { apiGroup: group, kind: 'Role', name: 'tenant' },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
  ];
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await kubectl(['apply', '--server-side', '-f', '-'], { input });
  const here = ['--namespace', namespace];
  const { stdout } = await kubectl([
    'create',
    'token',
    'tenant',
    ...here,
    '--audience',
    audience,
    '--duration',
    '2h',
  ]);
  return stdout.trim();
}

class Tenant {
  readonly #asker: Asker;
  readonly #namespace: string;
  readonly #headers: Record<string, string>;
  readonly #bytes: number;
  readonly #versions = new Map<number, number>();
  #next = 0;

  constructor(asker: Asker, namespace: string, token: string, bytes: number) {
    this.#asker = asker;
    this.#namespace = namespace;
    this.#headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    this.#bytes = bytes;
  }

  async begin(): Promise<void> {
    for (let config = 0; config < configsEach; config++) {
      // Rights are in force a moment after they were given.
      for (let tries = 1; ; tries++) {
        if ((await this.#save(config).catch(() => null)) !== null) break;
        if (tries === 20) throw new Error(`${this.#namespace} may not save`);
        await delay(500);
      }
    }
  }

  /** @param offset part of the interval by which it is later than the first tenant */
  async work(seconds: number, offset: number): Promise<Times> {
    const times = { reads: [] as number[], saves: [] as number[], failed: 0 };
    const startedAt = performance.now() + (offset * 1000) / requestsPerSecond;
    const under: Promise<void>[] = [];
    for (let index = 0; index < seconds * requestsPerSecond; index++) {
      const due = startedAt + (index * 1000) / requestsPerSecond;
      const early = due - performance.now();
      if (early > 0) await delay(early);
      const config = this.#next++ % configsEach;
      const saves = index % 4 === 0;
      const request = saves ? this.#save(config) : this.#read(config);
      const counted = request.catch(() => {
        times.failed += 1;
      });
      under.push(counted.then(() => void times[saves ? 'saves' : 'reads'].push(performance.now() - due)));
    }
    await Promise.all(under);
    return times;
  }

  async #read(config: number): Promise<void> {
    await this.#ask('GET', config);
  }

  async #save(config: number): Promise<number> {
    const base = this.#versions.get(config) ?? 0;
    this.#versions.set(config, base + 1);
    const text = bodyOf(config, this.#bytes, { head: `version-${base + 1}` });
    try {
      await this.#ask('PUT', config, { format: 'yaml', body_raw: text, base_version: base });
    } catch (error) {
      this.#versions.set(config, base);
      throw error;
    }
    return base + 1;
  }

  async #ask(method: 'GET' | 'PUT', config: number, body?: object): Promise<void> {
    const path = `/configs/${this.#namespace}/limits/config-${config}.yaml`;
    const question = { method, path, headers: this.#headers, ...(body && { body: JSON.stringify(body) }) };
    const late = AbortSignal.timeout(patienceMs);
    const { promise: tooLate, reject } = Promise.withResolvers<never>();
    late.addEventListener('abort', () => reject(late.reason), { once: true });
    const { status, text } = await Promise.race([this.#asker.ask(question), tooLate]);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`);
  }
}
