/**
 * Three writers at once (two people with kubectl, one GitOps engine) making random edits, fresh and stale, disjoint
 * and clashing; and the small model that replays what was accepted by the rules of the design. Whatever happens to
 * the operator meanwhile: the texts in PostgreSQL must be the model's, every refusal a real clash told to its author.
 */
import { expect } from 'vitest';
import { parse } from 'yaml';
import type { TestDatabase } from './database.ts';
import type { Kube } from './kube.ts';
import { randomOf } from './random.ts';
import { until } from './until.ts';

const configs = ['a', 'b', 'c', 'd'];
const keys = Array.from({ length: 12 }, (_, index) => `key_${index}`);

type Values = Record<string, number>;

/** A flat map with a comment a line, so that losing one shows. */
const textOf = (values: Values) => keys.map(key => `${key}: ${values[key]}  # of ${key}\n`).join('');
const first: Values = Object.fromEntries(keys.map(key => [key, 0]));

export interface Attempt {
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

export interface SavedVersion {
  readonly path: string;
  readonly version: string;
  readonly body_raw: string;
  readonly object_name: string;
  readonly object_generation: string;
}

export class Writers {
  readonly #kube: Kube;
  readonly #database: TestDatabase;
  readonly #namespace: string;
  readonly #seed: number;

  constructor(kube: Kube, database: TestDatabase, namespace: string, seed: number) {
    this.#kube = kube;
    this.#database = database;
    this.#namespace = namespace;
    this.#seed = seed;
  }

  history(): Promise<SavedVersion[]> {
    return this.#database.query<SavedVersion>(
      `select c.path, v.version, v.body_raw, v.object_name, v.object_generation
         from pawl.config_versions v join pawl.configs c on c.id = v.config_id
        where c.namespace = $1 order by c.path, v.version`,
      [this.#namespace],
    );
  }

  /** About `edits` edits, a third by each writer, every one waited for until it is answered. */
  async write(edits: number): Promise<Attempt[]> {
    for (const config of configs) await this.#propose('git', config, { body: textOf(first) });
    const share = Math.floor(edits / 3);
    const attempts = await Promise.all([
      this.#person('ada', share, this.#seed),
      this.#person('bob', share, this.#seed + 1),
      this.#gitops('git', share, this.#seed + 2),
    ]);
    return attempts.flat();
  }

  /** Holds what is saved and shown against the model. */
  async expectModel(attempts: readonly Attempt[]): Promise<void> {
    const told = `seed ${this.#seed}`;
    const saved = await this.history();
    const states = replay(attempts, saved, told);
    for (const attempt of attempts) expectFair(attempt, states.get(`${attempt.config}.yaml`)!, told);
    for (const config of configs) {
      const head = saved.filter(({ path }) => path === `${config}.yaml`).at(-1)!;
      const shown = await this.#kube.untilShown(this.#namespace, `${config}.yaml`, head.version);
      expect(shown.data).toEqual({ [`${config}.yaml`]: head.body_raw });
    }
  }

  /** Proposes and waits for the answer to exactly this generation. */
  async #propose(writer: string, config: string, spec: { body: string; baseVersion?: number }) {
    const name = `${writer}-${config}`;
    const object = await this.#kube.propose(this.#namespace, name, {
      path: `${config}.yaml`,
      onStale: 'Merge',
      ...spec,
    });
    const { generation } = object.metadata;
    const reason = await until(`${name} answers generation ${generation}`, 60_000, async () => {
      const { status } = await this.#kube.configVersion(this.#namespace, name);
      const ready = status.conditions?.find(({ type }) => type === 'Ready');
      return status.observedGeneration === generation && ready?.status !== 'Unknown' && ready?.reason;
    });
    return { generation, reason };
  }

  async #person(writer: string, count: number, seed: number): Promise<Attempt[]> {
    const random = randomOf(seed);
    const attempts: Attempt[] = [];
    for (let edit = 0; edit < count; edit++) {
      const config = configs[random(configs.length)]!;
      const versions = (await this.history()).filter(({ path }) => path === `${config}.yaml`);
      const { version, body_raw } = versions[Math.max(0, versions.length - 1 - random(4))]!;
      const base = parse(body_raw) as Values;
      const proposed = change(base, random);
      const baseVersion = Number(version);
      const answer = await this.#propose(writer, config, { body: textOf(proposed), baseVersion });
      attempts.push({ writer, config, base, baseVersion, proposed, ...answer });
    }
    return attempts;
  }

  /** Knows nothing of what others saved: it edits its own text, again and again. */
  async #gitops(writer: string, count: number, seed: number): Promise<Attempt[]> {
    const random = randomOf(seed);
    const own = new Map(configs.map(config => [config, first]));
    const attempts: Attempt[] = [];
    for (let edit = 0; edit < count; edit++) {
      const config = configs[random(configs.length)]!;
      const base = own.get(config)!;
      const proposed = change(base, random);
      const answer = await this.#propose(writer, config, { body: textOf(proposed) });
      if (answer.reason !== 'VersionConflict') own.set(config, proposed);
      attempts.push({ writer, config, base, baseVersion: null, proposed, ...answer });
    }
    return attempts;
  }
}

function change(base: Values, random: (below: number) => number): Values {
  const changed = { ...base };
  for (let count = 1 + random(2); count > 0; count--) changed[keys[random(keys.length)]!] = random(1_000_000);
  return changed;
}

const changedKeys = ({ base, proposed }: Attempt) => keys.filter(key => base[key] !== proposed[key]);

/**
 * The values after each version of each path, every saved text compared with them. A proposal that was refused is
 * accepted after all when somebody else makes the very same edit, which nobody does here.
 */
function replay(
  attempts: readonly Attempt[],
  saved: readonly SavedVersion[],
  told: string,
): Map<string, Values[]> {
  const byObject = new Map(
    attempts.map(attempt => [`${attempt.writer}-${attempt.config}/${attempt.generation}`, attempt]),
  );
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
    byObject.delete(`${object_name}/${object_generation}`);
    const expected: Values = { ...versions.at(-1)! };
    for (const key of changedKeys(attempt)) expected[key] = attempt.proposed[key]!;
    versions.push(expected);
    const by = `${object_name} generation ${object_generation}, answered ${attempt.reason}`;
    expect(body_raw, `${told}: ${path} version ${version} by ${by}`).toBe(textOf(expected));
  }
  const lost = [...byObject.values()].filter(({ reason }) => reason === 'Saved' || reason === 'Merged');
  expect(lost, `${told}: every edit that was acknowledged as saved is there`).toEqual([]);
  return states;
}

function expectFair(attempt: Attempt, versions: readonly Values[], told: string): void {
  const id = `${told}: ${attempt.writer}-${attempt.config} generation ${attempt.generation}`;
  if (attempt.reason !== 'VersionConflict') {
    expect(['Saved', 'Merged', 'Unchanged'], id).toContain(attempt.reason);
    return;
  }
  const clashes = versions.some(state =>
    changedKeys(attempt).some(
      key => state[key] !== attempt.base[key] && state[key] !== attempt.proposed[key],
    ),
  );
  expect(clashes, `${id} was refused for a reason`).toBe(true);
}
