/** Keys that wait for what is away. */
import { expect, it } from 'vitest';
import { Parking, type Probers } from '../../operator/reconcile/parking.ts';

function make() {
  const woken: string[] = [];
  const suspected: string[] = [];
  const listeners = { store: new Set<() => void>(), api: new Set<() => void>() };
  const proberOf = (dependency: 'store' | 'api') => ({
    suspect: () => void suspected.push(dependency),
    onAnswer: (listener: () => void) => {
      listeners[dependency].add(listener);
      return () => listeners[dependency].delete(listener);
    },
  });
  const probers: Probers = { store: proberOf('store'), api: proberOf('api') };
  const stop = new AbortController();
  const parking = new Parking({ probers, wake: key => woken.push(key), signal: stop.signal });
  const answer = (dependency: 'store' | 'api') => {
    for (const listener of listeners[dependency]) listener();
  };
  return { parking, woken, suspected, answer, stop };
}

it('a key is woken once, when what it waits for answers, and not by anything else that does', () => {
  const { parking, woken, suspected, answer } = make();
  parking.park('payments/a', 'store');
  parking.park('payments/a', 'store');
  parking.park('payments/b', 'api');
  expect(suspected).toEqual(['store', 'store', 'api']);
  expect([parking.size('store'), parking.size('api')]).toEqual([1, 1]);
  answer('store');
  expect(woken).toEqual(['payments/a']);
  answer('store');
  expect(woken).toEqual(['payments/a']);
  answer('api');
  expect(woken).toEqual(['payments/a', 'payments/b']);
  expect([parking.size('store'), parking.size('api')]).toEqual([0, 0]);
});

it('nobody is woken after the end of the term', () => {
  const { parking, woken, answer, stop } = make();
  parking.park('payments/a', 'store');
  stop.abort();
  answer('store');
  expect(woken).toEqual([]);
});
