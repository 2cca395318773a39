/**
 * Three writers at once (two people with kubectl, one GitOps engine) make random edits, fresh and stale, disjoint
 * and clashing, while the operator is killed. A small model replays what was accepted by the rules of the design;
 * the texts in PostgreSQL must be the model's, and every refusal must be a real clash told to its own author.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { type Operator, startOperator } from '../../local/operator.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { until } from '../setup/until.ts';

const edits = Number(process.env.PAWL_TEST_EDITS ?? 240);
const configs = ['a', 'b', 'c', 'd'];
const keys = Array.from({ length: 12 }, (_, index) => `key_${index}`);

type Values = Record<string, number>;

/** A flat map with a comment a line, so that losing one shows. */
const textOf = (values: Values) => keys.map(key => `${key}: ${values[key]}  # of ${key}\n`).join('');

interface Attempt {
  readonly writer: string;
  readonly config: string;
  readonly generation: number;
  /** What the text was edited from. */
  readonly base: Values;
  /** Number of that version; null for the GitOps engine's own line. */
  readonly baseVersion: number | null;
  readonly proposed: Values;
  readonly reason: string;
}

interface SavedVersion {
  readonly path: string;
  readonly version: string;
  readonly body_raw: string;
  readonly object_name: string;
  readonly object_generation: string;
}

let kube: Kube;
let database: TestDatabase;
let operator: Operator;
let namespace: string;

const start = () => startOperator({ KUBECONFIG: inject('kubeconfig'), DATABASE_URL: database.url });
const history = () =>
  database.query<SavedVersion>(
    `select c.path, v.version, v.body_raw, v.object_name, v.object_generation
       from pawl.config_versions v join pawl.configs c on c.id = v.config_id
      where c.namespace = $1 order by c.path, v.version`,
    [namespace],
  );

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  database = await createTestDatabase();
  namespace = await kube.namespace('writers');
  operator = await start();
}, 60_000);

afterAll(async () => {
  await operator?.stop();
  await database?.[Symbol.asyncDispose]();
  await kube?.[Symbol.asyncDispose]();
});

/** One seed for the run, printed on failure; xorshift is random enough to pick edits. */
function randomOf(seed: number): (below: number) => number {
  let state = seed | 1;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.abs(state) % below;
  };
}

function change(base: Values, random: (below: number) => number): Values {
  const changed = { ...base };
  for (let count = 1 + random(2); count > 0; count--) changed[keys[random(keys.length)]!] = random(1_000_000);
  return changed;
}

/** Proposes and waits for the answer to exactly this generation. */
async function propose(writer: string, config: string, spec: { body: string; baseVersion?: number }) {
  const name = `${writer}-${config}`;
  const object = await kube.propose(namespace, name, { path: `${config}.yaml`, onStale: 'Merge', ...spec });
  const { generation } = object.metadata;
  const reason = await until(`${name} answers generation ${generation}`, 60_000, async () => {
    const { status } = await kube.configVersion(namespace, name);
    const ready = status.conditions?.find(({ type }) => type === 'Ready');
    return status.observedGeneration === generation && ready?.status !== 'Unknown' && ready?.reason;
  });
  return { generation, reason };
}

async function person(writer: string, count: number, seed: number): Promise<Attempt[]> {
  const random = randomOf(seed);
  const attempts: Attempt[] = [];
  for (let edit = 0; edit < count; edit++) {
    const config = configs[random(configs.length)]!;
    const versions = (await history()).filter(({ path }) => path === `${config}.yaml`);
    const { version, body_raw } = versions[Math.max(0, versions.length - 1 - random(4))]!;
    const base = parse(body_raw) as Values;
    const proposed = change(base, random);
    const baseVersion = Number(version);
    const answer = await propose(writer, config, { body: textOf(proposed), baseVersion });
    attempts.push({ writer, config, base, baseVersion, proposed, ...answer });
  }
  return attempts;
}

/** Knows nothing of what others saved: it edits its own text, again and again. */
async function gitops(writer: string, count: number, seed: number, first: Values): Promise<Attempt[]> {
  const random = randomOf(seed);
  const own = new Map(configs.map(config => [config, first]));
  const attempts: Attempt[] = [];
  for (let edit = 0; edit < count; edit++) {
    const config = configs[random(configs.length)]!;
    const base = own.get(config)!;
    const proposed = change(base, random);
    const answer = await propose(writer, config, { body: textOf(proposed) });
    if (answer.reason !== 'VersionConflict') own.set(config, proposed);
    attempts.push({ writer, config, base, baseVersion: null, proposed, ...answer });
  }
  return attempts;
}

const changedKeys = ({ base, proposed }: Attempt) => keys.filter(key => base[key] !== proposed[key]);

describe('three writers at once, with the operator killed in between', () => {
  it(`make ${edits} edits: every text is the model's, every refusal a real clash of its author`, async () => {
    const seed = Date.now() % 2 ** 31;
    const first = Object.fromEntries(keys.map(key => [key, 0]));
    for (const config of configs) await propose('git', config, { body: textOf(first) });

    const share = Math.floor(edits / 3);
    const killing = new AbortController();
    const kills = (async () => {
      while (!killing.signal.aborted) {
        const before = (await history()).length;
        await until(
          'some more versions',
          60_000,
          async () => killing.signal.aborted || (await history()).length > before + edits / 12,
        );
        if (killing.signal.aborted) return;
        await operator.kill();
        operator = await start();
      }
    })();
    const attempts = (
      await Promise.all([
        person('ada', share, seed),
        person('bob', share, seed + 1),
        gitops('git', share, seed + 2, first),
      ])
    ).flat();
    killing.abort();
    await kills;

    const told = `seed ${seed}`;
    const byObject = new Map(
      attempts.map(attempt => [`${attempt.writer}-${attempt.config}/${attempt.generation}`, attempt]),
    );
    const saved = await history();
    const states = new Map<string, Values[]>();
    for (const { path, version, body_raw, object_name, object_generation } of saved) {
      const versions = states.get(path) ?? [];
      states.set(path, versions);
      expect(Number(version), told).toBe(versions.length + 1);
      const attempt = byObject.get(`${object_name}/${object_generation}`);
      if (!attempt) {
        expect(version, `${told}: only the first version was not an attempt`).toBe('1');
        versions.push(first);
        continue;
      }
      const expected: Values = { ...versions.at(-1)! };
      for (const key of changedKeys(attempt)) expected[key] = attempt.proposed[key]!;
      versions.push(expected);
      expect(body_raw, `${told}: ${path} version ${version}`).toBe(textOf(expected));
    }

    for (const attempt of attempts) {
      const versions = states.get(`${attempt.config}.yaml`)!;
      const id = `${told}: ${attempt.writer}-${attempt.config} generation ${attempt.generation}`;
      if (attempt.reason === 'VersionConflict') {
        const clashes = versions.some(state =>
          changedKeys(attempt).some(
            key => state[key] !== attempt.base[key] && state[key] !== attempt.proposed[key],
          ),
        );
        expect(clashes, `${id} was refused for a reason`).toBe(true);
      } else {
        expect(['Saved', 'Merged', 'Unchanged'], id).toContain(attempt.reason);
      }
    }
    for (const config of configs) {
      const head = saved.filter(({ path }) => path === `${config}.yaml`).at(-1)!;
      const shown = await kube.untilShown(namespace, `${config}.yaml`, head.version);
      expect(shown.data).toEqual({ [`${config}.yaml`]: head.body_raw });
    }
  }, 600_000);
});
