/**
 * A schema that changes under N configs: saves at a fixed rate, first while nothing happens, then while the latest versions
 * are looked at in the background. Invariant: what is sent does not depend on how fast it is answered, and a time counts
 * from when the save was due.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { prepareApi } from '../local/api.ts';
import { inParallel } from './api.ts';
import { type Asker, openAsker } from './asker.ts';
import { startMeasured } from './measured-operator.ts';
import type { Measure } from './measurement.ts';
import type { Figures } from './outcome.ts';
import type { Parts } from './parts.ts';
import { percentile } from './statistics.ts';
import { bodyOf } from './workload.ts';

const savesPerSecond = 20;
/** Configs that are saved again and again, beside the N. */
const busy = 50;
const namespace = 'bench-schemas';
/** The latest versions of so many configs are looked at within this time, or something is wrong. */
const patienceMs = 600_000;

export const measureSchemas: Measure = async (parts, { n, bytes, seconds, progress }) => {
  const { kubectl } = parts.controlPlane;
  const local = await prepareApi(parts.controlPlane);
  const databaseUrl = await parts.postgres.createDatabase('schemas');
  await kubectl(['create', 'namespace', namespace]);
  await using operator = await startMeasured(parts, databaseUrl, {
    ...local.operator,
    PAWL_API_REQUESTS_PER_MINUTE: '1000000000',
  });
  await operator.ready();
  await using asker = openAsker(local.client.PAWL_SERVER, { ca: readFileSync(local.client.PAWL_CA) });
  const saver = new Saver(asker, local.client.PAWL_TOKEN, bytes);
  progress(`saving ${n} configs …`);
  await inParallel([...Array(n + busy).keys()], 16, index => saver.save(index));
  await applySchema(parts, { type: 'object' });
  await untilLooked(parts, n, 0);
  await saver.work(n, () => false, 3);
  progress('saving while nothing happens …');
  const idle = await saver.work(n, () => false, seconds);
  progress('saving while the latest versions are looked at …');
  const startedAt = performance.now();
  await applySchema(parts, { required: ['never'] });
  let isOver = false;
  const over = untilLooked(parts, n, n).finally(() => {
    isOver = true;
  });
  const during = await saver.work(n, () => isOver, patienceMs / 1_000);
  await over;
  const recheckSeconds = (performance.now() - startedAt) / 1_000;
  await operator.stop();
  return [
    { bench: 'schemas', variant: 'idle', n, bytes, figures: figuresOf(idle) },
    {
      bench: 'schemas',
      variant: 'while looked at',
      n,
      bytes,
      figures: { ...figuresOf(during), recheckSeconds },
    },
  ];
};

const figuresOf = (times: readonly number[]): Figures => ({
  saves: times.length,
  saveP50Ms: percentile(times, 0.5),
  saveP99Ms: percentile(times, 0.99),
  saveMaxMs: percentile(times, 1),
});

/** One that only warns, so that nothing is refused while it is measured. */
async function applySchema({ controlPlane: { kubectl } }: Parts, schema: object): Promise<void> {
  const spec = { namespaces: [namespace], enforcement: 'Warn', schema };
  const object = { apiVersion: 'pawl.dev/v1alpha1', kind: 'ConfigSchema', metadata: { name: 'bench' }, spec };
  await kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(object) });
}

async function untilLooked(
  { controlPlane: { kubectl } }: Parts,
  n: number,
  violating: number,
): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const { stdout } = await kubectl(['get', 'configschema', 'bench', '-o', 'json']);
    const { status } = JSON.parse(stdout) as { status?: { latest?: { checked: number; violating: number } } };
    if (status?.latest && status.latest.checked >= n && status.latest.violating >= violating) return;
    if (performance.now() - startedAt > patienceMs) throw new Error('the latest versions were not looked at');
    await delay(1_000);
  }
}

class Saver {
  readonly #asker: Asker;
  readonly #headers: Record<string, string>;
  readonly #bytes: number;
  readonly #versions = new Map<number, number>();

  constructor(asker: Asker, token: string, bytes: number) {
    this.#asker = asker;
    this.#headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    this.#bytes = bytes;
  }

  /** Milliseconds of each save, from when it was due. */
  async work(first: number, isOver: () => boolean, seconds: number): Promise<number[]> {
    const [times, under, startedAt]: [number[], Promise<void>[], number] = [[], [], performance.now()];
    for (let index = 0; index < seconds * savesPerSecond && !isOver(); index++) {
      const due = startedAt + (index * 1_000) / savesPerSecond;
      const early = due - performance.now();
      if (early > 0) await delay(early);
      under.push(this.save(first + (index % busy)).then(() => void times.push(performance.now() - due)));
    }
    await Promise.all(under);
    return times;
  }

  async save(config: number): Promise<void> {
    const base = this.#versions.get(config) ?? 0;
    this.#versions.set(config, base + 1);
    const body_raw = bodyOf(config, this.#bytes, { head: `version-${base + 1}` });
    const body = JSON.stringify({ format: 'yaml', body_raw, base_version: base, on_stale: 'merge' });
    const path = `/configs/${namespace}/limits/config-${config}.yaml`;
    const { status, text } = await this.#asker.ask({ method: 'PUT', path, headers: this.#headers, body });
    if (status >= 300) throw new Error(`PUT ${path}: ${status} ${text.slice(0, 300)}`);
  }
}
