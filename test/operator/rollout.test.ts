// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how references are written.
/** What a rollout promises where the order of events, or a failure, is what matters. */
import { describe, expect, it } from 'vitest';
import type { FailedRendering } from '../../history/words/notification.ts';
import type { ProjectedVersion, ProjectionLook } from '../../history/words/projection.ts';
import type { ConfigMapState, DesiredConfigMap, TargetRef } from '../../operator/object/config-map.ts';
import type { ConfigProjection, ConfigProjectionStatus } from '../../operator/object/config-projection.ts';
import type { WatchedWorkload } from '../../operator/object/workload/workload-health.ts';
import type { ProjectionCluster } from '../../operator/projection/ports.ts';
import { ProjectionReconciler } from '../../operator/projection/projection-reconciler.ts';
import { Referring } from '../../operator/projection/referring.ts';
import { Fights } from '../../operator/reconcile/fights.ts';
import { sha } from '../history/core/make.ts';
import { FakeClock } from '../runtime/fake-clock.ts';

const { signal } = new AbortController();
const key = 'shop/web';
const minute = 60_000;

type Spec = ConfigProjection['spec'];
const rollout: NonNullable<Spec['rollout']> = {
  steps: [{ target: 'web-first', pause: '10m' }],
  haltOn: ['WorkloadUnhealthy'],
};

/** One projection of configs `a` and `b` with a rollout, and an API server and a store that keep what they are given. */
class Stage {
  /** Path → texts; the first is version 1. */
  readonly texts: Record<string, string[]> = { a: ['a: 1\n'], b: ['b: 1\n'] };
  /** Versions that are no longer there, `PATH@N`. */
  readonly gone = new Set<string>();
  readonly targets = new Map<string, ConfigMapState>();
  object: ConfigProjection;
  workloads: WatchedWorkload[] | null = [];
  /** What writing a status fails with, once. */
  failure: Error | null = null;
  applied: string[] = [];
  asked = 0;
  readonly events: string[] = [];
  /** What notifiers are told is not shown. */
  readonly unshown: FailedRendering[] = [];
  readonly clock = new FakeClock();
  readonly #reconciler: ProjectionReconciler;

  constructor(spec: Partial<Spec> = {}) {
    this.object = {
      metadata: {
        ...{ namespace: 'shop', name: 'web', uid: 'u1', generation: 1, resourceVersion: '1' },
        ...{ creationTimestamp: '', annotations: {} },
      },
      spec: { configs: [{ path: 'a' }, { path: 'b' }], rollout, ...spec },
      status: { observedGeneration: -1 },
    };
    const cluster: Partial<ProjectionCluster> = {
      projection: () => this.object,
      projectionOf: () => undefined,
      projectionsFor: () => [],
      askersFor: () => [],
      targetsOwnedBy: () => this.targets.values(),
      configNamespace: () => undefined,
      kubeNamespace: name => ({ name, uid: name, resourceVersion: '1', labels: {} }),
      areRulesCurrent: async () => true,
      target: ({ name }: TargetRef) => this.targets.get(name),
      readTarget: async ({ name }) => this.targets.get(name) ?? null,
      applyConfigMap: async desired => ({ created: false, configMap: this.#apply(desired) }),
      deleteConfigMap: async ({ name }) => void this.targets.delete(name),
      applyProjectionStatus: async (object, status) => {
        const { failure } = this;
        this.failure = null;
        if (failure) throw failure;
        this.object = { ...object, status: structuredClone(status) as ConfigProjectionStatus };
      },
      projectionEvent: (_, { reason }) => void this.events.push(reason),
    };
    this.#reconciler = new ProjectionReconciler({
      cluster: cluster as ProjectionCluster,
      store: {
        purged: async versions => versions.map(() => false),
        projected: async look => this.#look(look),
      },
      ...{ clock: this.clock, fights: new Fights(this.clock), referring: new Referring() },
      ...{ secrets: false, targetRetryMs: 60_000, holds: () => 'open' },
      workloadsUsing: async () => this.workloads,
      savedBy: async () => {
        this.asked += 1;
        return 'ada';
      },
      renderings: {
        shown: async () => undefined,
        failed: async failure => void this.unshown.push(failure),
      },
      park: () => undefined,
      report: () => undefined,
    });
  }

  look() {
    return this.#reconciler.reconcile(key, signal);
  }

  async pass(ms: number) {
    await this.clock.advance(ms);
    return await this.look();
  }

  /** With the first version everywhere, and these saved since. */
  static async rolling(texts: Readonly<Record<string, string>> = { a: 'a: 2\n' }, spec: Partial<Spec> = {}) {
    const stage = new Stage(spec);
    await stage.look();
    for (const [path, text] of Object.entries(texts)) stage.save(path, text);
    await stage.look();
    return stage;
  }

  save(path: string, text: string) {
    this.texts[path] = [...(this.texts[path] ?? []), text];
  }

  change(spec: Partial<Spec>) {
    const { metadata } = this.object;
    this.object = {
      ...this.object,
      metadata: { ...metadata, generation: metadata.generation + 1 },
      spec: { ...this.object.spec, ...spec },
    };
  }

  goOn() {
    const annotations = { 'pawl.dev/rollout-go-on': this.object.status.rollout!.goOnWith! };
    this.object = { ...this.object, metadata: { ...this.object.metadata, annotations } };
  }

  /** The texts of a target by their hashes. */
  shows(name: string) {
    const all = Object.values(this.texts).flat();
    return Object.values(this.targets.get(name)?.hashes ?? {}).map(
      hash => all.find(text => sha(text) === hash)?.trim() ?? 'other',
    );
  }

  get ready() {
    return this.object.status.conditions?.find(({ type }) => type === 'Ready');
  }

  #look(look: ProjectionLook) {
    return {
      configs: look.configs.map(({ config, version }) => {
        const texts = this.texts[config.path] ?? [];
        const number = Number(version ?? texts.length);
        const text = this.gone.has(`${config.path}@${number}`) ? undefined : texts[number - 1];
        const shown: ProjectedVersion | null =
          text === undefined
            ? null
            : {
                ...{ config, format: 'yaml', version: BigInt(number), sha256: sha(text), bytes: text.length },
                text: look.maxTextBytes > 0 ? text : null,
              };
        return { shown, head: texts.length > 0 ? BigInt(texts.length) : null };
      }),
      ...{ folders: [], isCut: false },
    };
  }

  #apply(desired: DesiredConfigMap): ConfigMapState {
    this.applied.push(desired.name);
    const { data, immutable, ...rest } = desired;
    const state: ConfigMapState = {
      ...rest,
      ...{ uid: desired.name, resourceVersion: String(this.applied.length), createdAt: '' },
      immutable: immutable ?? false,
      hashes: Object.fromEntries(Object.entries(data).map(([each, text]) => [each, sha(text)])),
      applied: Object.keys(data).map(each => `data:${each}`),
      intact: { any: true, identity: true, version: false, versions: true },
    };
    this.targets.set(desired.name, state);
    return state;
  }
}

const failing = (atMs: number): WatchedWorkload => ({
  ...{ kind: 'Deployment', namespace: 'shop', name: 'first', wish: null, seen: null },
  ...{ configMaps: ['web-first'], isSettled: false, givenUp: null, deadlineMs: 10 * minute },
  pods: [
    {
      ...{ name: 'p', isReady: false, readySinceMs: atMs, stuck: null },
      ends: [{ container: 'api', code: 1, atMs }],
    },
  ],
});

describe('a rollout', () => {
  it('shows what is saved in the ConfigMap of a step, and after its pause in the target', async () => {
    const stage = await Stage.rolling();
    expect([stage.shows('web-first'), stage.shows('web')]).toEqual([
      ['a: 2', 'b: 1'],
      ['a: 1', 'b: 1'],
    ]);
    expect(stage.ready).toMatchObject({ status: 'True', reason: 'RollingOut' });
    expect(stage.ready?.message).toBe(
      'Step 1 of 2: ConfigMap web-first shows shop/a version 2. The next step comes after its pause.',
    );
    expect(stage.object.status.configs?.map(({ version }) => version)).toEqual(['1', '1']);
    const applied = stage.applied.length;
    expect(await stage.look()).toEqual({ requeueAfterMs: 15_000 });
    expect(stage.applied).toHaveLength(applied);
    await stage.pass(10 * minute);
    expect(stage.shows('web')).toEqual(['a: 2', 'b: 1']);
    expect(stage.ready).toMatchObject({ reason: 'Rendered' });
    expect(stage.object.status.rollout).toEqual({ state: 'Complete', step: 2, steps: 2 });
    expect(await stage.look()).toBeUndefined();
  });

  it('halts with which version, who, which pod and the command to go back, and asks once who', async () => {
    const stage = await Stage.rolling();
    stage.workloads = [failing(stage.clock.now().getTime() + 1_000)];
    await stage.pass(15_000);
    expect(stage.ready).toMatchObject({ status: 'False', reason: 'RolloutHalted' });
    expect(stage.ready?.message).toBe(
      'shop/a version 2 by ada is halted in step 1 of 2. Deployment first in shop: container api of pod p ended with exit ' +
        'code 1. To go back: kubectl pawl restore a@1 -n shop',
    );
    expect(stage.unshown).toEqual([
      {
        ...{ config: { namespace: 'shop', path: 'a' }, version: 2n },
        target: { kind: 'ConfigMap', namespace: 'shop', name: 'web' },
        object: { name: 'web', uid: 'u1 a', generation: 1 },
        ...{ reason: 'RolloutHalted', message: stage.ready?.message },
      },
    ]);
    expect(stage.object.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Stalled', status: 'True', reason: 'RolloutHalted' }),
    );
    stage.workloads = [];
    expect(await stage.pass(60 * minute)).toBeUndefined();
    expect(stage.shows('web')).toEqual(['a: 1', 'b: 1']);
    expect([stage.asked, stage.events.filter(reason => reason === 'RolloutHalted')]).toEqual([
      1,
      ['RolloutHalted'],
    ]);
    // The text of before, saved again, is another version, and goes the same way.
    stage.save('a', 'a: 1\n');
    await stage.look();
    expect(stage.shows('web-first')).toEqual(['a: 1', 'b: 1']);
    await stage.pass(10 * minute);
    expect(stage.object.status.configs?.map(({ version }) => version)).toEqual(['3', '1']);
  });

  it('says the command to go back also where names are long, and never more than 240 characters', async () => {
    for (const length of [20, 60, 250]) {
      const path = 'p'.repeat(length);
      const stage = new Stage({ configs: [{ path }] });
      stage.save(path, 'a: 1\n');
      await stage.look();
      stage.save(path, 'a: 2\n');
      await stage.look();
      const ill = failing(stage.clock.now().getTime() + 1_000);
      const pods = ill.pods.map(pod => ({ ...pod, name: 'a-pod-'.repeat(40) }));
      stage.workloads = [{ ...ill, name: 'a-deployment-'.repeat(15), pods }];
      await stage.pass(15_000);
      const said = stage.ready?.message ?? '';
      expect(said.length).toBeLessThanOrEqual(240);
      expect(said).toMatch(/[Vv]ersion 2 by ada is halted in step 1 of 2\. Deployment a-depl/);
      expect(said).toContain(
        length < 100 ? `kubectl pawl restore ${path}@1 -n shop` : 'status.rollout.configs',
      );
    }
  });

  it('goes on from a halt with the word of its status', async () => {
    const stage = await Stage.rolling();
    stage.workloads = [failing(stage.clock.now().getTime() + 1_000)];
    await stage.pass(15_000);
    stage.goOn();
    await stage.look();
    expect(stage.shows('web')).toEqual(['a: 2', 'b: 1']);
    expect(stage.ready).toMatchObject({ reason: 'Rendered' });
  });

  it('puts back what somebody changed or deleted, each ConfigMap to the version of its step', async () => {
    const stage = await Stage.rolling();
    for (const name of ['web', 'web-first']) {
      const before = stage.shows(name);
      stage.targets.set(name, {
        ...stage.targets.get(name)!,
        hashes: { a: sha('theirs'), b: sha('theirs') },
      });
      await stage.look();
      expect(stage.shows(name)).toEqual(before);
      stage.targets.delete(name);
      await stage.look();
      expect(stage.shows(name)).toEqual(before);
    }
    expect(stage.events).toContain('DriftCorrected');
  });

  it('begins the step anew where its status was not written, and skips nothing', async () => {
    const stage = new Stage();
    await stage.look();
    stage.save('a', 'a: 2\n');
    stage.failure = Object.assign(new Error('changed'), { name: 'KubeError', kind: 'conflict' });
    await stage.look();
    expect(stage.shows('web-first')).toEqual(['a: 2', 'b: 1']);
    expect(stage.object.status.rollout?.state).toBe('Complete');
    await stage.pass(60 * minute);
    expect(stage.shows('web')).toEqual(['a: 1', 'b: 1']);
    await stage.pass(10 * minute);
    expect(stage.shows('web')).toEqual(['a: 2', 'b: 1']);
  });

  it('stands still while the projection is suspended', async () => {
    const stage = await Stage.rolling();
    const applied = stage.applied.length;
    stage.change({ suspend: true });
    await stage.pass(60 * minute);
    expect(stage.applied).toHaveLength(applied);
    expect(stage.object.status.rollout?.state).toBe('Progressing');
    stage.change({ suspend: false });
    await stage.look();
    expect(stage.shows('web')).toEqual(['a: 2', 'b: 1']);
  });

  it('leaves a target as it is whose version was deleted, until its step', async () => {
    const stage = await Stage.rolling();
    stage.gone.add('a@1');
    expect(await stage.look()).toEqual({ requeueAfterMs: 15_000 });
    expect(stage.shows('web')).toEqual(['a: 1', 'b: 1']);
    expect(stage.object.status.configs?.map(({ version }) => version)).toEqual(['1', '1']);
    await stage.pass(10 * minute);
    expect(stage.shows('web')).toEqual(['a: 2', 'b: 1']);
  });

  it('leaves everything as it is when a config is deleted', async () => {
    const stage = await Stage.rolling();
    delete stage.texts.b;
    await stage.pass(60 * minute);
    await stage.pass(2_000);
    expect(stage.ready).toMatchObject({ status: 'False', reason: 'ConfigNotFound' });
    expect(Object.keys(stage.targets.get('web')!.hashes)).toEqual(['a', 'b']);
    expect(stage.targets.get('web')?.annotations['pawl.dev/versions']).toContain('a@1');
  });

  it('shows a config that is taken out of the spec nowhere any more, and a new one in steps', async () => {
    const stage = await Stage.rolling();
    stage.texts.c = ['c: 1\n'];
    stage.change({ configs: [{ path: 'a' }, { path: 'c' }] });
    await stage.look();
    expect([stage.shows('web-first'), stage.shows('web')]).toEqual([['a: 2', 'c: 1'], ['a: 1']]);
  });

  it('keeps the values that its references stood for until the step', async () => {
    const stage = new Stage({ references: true });
    stage.texts.a = ['a: ${config:shop/r#/cap}\n'];
    stage.texts.r = ['cap: 5\n'];
    await stage.look();
    stage.save('r', 'cap: 6\n');
    await stage.look();
    const hashOf = (name: string) => stage.targets.get(name)?.hashes.a;
    expect([hashOf('web-first'), hashOf('web')]).toEqual([sha('a: 6\n'), sha('a: 5\n')]);
    await stage.pass(10 * minute);
    expect(hashOf('web')).toBe(sha('a: 6\n'));
  });

  it('ends with its field: the target shows the latest, and the ConfigMaps of its steps go', async () => {
    const stage = await Stage.rolling();
    const { rollout: _, ...spec } = stage.object.spec;
    stage.object = {
      ...stage.object,
      spec,
      metadata: { ...stage.object.metadata, generation: 2 },
    };
    await stage.look();
    expect(stage.shows('web')).toEqual(['a: 2', 'b: 1']);
    expect([...stage.targets.keys()]).toEqual(['web']);
    expect(stage.object.status.rollout).toBeUndefined();
  });

  it('takes no ConfigMap for a step that is not its own', async () => {
    const stage = new Stage();
    await stage.look();
    const theirs: ConfigMapState = {
      ...stage.targets.get('web-first')!,
      ...{ labels: {}, annotations: {}, ownerReferences: [], applied: [] },
      intact: { any: false, identity: false, version: false, versions: false },
    };
    stage.targets.set('web-first', theirs);
    stage.save('a', 'a: 2\n');
    expect(await stage.pass(60 * minute)).toEqual({ requeueAfterMs: 60_000 });
    expect(stage.ready).toMatchObject({ status: 'False', reason: 'TargetNotOwned' });
    expect(stage.shows('web')).toEqual(['a: 1', 'b: 1']);
  });

  it('looks at no workload where nothing is under way', async () => {
    const stage = new Stage();
    let looks = 0;
    Object.defineProperty(stage, 'workloads', {
      get() {
        looks += 1;
        return [];
      },
    });
    await stage.look();
    await stage.look();
    expect(looks).toBe(0);
    stage.save('a', 'a: 2\n');
    await stage.look();
    // Also where it reads the texts in a second look.
    expect(looks).toBe(1);
  });
});
