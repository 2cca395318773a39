/** Edits of ConfigVersions by a user, and waiting for Pawl's answer to exactly the generation that was applied. */
import type { Kubectl } from '../../local/kubectl.ts';
import { until } from '../setup/until.ts';
import { type ConfigMapObject, type ConfigVersionObject, configVersion, type Proposal } from './objects.ts';

/** Applies, and waits until Pawl says of this generation that it is Ready; the version is then in the answer. */
export async function save(kubectl: Kubectl, proposal: Proposal, ms = 30_000): Promise<ConfigVersionObject> {
  return answerTo(kubectl, await propose(kubectl, proposal), 'Ready', ms);
}

export async function propose(
  kubectl: Kubectl,
  proposal: Proposal,
  dryRun: 'none' | 'server' = 'none',
): Promise<ConfigVersionObject> {
  const { stdout } = await kubectl(['apply', '--output=json', `--dry-run=${dryRun}`, '-f', '-'], {
    input: JSON.stringify(configVersion(proposal)),
  });
  return JSON.parse(stdout) as ConfigVersionObject;
}

/** Waits until a condition is True for the generation of `applied` or a later one. */
export function answerTo(
  kubectl: Kubectl,
  applied: ConfigVersionObject,
  condition: string,
  ms = 30_000,
): Promise<ConfigVersionObject> {
  const { name, generation } = applied.metadata;
  let last: ConfigVersionObject['status'];
  const what = `${condition} for generation ${generation} of ${name}`;
  return until(what, ms, async () => {
    const found = await configVersionNamed(kubectl, name);
    last = found.status;
    const said = found.status?.conditions?.find(({ type }) => type === condition);
    return said?.status === 'True' && said.observedGeneration >= generation ? found : undefined;
  }).catch(error => {
    throw new Error(`${(error as Error).message}; status: ${JSON.stringify(last)}`, { cause: error });
  });
}

export async function configVersionNamed(kubectl: Kubectl, name: string): Promise<ConfigVersionObject> {
  const { stdout } = await kubectl(['get', 'configversion', name, '--output=json']);
  return JSON.parse(stdout) as ConfigVersionObject;
}

export async function configMapNamed(kubectl: Kubectl, name: string): Promise<ConfigMapObject> {
  const { stdout } = await kubectl(['get', 'configmap', name, '--output=json']);
  return JSON.parse(stdout) as ConfigMapObject;
}

/** A config with `count` keys, so that `count` people can each edit one of their own, all from version 1. */
export class Counters {
  readonly path: string;
  readonly #kubectl: Kubectl;
  readonly #count: number;
  readonly #edited: { key: number; version: number }[] = [];

  constructor(kubectl: Kubectl, path: string, count: number) {
    this.#kubectl = kubectl;
    this.path = path;
    this.#count = count;
  }

  async create(): Promise<void> {
    await save(this.#kubectl, {
      name: this.#name('base'),
      path: this.path,
      body: this.#body(),
      baseVersion: 0,
    });
  }

  /** Saves one edit after the other for as long as the work takes; answers with how many. */
  async editDuring(work: Promise<unknown>): Promise<number> {
    let working = true;
    const done = work.finally(() => {
      working = false;
    });
    const before = this.#edited.length;
    while (working) await this.edit();
    await done;
    return this.#edited.length - before;
  }

  /** An object of its own, made against version 1 whatever has been saved since. */
  async edit(ms = 30_000): Promise<void> {
    const key = this.#edited.length;
    if (key >= this.#count) throw new Error(`all ${this.#count} keys are edited already`);
    const { status } = await save(
      this.#kubectl,
      {
        name: this.#name(`edit-${key}`),
        path: this.path,
        body: this.#body(key),
        baseVersion: 1,
        onStale: 'Merge',
      },
      ms,
    );
    this.#edited.push({ key, version: Number(status?.version) });
  }

  /** What the config must say: every edit made, and a number for each, without a gap. */
  get expected(): { body: string; versions: number[] } {
    const edited = new Set(this.#edited.map(({ key }) => key));
    return { body: this.#lines(key => edited.has(key)), versions: this.#edited.map((_, index) => index + 2) };
  }

  get versions(): number[] {
    return this.#edited.map(({ version }) => version);
  }

  #body(edited = -1): string {
    return this.#lines(key => key === edited);
  }

  #lines(isEdited: (key: number) => boolean): string {
    return Array.from({ length: this.#count }, (_, key) => `k${key}: ${isEdited(key) ? 1 : 0}\n`).join('');
  }

  #name(suffix: string): string {
    return `${this.path.replaceAll(/[^a-z0-9]+/g, '-')}-${suffix}`;
  }
}
