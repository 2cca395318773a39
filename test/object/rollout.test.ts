/**
 * Which targets of a projection show what was saved last. The decision is driven as the reconciler drives it: what it says is
 * shown and written to the status, and comes back with the next look.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RolloutState } from '../../operator/object/config-projection.ts';
import {
  decideRollout,
  mustWatch,
  type RolloutDecision,
  rolloutId,
} from '../../operator/object/projection/rollout.ts';
import type { WatchedWorkload } from '../../operator/object/workload/workload-health.ts';

const minute = 60_000;
const releaseAt = (version: number) => JSON.stringify({ 'a.yaml': `shop/a.yaml@${version}` });
const versionIn = (release: string | null) => Number(/@(\d+)/.exec(release ?? '')?.[1] ?? 0);

const aWorkload = (uses: string, more: Partial<WatchedWorkload> = {}): WatchedWorkload => ({
  ...{ kind: 'Deployment', namespace: 'shop', name: uses, wish: null, seen: null, configMaps: [uses] },
  ...{ isSettled: true, givenUp: null, deadlineMs: 10 * minute, pods: [], ...more },
});

const failing = (atMs: number, stuck = false): Partial<WatchedWorkload> => ({
  isSettled: false,
  pods: [
    {
      ...{ name: 'p', isReady: false, readySinceMs: atMs },
      stuck: stuck ? { container: 'api', reason: 'CrashLoopBackOff' } : null,
      ends: [{ container: 'api', code: 1, atMs }],
    },
  ],
});

/** Two steps and the rest. */
class World {
  now = Date.parse('2026-01-02T03:00:00Z');
  head = 1;
  shown: (string | null)[] = [null, null, null];
  state: RolloutState | null = null;
  goOn: string | null = null;
  halts = true;
  workloads: WatchedWorkload[] | null = ['one', 'two', 'rest'].map(name => aWorkload(name));
  readonly pauses = [10 * minute, 30 * minute];

  look(): RolloutDecision {
    const look = {
      plan: {
        steps: ['one', 'two'].map((name, index) => ({ name, pauseMs: this.pauses[index]! })),
        halts: this.halts,
      },
      ...{ head: releaseAt(this.head), shown: this.shown, state: this.state, goOn: this.goOn },
      now: new Date(this.now),
    };
    const workloads = mustWatch(look) ? this.workloads : null;
    const decision = decideRollout({ ...look, workloads, map: () => null });
    const [main] = this.shown.slice(-1);
    // As the reconciler: what shows nothing yet gets what the target shows.
    this.shown = decision.targets.map((what, index) =>
      what === 'head' ? look.head : (this.shown[index] ?? main!),
    );
    this.state = structuredClone(decision.state);
    return decision;
  }

  get versions() {
    return this.shown.map(versionIn);
  }

  pass(ms: number) {
    this.now += ms;
    return this.look();
  }

  ill(name: string, more: Partial<WatchedWorkload>) {
    this.workloads = this.workloads!.map(each => (each.name === name ? { ...each, ...more } : each));
  }

  /** All show version 1, and version 2 is saved. */
  static rolling(): World {
    const world = new World();
    world.look();
    world.head = 2;
    world.look();
    return world;
  }
}

describe('a rollout', () => {
  it('shows the first version everywhere at once, since nobody uses another', () => {
    const world = new World();
    expect(world.look()).toMatchObject({ state: { state: 'Complete' }, wakeMs: null });
    expect(world.versions).toEqual([1, 1, 1]);
  });

  it('goes one step after another, each after its pause, and looks at pods meanwhile', () => {
    const world = World.rolling();
    expect(world.versions).toEqual([2, 1, 1]);
    expect(world.state).toMatchObject({
      ...{ state: 'Progressing', step: 1, steps: 3, since: '2026-01-02T03:00:00Z' },
      configs: [{ namespace: 'shop', path: 'a.yaml', version: '2', previous: '1' }],
    });
    expect(world.pass(10 * minute - 1_000)).toMatchObject({ wakeMs: 1_000 });
    expect(world.versions).toEqual([2, 1, 1]);
    expect(world.pass(1_000)).toMatchObject({ wakeMs: 15_000 });
    expect(world.versions).toEqual([2, 2, 1]);
    world.pass(29 * minute);
    expect(world.versions).toEqual([2, 2, 1]);
    expect(world.pass(minute)).toMatchObject({ state: { state: 'Complete' }, wakeMs: null });
    expect(world.versions).toEqual([2, 2, 2]);
  });

  it('goes by its pauses alone where nothing is to halt it, and looks at no pod', () => {
    const world = new World();
    world.halts = false;
    world.look();
    world.head = 2;
    world.workloads = null;
    expect(world.look()).toMatchObject({ wakeMs: 10 * minute });
    expect(world.pass(10 * minute)).toMatchObject({ wakeMs: 30 * minute });
    world.pass(30 * minute);
    expect(world.versions).toEqual([2, 2, 2]);
  });

  it('halts on a pod that fails after the step began, and stays halted when the pod is well again', () => {
    const world = World.rolling();
    world.ill('one', failing(world.now + 5_000));
    expect(world.pass(15_000)).toMatchObject({
      state: {
        state: 'Halted',
        halted: { workload: 'Deployment/one', why: expect.stringContaining('exit code 1') },
      },
      wakeMs: null,
    });
    world.ill('one', aWorkload('one'));
    world.pass(24 * 60 * minute);
    // Also where nothing is to halt it any more.
    world.halts = false;
    world.pass(24 * 60 * minute);
    expect(world.versions).toEqual([2, 1, 1]);
    expect(world.state?.state).toBe('Halted');
  });

  it('halts in a later step on a workload of an earlier one, and not on one of a step to come', () => {
    const world = World.rolling();
    world.ill('rest', failing(world.now + 1_000, true));
    world.ill('two', failing(world.now + 1_000, true));
    world.pass(10 * minute);
    expect(world.versions).toEqual([2, 2, 1]);
    world.ill('two', aWorkload('two'));
    world.ill('one', failing(world.now + 5_000));
    expect(world.pass(15_000)).toMatchObject({ state: { state: 'Halted', step: 2 } });
    expect(world.versions).toEqual([2, 2, 1]);
  });

  it('starts again at the first step with a newer version, which also ends a halt', () => {
    const world = World.rolling();
    world.pass(10 * minute);
    world.ill('two', failing(world.now + 5_000));
    world.pass(15_000);
    expect(world.state?.state).toBe('Halted');
    world.head = 3;
    world.pass(minute);
    expect(world.versions).toEqual([3, 2, 1]);
    expect(world.state).toMatchObject({ state: 'Progressing', step: 1 });
    world.pass(10 * minute);
    expect(world.versions).toEqual([3, 3, 1]);
  });

  it('gives a workload that was unhealthy before the time of its progress deadline, and waits for it', () => {
    const world = World.rolling();
    world.ill('one', failing(world.now + 1_000, true));
    world.pass(15_000);
    world.head = 3;
    world.pass(minute);
    expect(world.state).toMatchObject({ state: 'Progressing', unhealthyBefore: ['Deployment/one'] });
    expect(world.pass(9 * minute)).toMatchObject({ state: { state: 'Progressing' } });
    expect(world.state?.waitingFor).toContain('CrashLoopBackOff');
    world.ill('one', aWorkload('one'));
    world.pass(minute);
    expect(world.versions).toEqual([3, 3, 1]);
  });

  it('halts when a workload that was unhealthy before does not become healthy', () => {
    const world = World.rolling();
    world.ill('one', failing(world.now + 1_000, true));
    world.pass(15_000);
    world.head = 3;
    world.pass(minute);
    world.pass(11 * minute);
    expect(world.state).toMatchObject({ state: 'Halted' });
    expect(world.versions).toEqual([3, 1, 1]);
  });

  it('waits where it cannot see workloads, says so, and goes on when somebody says so', () => {
    const world = World.rolling();
    world.workloads = null;
    expect(world.pass(60 * minute)).toMatchObject({ wakeMs: null });
    expect(world.versions).toEqual([2, 1, 1]);
    expect(world.state?.waitingFor).toContain('restarts.enabled');
    world.goOn = world.state!.goOnWith!;
    world.look();
    expect(world.versions).toEqual([2, 2, 1]);
    // The same word is not one for the next step.
    world.pass(60 * minute);
    expect(world.versions).toEqual([2, 2, 1]);
  });

  it('goes on from a halt when somebody says so, and from none that was not meant', () => {
    const world = World.rolling();
    world.ill('one', failing(world.now + 5_000));
    world.pass(15_000);
    world.goOn = 'something';
    world.look();
    expect(world.versions).toEqual([2, 1, 1]);
    world.goOn = world.state!.goOnWith!;
    world.look();
    expect(world.versions).toEqual([2, 2, 1]);
    expect(world.state).toMatchObject({ state: 'Progressing', step: 2, unhealthyBefore: ['Deployment/one'] });
  });

  it('puts a deleted ConfigMap of a step back as it was, halted or not, and shows nothing newer elsewhere', () => {
    const world = World.rolling();
    world.shown[0] = null;
    world.look();
    expect(world.versions).toEqual([2, 1, 1]);
    world.ill('one', failing(world.now + 5_000));
    world.pass(15_000);
    world.shown[0] = null;
    world.look();
    expect(world.versions).toEqual([2, 1, 1]);
    expect(world.state?.state).toBe('Halted');
  });

  it('begins a step anew where the status does not say since when, and believes none of another step or time', () => {
    for (const forged of [
      null,
      { state: 'Progressing' as const },
      { state: 'Progressing' as const, id: rolloutId(releaseAt(2)), step: 3, since: '2026-01-01T00:00:00Z' },
      { state: 'Progressing' as const, id: rolloutId(releaseAt(2)), step: 1, since: '2099-01-01T00:00:00Z' },
      { state: 'Complete' as const, id: rolloutId(releaseAt(2)), step: 3 },
    ]) {
      const world = World.rolling();
      world.state = forged;
      world.look();
      expect(world.versions).toEqual([2, 1, 1]);
      expect(world.state).toMatchObject({ state: 'Progressing', step: 1, since: '2026-01-02T03:00:00Z' });
    }
  });

  it('brings a step that is added to what the target shows, without a rollout of its own', () => {
    const world = new World();
    world.shown = [null, null, releaseAt(1)];
    expect(world.look()).toMatchObject({ state: { state: 'Complete' } });
    expect(world.versions).toEqual([1, 1, 1]);
  });
});

type Deed =
  | { kind: 'save' | 'look' | 'forget' | 'goOn' }
  | { kind: 'pass'; minutes: number }
  | { kind: 'ill' | 'well'; at: 0 | 1 };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.constantFrom({ kind: 'save' as const }, { kind: 'look' as const }),
  fc.constantFrom({ kind: 'forget' as const }, { kind: 'goOn' as const }),
  fc.record({ kind: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 40 }) }),
  fc.record({
    kind: fc.constantFrom('ill' as const, 'well' as const),
    at: fc.constantFrom(0 as const, 1 as const),
  }),
);

describe('whatever happens', () => {
  it('no target goes back, none goes before those ahead of it, and what is halted moves no further', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 40 }), deeds => {
        const world = new World();
        world.look();
        for (const each of deeds) {
          const before = { versions: world.versions, state: world.state, head: world.head };
          if (each.kind === 'save') world.head += 1;
          else if (each.kind === 'forget') world.state = null;
          else if (each.kind === 'goOn') world.goOn = world.state?.goOnWith ?? null;
          else if (each.kind === 'pass') world.now += each.minutes * minute;
          else if (each.kind === 'ill') world.ill(['one', 'two'][each.at]!, failing(world.now));
          else if (each.kind === 'well')
            world.ill(['one', 'two'][each.at]!, aWorkload(['one', 'two'][each.at]!));
          world.look();
          const { versions } = world;
          for (const [index, version] of versions.entries()) {
            expect(version).toBeGreaterThanOrEqual(before.versions[index]!);
            if (index > 0) expect(version).toBeLessThanOrEqual(versions[index - 1]!);
          }
          const reached = (all: number[]) => all.filter(version => version === world.head).length;
          // One step at most in a look.
          expect(reached(versions)).toBeLessThanOrEqual(Math.max(1, reached(before.versions) + 1));
          const stays = before.state?.state === 'Halted' && before.head === world.head;
          if (
            stays &&
            each.kind !== 'goOn' &&
            each.kind !== 'forget' &&
            world.goOn !== before.state?.goOnWith
          )
            expect(versions).toEqual(before.versions);
        }
      }),
      { numRuns: Number(process.env.PAWL_DEEP_RUNS ?? 300) },
    );
  });

  it('it ends: what is healthy shows the latest everywhere', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 20 }), deeds => {
        const world = new World();
        world.look();
        for (const each of deeds) {
          if (each.kind === 'save') world.head += 1;
          if (each.kind === 'pass') world.now += each.minutes * minute;
          world.look();
        }
        for (let round = 0; round < 4; round += 1) world.pass(31 * minute);
        expect(world.versions).toEqual([world.head, world.head, world.head]);
        expect(world.state?.state).toBe('Complete');
      }),
      { numRuns: 100 },
    );
  });
});
