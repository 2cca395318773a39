/**
 * When a workload is restarted: once for a content that differs from the one written down, and for nothing else. The decision is
 * driven as the restarter drives it: what it says is written, and comes back with the next look.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RestartWish, restartWishOf } from '../../operator/object/workload/restart-wish.ts';
import type { SeenConfigs, SeenMap } from '../../operator/object/workload/seen-configs.ts';
import { readSeen, writeSeen } from '../../operator/object/workload/seen-configs.ts';
import type { PodTemplate, Workload } from '../../operator/object/workload/workload.ts';
import {
  decideRestart,
  type PendingRestart,
  type RestartAction,
} from '../../operator/restarts/decide-restart.ts';

const delays = { quietMs: 10_000, longestMs: 60_000 };

/** A workload in a cluster, and a clock. Contents are one letter each. */
class World {
  now = 0;
  wish: RestartWish | null = { kind: 'all' };
  seen: SeenConfigs | null = null;
  isSeenForeign = false;
  hash: string | null = null;
  isPaused = false;
  used = ['a'];
  shown: Record<string, SeenMap> = {};
  pending: PendingRestart | null = null;
  restarts = 0;
  records = 0;
  #version = 0;

  save(name: string, content: string): void {
    this.#version += 1;
    this.shown[name] = { content, configs: { [`payments/${name}.yaml`]: String(this.#version) } };
  }

  look(): RestartAction {
    const workload: Workload = {
      ...{ kind: 'Deployment', namespace: 'payments', name: 'api', uid: 'u', resourceVersion: '1' },
      ...{ generation: 1, wish: this.wish, isHashOurs: true },
      // As it comes back from an annotation.
      seen: this.seen && readSeen(writeSeen(this.seen)),
      isSeenForeign: this.isSeenForeign,
    };
    const { hash, isPaused } = this;
    const template: PodTemplate = { configMaps: this.used, hash, isPaused, isOnDelete: false };
    const shown = (name: string) => this.shown[name] ?? null;
    const action = decideRestart({ workload, template, shown }, this.pending, this.now, delays);
    this.pending = action.kind === 'wait' || action.kind === 'held' ? action.pending : null;
    if (action.kind === 'record' || action.kind === 'restart') {
      this.seen = action.seen;
      this.isSeenForeign = false;
    }
    if (action.kind === 'record') this.records += 1;
    if (action.kind === 'restart') {
      expect(action.hash).not.toBe(this.hash);
      this.hash = action.hash;
      this.restarts += 1;
    }
    return action;
  }

  /** Looks as often as the decisions ask for, until one asks for nothing more. */
  settle(): void {
    for (let action = this.look(); action.kind !== 'none' && action.kind !== 'held'; action = this.look()) {
      if (action.kind === 'wait') this.now += action.ms;
    }
  }

  /** The process that looks is another one. */
  restartOperator(): void {
    this.pending = null;
  }
}

function settled(...maps: string[]): World {
  const world = new World();
  world.used = maps.length > 0 ? maps : ['a'];
  for (const name of world.used) world.save(name, 'x');
  world.settle();
  return world;
}

describe('a workload', () => {
  it('is not restarted at first sight, but what it uses is written down', () => {
    const world = settled();
    expect(world).toMatchObject({ restarts: 0, records: 1, hash: null });
    expect(world.look().kind).toBe('none');
  });

  it('is restarted once for a save', () => {
    const world = settled();
    world.save('a', 'y');
    expect(world.look()).toMatchObject({ kind: 'wait', ms: 10_000 });
    world.settle();
    expect(world.restarts).toBe(1);
    world.settle();
    expect(world.restarts).toBe(1);
  });

  it('is restarted once for several configs that change one after another', () => {
    const world = settled('a', 'b', 'c');
    for (const name of ['a', 'b', 'c']) {
      world.save(name, 'y');
      world.look();
      world.now += 5_000;
    }
    world.settle();
    expect(world.restarts).toBe(1);
  });

  it('is restarted in the end, however much goes on changing', () => {
    const world = settled();
    for (let second = 0; second < 70; second += 1) {
      world.save('a', `y${second}`);
      world.look();
      world.now += 1_000;
    }
    expect(world.restarts).toBe(1);
  });

  it('is not restarted when the content comes back before the delay ends', () => {
    const world = settled();
    world.save('a', 'y');
    world.look();
    world.now += 9_000;
    world.save('a', 'x');
    world.settle();
    world.now += 60_000;
    world.settle();
    expect(world.restarts).toBe(0);
    // Which version that is, is written down.
    expect(world.seen?.maps.a?.configs).toEqual({ 'payments/a.yaml': '3' });
  });

  it('is restarted again when an old content is saved anew', () => {
    const world = settled();
    const hashes = new Set<string | null>([null]);
    for (const content of ['y', 'x', 'y', 'x']) {
      world.save('a', content);
      world.settle();
      hashes.add(world.hash);
    }
    expect(world.restarts).toBe(4);
    // No hash comes a second time: a Deployment would take back an old ReplicaSet, with pods that read something else.
    expect(hashes.size).toBe(5);
  });

  it('is not restarted because the operator restarts, in the middle of the delay either', () => {
    const world = settled();
    world.restartOperator();
    world.settle();
    expect(world.restarts).toBe(0);
    world.save('a', 'y');
    world.look();
    world.restartOperator();
    world.settle();
    expect(world.restarts).toBe(1);
    world.restartOperator();
    world.settle();
    expect(world.restarts).toBe(1);
  });

  it('is restarted for what was saved while no operator ran', () => {
    const world = settled();
    world.save('a', 'y');
    world.restartOperator();
    world.settle();
    expect(world.restarts).toBe(1);
  });

  it('is not restarted for a ConfigMap that its template names since now, or no longer', () => {
    const world = settled();
    world.used = ['a', 'b'];
    world.save('b', 'x');
    world.settle();
    world.used = ['b'];
    world.settle();
    expect(world.restarts).toBe(0);
    expect(Object.keys(world.seen!.maps)).toEqual(['b']);
  });

  it('is not restarted while a ConfigMap is away, nor when it comes back as it was', () => {
    const world = settled();
    const { a } = world.shown;
    world.shown = {};
    world.settle();
    world.shown = { a: a! };
    world.settle();
    expect(world).toMatchObject({ restarts: 0, records: 1 });
    world.shown = {};
    world.settle();
    world.save('a', 'y');
    world.settle();
    expect(world.restarts).toBe(1);
  });

  it('waits while its rollout is paused, and is restarted once when it is resumed', () => {
    const world = settled();
    world.isPaused = true;
    world.save('a', 'y');
    expect(world.look().kind).toBe('held');
    world.now += 100_000;
    expect(world.look().kind).toBe('held');
    world.save('a', 'z');
    expect(world.look().kind).toBe('held');
    world.isPaused = false;
    world.settle();
    expect(world.restarts).toBe(1);
  });

  it('stays as somebody set it back, and follows the next save', () => {
    const world = settled();
    world.save('a', 'y');
    world.settle();
    const undone = world.seen;
    // As `kubectl rollout undo` does: template and annotations of the ReplicaSet before.
    world.hash = null;
    world.seen = null;
    world.isSeenForeign = true;
    world.settle();
    expect(world.restarts).toBe(1);
    expect(world.seen).toMatchObject({ isUnsure: true });
    world.seen = { ...undone!, isUnsure: true };
    world.settle();
    expect(world.restarts).toBe(1);
    world.save('a', 'z');
    world.settle();
    expect(world.restarts).toBe(2);
    expect(world.seen).not.toHaveProperty('isUnsure');
  });

  it('of a StatefulSet that is set back, whose own annotations stay, is left alone as well', () => {
    const world = settled();
    world.save('a', 'y');
    world.settle();
    world.hash = null;
    world.settle();
    expect(world).toMatchObject({ restarts: 1, hash: null, seen: { isUnsure: true } });
  });

  it('is restarted for the configs it lists, and for no others', () => {
    const world = settled('a', 'b');
    world.wish = restartWishOf('a.yaml, other/b.yaml');
    world.settle();
    world.save('b', 'y');
    world.settle();
    expect(world.restarts).toBe(0);
    world.save('a', 'y');
    world.settle();
    expect(world.restarts).toBe(1);
    world.wish = restartWishOf('payments/b.yaml');
    world.settle();
    world.save('b', 'z');
    world.settle();
    expect(world.restarts).toBe(2);
  });

  it('that no longer wants it has nothing written on it, and begins anew when it wants it again', () => {
    const world = settled();
    world.wish = null;
    world.settle();
    expect(world.seen).toBeNull();
    world.save('a', 'y');
    world.wish = { kind: 'all' };
    world.settle();
    expect(world.restarts).toBe(0);
  });
});

describe('the annotation', () => {
  it.each([
    [undefined, null],
    ['', null],
    ['false', null],
    [' true ', { kind: 'all' }],
    ['a.yaml,, b.yaml', { kind: 'some', configs: ['a.yaml', 'b.yaml'] }],
  ])('%j means %j', (text, wish) => {
    expect(restartWishOf(text)).toEqual(wish);
  });
});

/** What may happen between two looks. */
const step = fc.oneof(
  fc.record({ save: fc.constantFrom('a', 'b', 'c'), content: fc.constantFrom('x', 'y', 'z') }),
  fc.record({ pass: fc.integer({ min: 1, max: 40_000 }) }),
  fc.constantFrom('look' as const, 'restart' as const, 'pause' as const, 'resume' as const),
  fc.record({ use: fc.subarray(['a', 'b', 'c']) }),
  fc.record({ lose: fc.constantFrom('a', 'b', 'c') }),
);

it('never restarts without a content that differs from the last, and in the end stands for what is shown', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const world = settled('a', 'b', 'c');
      for (const one of steps) {
        if (one === 'look') {
          const before = world.seen!.maps;
          const { restarts } = world;
          const action = world.look();
          if (world.restarts > restarts) {
            expect(world.isPaused).toBe(false);
            if (action.kind !== 'restart') throw new Error('it restarted without saying so');
            const others = world.used.filter(
              name => before[name] && world.shown[name] && before[name].content !== world.shown[name].content,
            );
            expect(action.changed.map(({ name }) => name)).toEqual(others);
            expect(others.length).toBeGreaterThan(0);
          }
        } else if (one === 'restart') world.restartOperator();
        else if (one === 'pause' || one === 'resume') world.isPaused = one === 'pause';
        else if ('save' in one) world.save(one.save, one.content);
        else if ('pass' in one) world.now += one.pass;
        else if ('use' in one) world.used = one.use;
        else delete world.shown[one.lose];
      }
      world.isPaused = false;
      world.settle();
      for (const name of world.used) {
        const now = world.shown[name];
        if (now) expect(world.seen!.maps[name]?.content).toBe(now.content);
      }
      const { restarts, records } = world;
      world.now += 1_000_000;
      world.restartOperator();
      world.settle();
      expect(world).toMatchObject({ restarts, records });
    }),
  );
});
