// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how references are written.
/** What a look at a ConfigProjection promises where the order of events, or a failure, is what matters. */
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../history/store/store-error.ts';
import type { ProjectedVersion, ProjectionLook } from '../../history/words/projection.ts';
import type { ConfigMapState, DesiredConfigMap } from '../../operator/object/config-map.ts';
import type { ConfigNamespace } from '../../operator/object/config-namespace.ts';
import type { ConfigProjection, ConfigProjectionStatus } from '../../operator/object/config-projection.ts';
import type { ProjectionCluster } from '../../operator/projection/ports.ts';
import {
  ProjectionReconciler,
  type ProjectionReport,
} from '../../operator/projection/projection-reconciler.ts';
import { Referring } from '../../operator/projection/referring.ts';
import { Fights } from '../../operator/reconcile/fights.ts';
import type { NamespaceHold } from '../../operator/reconcile/ports.ts';
import { sha } from '../history/core/make.ts';
import { FakeClock } from '../runtime/fake-clock.ts';

const { signal } = new AbortController();
const key = 'shop/web';

/** One projection of two configs, an API server of one target, and a store whose texts the test sets. */
class Stage {
  texts: Record<string, string> = { a: 'a: 1\n', b: 'b: 1\n' };
  version = 1n;
  target: ConfigMapState | null = null;
  object: ConfigProjection | undefined;
  hold: NamespaceHold = 'open';
  failure: Error | null = null;
  /** Versions, as `path@number`. */
  purged: string[] = [];
  /** Done when the store is asked. */
  whileLooking: () => void = () => {};
  removeKeys: (keys: readonly string[]) => void = () => {};
  removeTarget: () => void = () => {};
  readonly looks: ProjectionLook[] = [];
  readonly applied: DesiredConfigMap[] = [];
  readonly reports: ProjectionReport[] = [];
  readonly parked: string[] = [];
  /** What it says that the target shows, each time. */
  readonly told: string[][] = [];
  readonly clock = new FakeClock();
  readonly referring = new Referring();
  /** Config namespaces that grant it everything. */
  readable = ['shop'];
  readonly #reconciler: ProjectionReconciler;

  constructor(spec: Partial<ConfigProjection['spec']> = {}) {
    this.object = {
      metadata: {
        ...{ namespace: 'shop', name: 'web', uid: 'u1', generation: 1, resourceVersion: '1' },
        ...{ creationTimestamp: '', annotations: {} },
      },
      spec: { configs: [{ path: 'a' }, { path: 'b' }], ...spec },
      status: { observedGeneration: -1 },
    };
    const cluster: Partial<ProjectionCluster> = {
      projection: () => this.object,
      projectionOf: () => undefined,
      projectionsFor: () => [],
      askersFor: () => [],
      targetsOwnedBy: () => (this.target ? [this.target] : []),
      configNamespace: name =>
        this.readable.includes(name) && name !== 'shop'
          ? ({ spec: { readers: [{ namespaces: ['shop'] }] } } as unknown as ConfigNamespace)
          : undefined,
      kubeNamespace: name => ({ name, uid: name, resourceVersion: '1', labels: {} }),
      areRulesCurrent: async () => true,
      target: () => this.target ?? undefined,
      readTarget: async () => this.target,
      applyConfigMap: async desired => ({ created: false, configMap: this.#apply(desired) }),
      applyProjectionStatus: async (object, status) => {
        this.object = { ...object, status: structuredClone(status) as ConfigProjectionStatus };
      },
      projectionEvent: () => undefined,
      removeConfigMapKeys: async (target, keys) => {
        this.removeKeys(keys);
        const hashes = Object.fromEntries(
          Object.entries(target.hashes).filter(([each]) => !keys.includes(each)),
        );
        this.target = { ...target, hashes };
        return this.target;
      },
      deleteConfigMap: async () => {
        this.removeTarget();
        this.target = null;
      },
    };
    this.#reconciler = new ProjectionReconciler({
      cluster: cluster as ProjectionCluster,
      store: {
        projected: async look => this.#look(look),
        purged: async versions =>
          versions.map(({ config, version }) => this.purged.includes(`${config.path}@${version}`)),
      },
      ...{
        clock: this.clock,
        fights: new Fights(this.clock),
        referring: this.referring,
        secrets: false,
        targetRetryMs: 60_000,
      },
      holds: () => this.hold,
      workloadsUsing: async () => null,
      savedBy: async () => null,
      renderings: {
        shown: async all => {
          const isTold = all.filter(({ version }) => version > 0n);
          if (isTold.length > 0)
            this.told.push(isTold.map(({ config, version }) => `${config.path}@${version}`));
        },
        failed: async () => undefined,
      },
      park: each => this.parked.push(each),
      report: report => this.reports.push(report),
    });
  }

  look() {
    return this.#reconciler.reconcile(key, signal);
  }

  get ready() {
    return this.object?.status.conditions?.find(({ type }) => type === 'Ready');
  }

  #look(look: ProjectionLook) {
    this.looks.push(look);
    this.whileLooking();
    if (this.failure) throw this.failure;
    const shownOf = (path: string): ProjectedVersion | null => {
      const text = this.texts[path];
      if (text === undefined) return null;
      return {
        ...{ config: { namespace: 'shop', path }, format: 'yaml', version: this.version },
        ...{ sha256: sha(text), bytes: text.length, text: look.maxTextBytes > 0 ? text : null },
      };
    };
    return {
      configs: look.configs.map(({ config, version }) => {
        const latest = shownOf(config.path);
        return {
          shown: latest && (version ?? 0n) > latest.version ? null : latest,
          head: latest?.version ?? null,
        };
      }),
      ...{ folders: [], isCut: false },
    };
  }

  #apply(desired: DesiredConfigMap): ConfigMapState {
    this.applied.push(desired);
    const { data, immutable, ...rest } = desired;
    this.target = {
      ...rest,
      ...{
        uid: 'map',
        resourceVersion: String(this.applied.length),
        createdAt: '',
        immutable: immutable ?? false,
      },
      hashes: Object.fromEntries(Object.entries(data).map(([each, text]) => [each, sha(text)])),
      applied: Object.keys(data).map(each => `data:${each}`),
      intact: { any: true, identity: true, version: false, versions: true },
    };
    return this.target;
  }
}

describe('what a target shows', () => {
  it('is told before other versions take its place, and after that, but for what is pinned', async () => {
    const stage = new Stage({ configs: [{ path: 'a' }, { path: 'b', version: 1 }] });
    await stage.look();
    expect(stage.told).toEqual([['a@1']]);
    stage.version = 2n;
    stage.texts.a = 'a: 2\n';
    await stage.look();
    expect(stage.told.slice(1)).toEqual([['a@1'], ['a@2']]);
    await stage.look();
    expect(stage.told.slice(3)).toEqual([['a@2']]);
  });
});

describe('a version that was purged', () => {
  const withdrawing = (spec: Partial<ConfigProjection['spec']> = {}) => {
    const stage = new Stage({ configs: [{ path: 'a', version: 1 }, { path: 'b' }], ...spec });
    const gone: string[] = [];
    stage.removeKeys = keys => gone.push(...keys);
    stage.removeTarget = () => gone.push('target');
    return { stage, gone };
  };

  it('leaves the target, which keeps its other keys, and the condition says what to do', async () => {
    const { stage, gone } = withdrawing();
    await stage.look();
    delete stage.texts.a;
    stage.purged = ['a@1'];
    await stage.look();
    expect(gone).toEqual(['a']);
    expect(stage.ready).toMatchObject({ status: 'False', reason: 'VersionPurged' });
    expect(stage.ready?.message).toContain('Version 1 of');
    expect(stage.object?.status).toMatchObject({ keys: 1, configs: [{ key: 'b' }] });
    await stage.look();
    expect(gone).toEqual(['a']);
  });

  it('takes an immutable target along', async () => {
    const { stage, gone } = withdrawing({ target: { immutable: true } });
    await stage.look();
    delete stage.texts.a;
    stage.purged = ['a@1'];
    await stage.look();
    expect(gone).toEqual(['target']);
    expect(stage.object?.status).toMatchObject({ keys: 0, configs: [] });
  });

  it('is told from one that was only deleted, which stays where it is shown', async () => {
    const { stage, gone } = withdrawing();
    await stage.look();
    delete stage.texts.a;
    await stage.look();
    await stage.clock.advance(2_000);
    await stage.look();
    expect(gone).toEqual([]);
    expect(stage.ready).toMatchObject({ reason: 'ConfigNotFound' });
  });
});

describe('a look', () => {
  it('writes all keys by one apply, and reads no text where nothing differs', async () => {
    const stage = new Stage();
    await stage.look();
    expect(stage.applied.map(({ data }) => data)).toEqual([{ a: 'a: 1\n', b: 'b: 1\n' }]);
    expect(stage.looks.map(({ maxTextBytes }) => maxTextBytes > 0)).toEqual([false, true]);
    await stage.look();
    expect(stage.applied).toHaveLength(1);
    expect(stage.looks.map(({ maxTextBytes }) => maxTextBytes > 0)).toEqual([false, true, false]);
    expect(stage.reports.map(({ outcome, statusWritten }) => [outcome, statusWritten])).toEqual([
      ['Rendered', true],
      ['Rendered', false],
    ]);
  });

  it('shows what the second reading says where a config changed between the two', async () => {
    const stage = new Stage();
    stage.whileLooking = () => {
      if (stage.looks.length < 2) return;
      stage.texts = { a: 'a: 2\n', b: 'b: 2\n' };
      stage.version = 2n;
    };
    await stage.look();
    expect(stage.applied.map(({ data }) => data)).toEqual([{ a: 'a: 2\n', b: 'b: 2\n' }]);
    expect(stage.object?.status.configs?.map(({ version }) => version)).toEqual(['2', '2']);
  });

  it('writes nothing for an object that is gone, or another, by the time the store answers', async () => {
    for (const after of [undefined, { generation: 2 }]) {
      const stage = new Stage();
      stage.whileLooking = () => {
        const { object } = stage;
        stage.object = after && object && { ...object, metadata: { ...object.metadata, ...after } };
      };
      await stage.look();
      expect(stage.applied).toEqual([]);
      expect(stage.reports.map(({ outcome }) => outcome)).toEqual(['Outdated']);
    }
  });

  it('looks again where a later version is shown than it saw, and says so only if that stays', async () => {
    const stage = new Stage();
    stage.version = 3n;
    await stage.look();
    stage.version = 2n;
    stage.texts = { a: 'old', b: 'old' };
    await stage.look();
    expect(stage.ready).toMatchObject({ status: 'False', reason: 'TargetRejected' });
    expect(stage.ready?.message).toContain('shows version 3');
    expect(stage.applied).toHaveLength(1);
  });

  it.each([
    ['ConfigNotFound', {}, { a: 'a: 1\n' }, { a: 'a: 1\n', b: 'b: 1\n' }],
    ['VersionNotFound', { configs: [{ path: 'a', version: 2 }] }, { a: 'a: 1\n' }, 2n],
    [
      'ReferenceUnresolved',
      { references: true },
      { a: 'cap: ${config:shop/c#/cap}\n', b: 'b: 1\n' },
      { a: 'cap: ${config:shop/c#/cap}\n', b: 'b: 1\n', c: 'cap: 1\n' },
    ],
    [
      'NotRenderable',
      { configs: [{ path: 'a', format: 'json' as const }] },
      { a: 'a: .nan\n' },
      { a: 'a: 1\n' },
    ],
  ])(
    'says %s only once an object beside it had time to save what it takes',
    async (reason, spec, early, late) => {
      const stage = new Stage(spec);
      stage.texts = early;
      expect(await stage.look()).toEqual({ requeueAfterMs: 2_000 });
      expect(stage.ready).toBeUndefined();
      if (typeof late === 'bigint') stage.version = late;
      else stage.texts = late;
      await stage.look();
      expect(stage.ready).toMatchObject({ status: 'True' });

      // Its own generation is answered, and texts come and go beside it.
      stage.texts = early;
      stage.version = 1n;
      expect(await stage.look()).toEqual({ requeueAfterMs: 2_000 });
      expect(stage.ready).toMatchObject({ status: 'True' });
      await stage.clock.advance(2_000);
      await stage.look();
      expect(stage.ready).toMatchObject({ status: 'False', reason });

      // What was told is told of again at once.
      await stage.look();
      expect(stage.reports.at(-1)).toMatchObject({ outcome: reason, statusWritten: false });
    },
  );

  it('asks nothing of the store without a right, and takes nothing back when one goes', async () => {
    const stage = new Stage();
    await stage.look();
    stage.hold = 'closed';
    const asked = stage.looks.length;
    expect(await stage.look()).toEqual({ requeueAfterMs: 60_000 });
    expect(stage.looks).toHaveLength(asked);
    expect(stage.ready).toMatchObject({ status: 'False', reason: 'PathNotAllowed' });
    expect(stage.target?.hashes).toEqual({ a: sha('a: 1\n'), b: sha('b: 1\n') });
    expect(stage.object?.status.keys).toBe(2);
  });

  it('waits where it is not known whether there is a right', async () => {
    const stage = new Stage();
    stage.hold = 'untold';
    expect(await stage.look()).toEqual({ requeueAfterMs: 2_000 });
    expect(stage.ready).toBeUndefined();
    expect(stage.looks).toEqual([]);
  });

  it('waits for PostgreSQL, and says so only where nothing was answered yet', async () => {
    const away = Object.assign(new Error('away'), {
      name: 'StoreError',
      reason: 'Unavailable',
      answered: false,
    });
    const stage = new Stage();
    stage.failure = away;
    await stage.look();
    expect(stage.parked).toEqual([key]);
    expect(stage.ready).toMatchObject({ status: 'Unknown', reason: 'StoreUnavailable' });
    stage.failure = null;
    await stage.look();
    expect(stage.ready).toMatchObject({ status: 'True' });
    stage.failure = away;
    await stage.look();
    expect(stage.ready).toMatchObject({ status: 'True' });
  });

  it('says what is wrong with PostgreSQL where it will not pass by itself', async () => {
    const stage = new Stage();
    stage.failure = new StoreError('SchemaMismatch', 'made by the test', { sqlstate: '42P01' });
    await stage.look();
    expect(stage.ready).toMatchObject({ status: 'Unknown', reason: 'StoreUnavailable' });
    expect(stage.ready?.message).toMatch(/^PostgreSQL, whose database lacks the schema/);
  });

  it('says that Secrets are not enabled, and reads nothing for one', async () => {
    const stage = new Stage({ target: { kind: 'Secret' } });
    await stage.look();
    expect(stage.ready).toMatchObject({ status: 'False', reason: 'SecretsNotEnabled' });
    expect(stage.looks).toEqual([]);
  });

  it('reads what texts refer to in the same look as the texts, and is woken by it from then on', async () => {
    const stage = new Stage({ references: true });
    stage.texts = {
      a: 'cap: ${config:shop/c#/cap}\n',
      b: 'b: 1\n',
      c: 'cap: ${config:pay/d#/cap}\n',
      d: 'cap: 5\n',
    };
    stage.readable = ['shop', 'pay'];
    await stage.look();
    expect(stage.applied.map(({ data }) => data)).toEqual([{ a: 'cap: 5\n', b: 'b: 1\n' }]);
    expect(stage.looks.at(-1)?.configs.map(({ config }) => config.path)).toEqual(['a', 'b', 'c', 'd']);
    expect(stage.object?.status.configs?.map(({ path }) => path)).toEqual(['a', 'b']);
    expect(stage.referring.into({ namespace: 'pay', path: 'd' })).toEqual([key]);
    expect(stage.referring.into({ namespace: 'pay', path: 'e' })).toEqual([]);
    const looks = stage.looks.length;
    stage.texts = { ...stage.texts, d: 'cap: 6\n' };
    stage.version = 2n;
    await stage.look();
    expect(stage.applied.at(-1)?.data).toEqual({ a: 'cap: 6\n', b: 'b: 1\n' });
    // What it refers to is known by now.
    expect(stage.looks).toHaveLength(looks + 1);
  });

  it('reads nothing that a text refers to without a right to it, and shows no text with a reference as it is', async () => {
    const stage = new Stage({ references: true });
    stage.texts = { a: 'cap: ${config:pay/d#/cap}\n', b: 'b: 1\n', d: 'cap: 5\n' };
    // The rules may come a moment later than the objects that need them.
    expect(await stage.look()).toEqual({ requeueAfterMs: 2_000 });
    await stage.clock.advance(2_000);
    await stage.look();
    expect(stage.ready).toMatchObject({ status: 'False', reason: 'PathNotAllowed' });
    expect(stage.ready?.message).toContain('may not read pay/d');
    expect(stage.looks.flatMap(({ configs }) => configs.map(({ config }) => config.path))).not.toContain('d');
    expect(stage.applied).toEqual([]);
    // The right to it is asked for again when the rules there change.
    expect(stage.referring.into({ namespace: 'pay' })).toEqual([key]);
    // And no more once no text refers to it.
    stage.texts = { a: 'cap: 1\n', b: 'b: 1\n' };
    await stage.look();
    expect(stage.ready).toMatchObject({ status: 'True' });
    expect(stage.referring.into({ namespace: 'pay' })).toEqual([]);
  });

  it('leaves references alone where that is not asked for', async () => {
    const stage = new Stage();
    stage.texts = { a: 'cap: ${config:shop/c#/cap}\n', b: 'b: 1\n' };
    await stage.look();
    expect(stage.applied.map(({ data }) => data)).toEqual([stage.texts]);
  });

  it('says which reference stands for nothing, and looks at it again when that comes', async () => {
    const stage = new Stage({ references: true });
    stage.texts = { a: 'cap: ${config:shop/c#/cap}\n', b: 'b: 1\n' };
    await stage.look();
    await stage.clock.advance(2_000);
    await stage.look();
    expect(stage.ready).toMatchObject({ status: 'False', reason: 'ReferenceUnresolved' });
    expect(stage.ready?.message).toContain('${config:shop/c#/cap}');
    expect(stage.referring.into({ namespace: 'shop', path: 'c' })).toEqual([key]);
  });

  it('gives in, less and less often, to somebody who changes the target as soon as it is put back', async () => {
    const stage = new Stage();
    await stage.look();
    for (let round = 0; round < 5; round++) {
      stage.target = { ...stage.target!, hashes: { a: sha('theirs'), b: sha('theirs') } };
      await stage.look();
    }
    expect(stage.ready).toMatchObject({ status: 'False', reason: 'DriftStorm' });
    stage.target = { ...stage.target!, hashes: { a: sha('theirs'), b: sha('theirs') } };
    const written = stage.applied.length;
    await stage.look();
    expect(stage.applied).toHaveLength(written);
    // A new version is shown at once all the same.
    stage.version = 2n;
    stage.texts = { a: 'a: 2\n', b: 'b: 2\n' };
    await stage.look();
    expect(stage.applied).toHaveLength(written + 1);
    expect(stage.ready).toMatchObject({ status: 'True' });
  });
});
