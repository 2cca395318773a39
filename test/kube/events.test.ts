import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EventDrop, EventWriter } from '../../operator/kube/events.ts';
import { openSession, type Session } from '../../operator/kube/session.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { until } from '../runtime/until.ts';
import { ScriptedServer } from './scripted-server.ts';

let server: ScriptedServer;
let clock: FakeClock;
let session: Session;
let stop: AbortController;
let drops: EventDrop[];
let writer: EventWriter;
let running: Promise<void>;

beforeEach(async () => {
  server = await ScriptedServer.start();
  clock = new FakeClock();
  session = await openSession({ access: server.access(), clock, userAgent: 'pawl/test' });
  stop = new AbortController();
  drops = [];
  writer = new EventWriter({
    session,
    clock,
    controller: 'pawl.dev/operator',
    instance: 'pod-1',
    dropped: why => drops.push(why),
  });
  running = writer.run(stop.signal);
});

afterEach(async () => {
  stop.abort();
  await running;
  await session.close();
  await server[Symbol.asyncDispose]();
});

const subject = {
  apiVersion: 'pawl.dev/v1alpha1',
  kind: 'ConfigVersion',
  namespace: 'a',
  name: 'b',
  uid: 'u',
};
/** Also the deadlines of the calls are over then, so that time may be moved. */
const answered = (events: number) =>
  until('the Events', () => server.requests.length === events && clock.pendingTimers === 0);
const note = (text: string) => ({ type: 'Normal', reason: 'Saved', note: text }) as const;

describe('the writer of Events', () => {
  test('writes what the API server demands, in the object’s namespace', async () => {
    server.on(
      () => true,
      (_, reply) => reply.json(201, {}),
    );
    writer.record(subject, note('version 7'));
    await until('the Event', () => server.requests.length === 1);
    const [request] = server.requests;
    expect(request!.path).toBe('/apis/events.k8s.io/v1/namespaces/a/events');
    expect(JSON.parse(request!.body)).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace: 'a', name: expect.stringMatching(/^b\.[0-9a-f]{32}$/) },
      eventTime: '2026-01-02T03:04:05.678000Z',
      reportingController: 'pawl.dev/operator',
      reportingInstance: 'pod-1',
      type: 'Normal',
      reason: 'Saved',
      action: 'Saved',
      note: 'version 7',
      regarding: subject,
    });
  });

  test('says the same again only after ten minutes', async () => {
    server.on(
      () => true,
      (_, reply) => reply.json(201, {}),
    );
    writer.record(subject, note('one'));
    writer.record(subject, note('one'));
    writer.record({ ...subject, uid: 'another' }, note('one'));
    await answered(2);
    await clock.advance(600_000);
    writer.record(subject, note('one'));
    await answered(3);
    expect(drops).toEqual(['repeated']);
  });

  test('lets a noisy object say ten things at once and then one each half minute', async () => {
    server.on(
      () => true,
      (_, reply) => reply.json(201, {}),
    );
    for (let i = 0; i < 15; i += 1) writer.record(subject, note(`${i}`));
    await answered(10);
    expect(drops).toEqual(Array(5).fill('rateLimited'));
    await clock.advance(60_000);
    for (let i = 0; i < 5; i += 1) writer.record(subject, note(`later ${i}`));
    await answered(12);
  });

  test('drops what the API server refuses or does not take in time, and goes on', async () => {
    server.on(
      () => true,
      (_, reply) => reply.status(403, 'Forbidden', 'no'),
      1,
    );
    server.on(
      () => true,
      (_, reply) => reply.json(201, {}),
      1,
    );
    server.on(
      () => true,
      () => {},
    );
    writer.record(subject, note('one'));
    writer.record({ ...subject, namespace: '../kube-system' }, note('astray'));
    writer.record(subject, note('two'));
    await until('both', () => server.requests.length === 2);
    for (let i = 0; i < 1_200; i += 1) writer.record({ ...subject, uid: `u${i}` }, note('x'));
    expect(drops.filter(why => why === 'failed')).toHaveLength(2);
    expect(drops.filter(why => why === 'queueFull').length).toBeGreaterThanOrEqual(199);
  });
});
