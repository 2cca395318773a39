/**
 * ConfigNotifiers on the real API server and PostgreSQL, with the rights that the chart gives: what receivers get of what
 * happened, also when they or the operator are killed.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Operator, OperatorEnv } from '../../local/operator.ts';
import type { ConfigNotifierSpec } from '../../operator/object/config-notifier.ts';
import { type ChartServiceAccount, chartServiceAccount } from '../setup/chart.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';
import { type Received, Receiver } from '../setup/receiver.ts';
import { Rules } from '../setup/rules.ts';
import { until } from '../setup/until.ts';

let kube: Kube;
let rules: Rules;
let database: TestDatabase;
let account: ChartServiceAccount;
let env: OperatorEnv;
let operator: Operator;
let namespace: string;
let receiver: Receiver;
let other: Receiver;
let chat: Server;
let chatUrl: string;
const texts: string[] = [];

const newKey = () => `whsec_${randomBytes(32).toString('base64')}`;
const secret = newKey();
const base64 = (text: string) => Buffer.from(text).toString('base64');

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  rules = await Rules.open(inject('kubeconfig'));
  database = await createTestDatabase();
  [receiver, other] = await Promise.all([new Receiver(secret).start(), new Receiver(secret).start()]);
  chat = createServer((request, response) => {
    request.setEncoding('utf8');
    request.once('data', body => texts.push(JSON.parse(body).text));
    request.once('end', () => response.end('ok'));
  });
  await new Promise<void>(resolve => chat.listen(0, '127.0.0.1', resolve));
  chatUrl = `http://127.0.0.1:${(chat.address() as AddressInfo).port}`;
  const hosts = [receiver.url, other.url, chatUrl];
  account = await chartServiceAccount({ values: { notifications: { allowedHosts: hosts } } });
  env = {
    ...{ KUBECONFIG: account.kubeconfig, DATABASE_URL: database.url },
    ...{ PAWL_LEASE_NAMESPACE: account.namespace, PAWL_LEASE_NAME: account.leaseName },
    PAWL_NOTIFICATION_HOSTS: hosts.join(','),
  };
  operator = await startOperator(env, { as: 'given' });
});

afterAll(async () => {
  await operator?.stop();
  await receiver?.[Symbol.asyncDispose]();
  await other?.[Symbol.asyncDispose]();
  await new Promise(resolve => (chat ? chat.close(resolve) : resolve(undefined)));
  await rules?.[Symbol.asyncDispose]();
  await kube?.[Symbol.asyncDispose]();
  await account?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  namespace = await kube.namespace('notify');
  await kube.createSecret(namespace, 'signing', { first: base64(secret) });
});

async function webhook(name: string, to: Receiver, more: ConfigNotifierSpec = {}): Promise<void> {
  await kube.notify(namespace, name, { url: to.url, signingSecret: { name: 'signing' }, ...more });
  await kube.untilNotifier(namespace, name, 'Delivering');
}

const save = (path: string, version: number) =>
  kube.propose(namespace, path.replaceAll(/[/.]/g, '-'), { path, body: `n: ${version}\n`, author: 'ada' });
const untilSaved = (path: string, version: number) =>
  until(`${path} is saved as ${version}`, 60_000, async () => {
    const { status, metadata } = await kube.configVersion(namespace, path.replaceAll(/[/.]/g, '-'));
    return status.observedGeneration === metadata.generation && status.version === String(version);
  });
/** What came from this test's namespace. */
const ofThis = (to: Receiver) => [...to.events.values()].filter(({ data }) => data.namespace === namespace);
const named = (to: Receiver) =>
  ofThis(to)
    .map(({ type, subject, data }) => `${type} ${subject}@${data.version}`)
    .sort();

describe('a receiver', () => {
  it('that is killed and slow gets every save exactly once by its id, over restarts of the operator, and delays no other', async () => {
    await webhook('steady', other);
    await webhook('shaky', receiver);
    const paths = ['a.yaml', 'b.yaml', 'c.yaml'];
    const rounds = async (from: number, to: number) => {
      for (let version = from; version <= to; version += 1) {
        await Promise.all(paths.map(path => save(path, version)));
        await Promise.all(paths.map(path => untilSaved(path, version)));
      }
    };
    // Received, and never answered: sent again.
    receiver.silent = 2;
    await rounds(1, 2);
    await receiver.kill();
    await rounds(3, 4);
    const all = (upTo: number) =>
      paths
        .flatMap(path => Array.from({ length: upTo }, (_, n) => `dev.pawl.config.saved ${path}@${n + 1}`))
        .sort();
    await until('the other has all of them meanwhile', 60_000, () => named(other).length >= all(4).length);
    expect(named(other)).toEqual(all(4));
    await operator.kill();
    receiver.slowMs = 300;
    await receiver.start();
    operator = await startOperator(env, { as: 'given' });
    await rounds(5, 6);
    await operator.stop();
    operator = await startOperator(env, { as: 'given' });
    await until('both have all of them', 180_000, () =>
      [receiver, other].every(each => named(each).length >= all(6).length),
    );
    // Under the same id, after a while: nobody knows whether it had arrived.
    const here = () => receiver.got.filter(({ data }) => data.namespace === namespace);
    await until('what was not answered came again', 180_000, () => here().length > all(6).length);
    for (const each of [receiver, other]) {
      // One id for each save, and one save for each id.
      expect(named(each)).toEqual(all(6));
      expect(each.wrong).toEqual([]);
    }
  }, 600_000);

  it('is told who, what and where, and values only where the notifier asks for them', async () => {
    receiver.slowMs = 0;
    await webhook('plain', receiver, { paths: ['limits/**'], events: ['Saved'] });
    await webhook('whole', other, { paths: ['limits/**'], includeValues: true });
    await save('beside.yaml', 1);
    await save('limits/eu.yaml', 1);
    await untilSaved('limits/eu.yaml', 1);
    await save('limits/eu.yaml', 2);
    await until('both are told', 60_000, () => [receiver, other].every(each => ofThis(each).length >= 2));
    expect(named(receiver)).toEqual([1, 2].map(n => `dev.pawl.config.saved limits/eu.yaml@${n}`));
    const [plain, whole] = [receiver, other].map(
      each => ofThis(each).find(({ data }) => data.version === '2')!.data,
    );
    expect(plain).toMatchObject({
      author: 'ada',
      kind: 'direct',
      places: [{ kind: 'replace', pointer: '/n' }],
    });
    expect(JSON.stringify(plain)).not.toContain('"before"');
    expect(whole!.places).toEqual([{ kind: 'replace', pointer: '/n', before: '1', after: '2' }]);
  });

  it('of text is told of what waits for a person, by the template of the notifier', async () => {
    await kube.createSecret(namespace, 'chat', { url: base64(chatUrl) });
    await kube.notify(namespace, 'chat', {
      ...{ format: 'Slack', urlFrom: { name: 'chat', key: 'url' }, events: ['Conflict', 'Waiting'] },
      text: `${namespace}: {{event}} {{path}} <{{message}}>`,
    });
    await kube.untilNotifier(namespace, 'chat', 'Delivering');
    const [path, body] = ['caps.yaml', 'a: 1\nb: 1\n'];
    await kube.propose(namespace, 'first', { path, body });
    await kube.untilReason(namespace, 'first', 'Saved');
    await kube.propose(namespace, 'first', { path, body: 'a: 2\nb: 1\n' });
    await kube.untilReason(namespace, 'first', 'Saved');
    await kube.propose(namespace, 'clash', { path, body: 'a: 3\nb: 1\n', baseVersion: 1 });
    await kube.propose(namespace, 'shown', { path, body: 'a: 1\nb: 2\n', baseVersion: 1 });
    // Each at least once.
    const own = () => [...new Set(texts)].filter(text => text.startsWith(namespace)).sort();
    await until('both are told', 60_000, () => own().length >= 2);
    expect(own()).toEqual([
      `${namespace}: Conflict caps.yaml <VersionConflict: see ConfigVersion ${namespace}/clash>`,
      `${namespace}: Waiting caps.yaml <ConfirmationRequired: see ConfigVersion ${namespace}/shown>`,
    ]);
  });
});

describe('what pods are shown', () => {
  const [object, map] = ['shown-yaml', 'shown.yaml'];
  const untilShown = (version: number) =>
    until(`version ${version} is shown`, 60_000, async () => {
      const found = await kube.configMap(namespace, map);
      return found?.metadata.annotations?.['pawl.dev/version'] === String(version);
    });

  it('is told once for each version, by a receiver that is killed and slow, although the operator ended between showing and telling it', async () => {
    await save('shown.yaml', 1);
    await untilShown(1);
    await webhook('shown', receiver, { events: ['Rendered'] });
    await save('shown.yaml', 2);
    await untilSaved('shown.yaml', 2);
    await receiver.kill();
    await save('shown.yaml', 3);
    await untilSaved('shown.yaml', 3);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      // What it would tell waits here.
      await client.query('BEGIN');
      await client.query('SELECT FROM pawl.followed_namespaces FOR UPDATE');
      await save('shown.yaml', 4);
      await untilShown(4);
      await operator.kill();
      // PostgreSQL does not notice that who waits is gone, and would tell it now.
      await client.query(
        `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      await client.query('ROLLBACK');
    } finally {
      await client.end();
    }
    receiver.slowMs = 300;
    await receiver.start();
    operator = await startOperator(env, { as: 'given' });
    await until('it is told', 180_000, () => named(receiver).length >= 3);
    // Put back, it is no news.
    await kube.deleteConfigMap(namespace, map);
    await untilShown(4);
    await save('shown.yaml', 5);
    await until('the last one is told', 180_000, () => named(receiver).length >= 4);
    expect(named(receiver)).toEqual([2, 3, 4, 5].map(n => `dev.pawl.config.rendered shown.yaml@${n}`));
    expect(ofThis(receiver)[0]!.data).toMatchObject({
      ...{ author: 'ada', target: { kind: 'ConfigMap', namespace, name: map } },
    });
    receiver.slowMs = 0;
  }, 600_000);

  it('and what cannot be is told with its reason', async () => {
    await webhook('failed', receiver, { events: ['RenderFailed'] });
    await kube.createConfigMap(namespace, map, { a: '1' });
    await save('shown.yaml', 1);
    await kube.untilReason(namespace, object, 'TargetNotOwned');
    await until('it is told', 60_000, () => ofThis(receiver).length > 0);
    const [{ type, data }] = ofThis(receiver) as [Received];
    expect(type).toBe('dev.pawl.config.renderfailed');
    expect(data).toMatchObject({
      version: '1',
      reason: 'TargetNotOwned',
      object: { namespace, name: object },
    });
  });
});

describe('a target that is not a projection’s own', () => {
  it('is told with the versions that it was to show', async () => {
    await webhook('failed', receiver, { events: ['RenderFailed'] });
    await kube.createConfigMap(namespace, 'taken', { a: '1' });
    await Promise.all(['one.yaml', 'two.yaml'].map(path => save(path, 1)));
    await kube.project(namespace, 'taken', { configs: [{ path: 'one.yaml' }, { path: 'two.yaml' }] });
    await until('both are told', 60_000, () => ofThis(receiver).length === 2);
    const told = ofThis(receiver).sort((a, b) => (a.subject < b.subject ? -1 : 1));
    for (const [index, path] of ['one.yaml', 'two.yaml'].entries())
      expect(told[index]).toMatchObject({
        ...{ type: 'dev.pawl.config.renderfailed', subject: path },
        data: {
          ...{ version: '1', reason: 'TargetNotOwned', object: { namespace, name: 'taken' } },
          target: { kind: 'ConfigMap', namespace, name: 'taken' },
        },
      });
  });
});

describe('a notifier', () => {
  it('is told of configs that its Kubernetes namespace may read, and of no others', async () => {
    const [configs, mine] = [await kube.namespace('notify'), namespace];
    const spec = { url: receiver.url, namespace: configs, signingSecret: { name: 'signing' } };
    await kube.notify(mine, 'reader', spec);
    await kube.untilNotifier(mine, 'reader', 'PathNotAllowed');
    await rules.apply(configs, { readers: [{ namespaces: [mine], paths: ['open'] }] });
    await kube.untilNotifier(mine, 'reader', 'Delivering', 60_000);
    const told = () => [...receiver.events.values()].filter(({ data }) => data.namespace === configs);
    await kube.propose(configs, 'hidden', { path: 'hidden.yaml', body: 'a: 1\n' });
    await kube.untilReason(configs, 'hidden', 'Saved');
    await kube.propose(configs, 'open', { path: 'open/a.yaml', body: 'a: 1\n' });
    await until('it is told of what is open', 60_000, () => told().length > 0);
    expect(told().map(({ subject }) => subject)).toEqual(['open/a.yaml']);
  });

  it('that cannot send says why, and sends when it can', async () => {
    const signing = { signingSecret: { name: 'signing' } };
    await kube.notify(namespace, 'away', { url: 'https://example.com/', ...signing });
    const { status } = await kube.untilNotifier(namespace, 'away', 'HostNotAllowed');
    expect(status.conditions?.map(({ type }) => type)).toEqual(['Ready', 'Stalled']);
    await kube.notify(namespace, 'unsigned', { url: receiver.url, signingSecret: { name: 'later' } });
    await kube.untilNotifier(namespace, 'unsigned', 'SecretNotFound');
    await kube.createSecret(namespace, 'later', { key: base64('whsec_short') });
    await kube.untilNotifier(namespace, 'unsigned', 'InvalidSecret', 60_000);
    await kube.notify(namespace, 'worded', { url: chatUrl, format: 'Slack', text: '{{body}}' });
    await kube.untilNotifier(namespace, 'worded', 'InvalidTemplate');
    await kube.notify(namespace, 'worded', { url: chatUrl, format: 'Slack', text: '{{path}}' });
    await kube.untilNotifier(namespace, 'worded', 'Delivering');
  });

  it('tells what it gave up, and sends that again when it is asked to', async () => {
    await webhook('lost', receiver, { paths: ['lost.yaml'] });
    receiver.status = 500;
    await save('lost.yaml', 1);
    await untilSaved('lost.yaml', 1);
    await until('it was tried', 60_000, () => ofThis(receiver).length > 0);
    // What a day of failures does.
    await until('it is given up', 60_000, async () => {
      await database.query(
        `UPDATE pawl.notifications SET at = at - interval '2 days', due_at = clock_timestamp()`,
      );
      const { status } = await kube.untilNotifier(namespace, 'lost', 'Delivering');
      return status.deadLetters?.count === 1;
    });
    const { status } = await kube.untilNotifier(namespace, 'lost', 'Delivering');
    const { id } = ofThis(receiver)[0]!;
    expect(status.deadLetters).toMatchObject({ count: 1, last: { id, reason: 'it answered 500' } });
    receiver.status = 200;
    const before = receiver.got.length;
    const spec = { url: receiver.url, signingSecret: { name: 'signing' }, paths: ['lost.yaml'] };
    await kube.notify(namespace, 'lost', spec, { annotations: { 'pawl.dev/retry-dead-letters': 'now' } });
    await until('it is sent again', 60_000, () => receiver.got.length > before);
    expect(receiver.got.at(-1)).toMatchObject({ id });
    await until('none is left', 60_000, async () => {
      const { status: now } = await kube.untilNotifier(namespace, 'lost', 'Delivering');
      return now.deadLetters === undefined && now.retried === 'now';
    });
  });
});
