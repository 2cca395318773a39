/** What the status of a ConfigNotifier says: facts, and written only when they change. */
import { describe, expect, it } from 'vitest';
import type { NotifierState } from '../../history/words/notification.ts';
import type { ConfigNotifier, ConfigNotifierStatus } from '../../operator/object/config-notifier.ts';
import { summariseNotifier } from '../../operator/object/notifier-status.ts';

const now = new Date('2026-11-29T00:00:00.500Z');
const later = new Date('2026-11-29T01:00:00Z');
const object = (status: ConfigNotifierStatus = {}): ConfigNotifier => ({
  metadata: {
    ...{ namespace: 'payments', name: 'audit', uid: 'uid', generation: 2, resourceVersion: '7' },
    ...{ creationTimestamp: '2026-11-28T00:00:00Z', retry: null },
  },
  spec: { url: 'https://hooks.example.com' },
  status,
});
const state = (more: Partial<NotifierState> = {}): NotifierState => ({
  ...{ waiting: 0, oldest: null, dueInMs: null, worst: null, dead: 0, lastDead: null, lostAt: null },
  ...more,
});
const facts = { trouble: null, state: state(), retried: null };
const failing = state({ waiting: 4, worst: { attempts: 3, reason: 'it answered 503' } });
const conditionsOf = ({ conditions = [] }: ConfigNotifierStatus) =>
  conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`);

describe('the status of a notifier', () => {
  it('is the same for the same facts, whenever it is looked at and however much waits', () => {
    const first = summariseNotifier(object(), { ...facts, state: failing }, now);
    const more = state({ waiting: 40, oldest: now, worst: { attempts: 9, reason: 'it answered 503' } });
    expect(summariseNotifier(object(first), { ...facts, state: more }, later)).toEqual(first);
  });

  it('stays ready while the receiver fails, and says what it answers after three failures', () => {
    const once = state({ worst: { attempts: 2, reason: 'it answered 503' } });
    const ready = ['Ready=True Delivering'];
    expect(conditionsOf(summariseNotifier(object(), { ...facts, state: once }, now))).toEqual(ready);
    const status = summariseNotifier(object(), { ...facts, state: failing }, now);
    expect(conditionsOf(status)).toEqual([...ready, 'ReceiverFailing=True ReceiverFailing']);
    expect(status.conditions![1]!.message).toContain('it answered 503');
    expect(conditionsOf(summariseNotifier(object(status), facts, later))).toEqual(ready);
  });

  it('is stalled by what somebody has to do something about, and keeps what was given up before', () => {
    const lastDead = { event: 'msg_1', at: now, reason: 'it answered 410' };
    const before = summariseNotifier(object(), { ...facts, state: state({ dead: 5, lastDead }) }, now);
    expect(before.deadLetters).toEqual({
      count: 5,
      last: { id: 'msg_1', time: now.toISOString(), reason: 'it answered 410' },
    });
    const trouble = { reason: 'HostNotAllowed', message: 'The URL cannot be used.' } as const;
    const status = summariseNotifier(object(before), { trouble, state: null, retried: null }, later);
    expect(conditionsOf(status)).toEqual(['Ready=False HostNotAllowed', 'Stalled=True HostNotAllowed']);
    expect(status.deadLetters).toEqual(before.deadLetters);
  });

  it('says when events were lost, and which annotation was obeyed', () => {
    const status = summariseNotifier(
      object(),
      { ...facts, state: state({ lostAt: now }), retried: 'now' },
      later,
    );
    expect(status).toMatchObject({ eventsLostAt: now.toISOString(), retried: 'now', observedGeneration: 2 });
  });
});
