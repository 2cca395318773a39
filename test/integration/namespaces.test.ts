/** Config namespaces on a real API server: who may write what, by which rules, and what deleting takes with it. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Operator } from '../../local/operator.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube, type StoredConfigVersion } from '../setup/kube.ts';
import { apiCallsOf, metricOf } from '../setup/metrics.ts';
import { startOperator, undisturbed } from '../setup/operator.ts';
import { Rules } from '../setup/rules.ts';
import { until } from '../setup/until.ts';

let kube: Kube;
let rules: Rules;
let database: TestDatabase;
let operator: Operator;
let namespace: string;
let elsewhere: string;

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  rules = await Rules.open(inject('kubeconfig'));
  database = await createTestDatabase();
  operator = await startOperator({ KUBECONFIG: inject('kubeconfig'), DATABASE_URL: database.url });
});

afterAll(async () => {
  await operator?.stop();
  await database?.[Symbol.asyncDispose]();
  await rules?.[Symbol.asyncDispose]();
  await kube?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  [namespace, elsewhere] = await Promise.all([kube.namespace(), kube.namespace('other')]);
});

const path = 'limits/eu.yaml';
const target = 'limits-eu.yaml';
const aName = () => `cns-${randomBytes(4).toString('hex')}`;
const readyOf = ({ status }: StoredConfigVersion) => status.conditions?.find(({ type }) => type === 'Ready');
const apiCalls = () => apiCallsOf(operator);
const looks = () => metricOf(operator, 'controller_runtime_reconcile_total');
const looksAt = async (key: string) =>
  (await operator.logs()).split('\n').filter(line => line.includes(`"object":"${key}"`)).length;
const configsOf = async (name: string) => {
  const sql =
    'SELECT path, last_version FROM pawl.configs WHERE namespace = $1 AND latest_version_id IS NOT NULL';
  return (await database.query<{ path: string }>(sql, [name])).length;
};

describe('a config namespace that is not the own', () => {
  it('is not found when nothing has its name, and the object heals when a ConfigNamespace grants it', async () => {
    const name = aName();
    await kube.propose(namespace, 'limits', { namespace: name, path, body: 'a: 1\n' });
    const refused = await kube.untilReason(namespace, 'limits', 'NamespaceNotFound');
    expect(readyOf(refused)?.message).toContain(`ConfigNamespace ${name}`);
    await rules.apply(name, { writers: [{ namespaces: [namespace] }] });
    await kube.untilReason(namespace, 'limits', 'Saved');
  });

  it('is not allowed when a Kubernetes namespace has its name, and says so when one comes', async () => {
    const name = aName();
    await kube.propose(namespace, 'limits', { namespace: name, path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'NamespaceNotFound');
    await rules.createNamespace(name);
    await kube.untilReason(namespace, 'limits', 'PathNotAllowed');
  });

  it('may be written below the paths granted, by whole segments, and nowhere else', async () => {
    await rules.apply(namespace, {
      writers: [{ namespaces: [namespace] }, { namespaces: [elsewhere], paths: ['limits'] }],
    });
    await kube.propose(elsewhere, 'inside', { namespace, path, body: 'a: 1\n' });
    await kube.propose(elsewhere, 'beside', { namespace, path: 'limits2/eu.yaml', body: 'a: 1\n' });
    await kube.untilReason(elsewhere, 'inside', 'Saved');
    const refused = await kube.untilReason(elsewhere, 'beside', 'PathNotAllowed');
    expect(readyOf(refused)?.message).toContain('only limits');
    expect(await kube.configMap(elsewhere, 'limits2-eu.yaml')).toBeNull();
  });

  it('is no longer the own when its writers leave the own out', async () => {
    await rules.apply(namespace, { writers: [{ namespaces: [elsewhere] }] });
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'PathNotAllowed');
    await rules.apply(namespace, {});
    await kube.untilReason(namespace, 'limits', 'Saved');
  });

  it('is granted and withdrawn by labels of the Kubernetes namespace', async () => {
    await rules.apply(namespace, {
      writers: [
        { namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'In', values: ['a'] }] } },
      ],
    });
    await kube.propose(elsewhere, 'limits', { namespace, path, body: 'a: 1\n' });
    await kube.untilReason(elsewhere, 'limits', 'PathNotAllowed');
    await rules.label(elsewhere, { team: 'a' });
    await kube.untilReason(elsewhere, 'limits', 'Saved');
    await rules.label(elsewhere, { team: 'b' });
    const object = await kube.untilReason(elsewhere, 'limits', 'PathNotAllowed');
    expect(object.status.version).toBe('1');
    await rules.label(elsewhere, { team: 'a' });
    await kube.untilReason(elsewhere, 'limits', 'Saved');
  });

  it('is not written by confirming what was shown before the grant was withdrawn', async () => {
    const granted = { writers: [{ namespaces: [namespace, elsewhere] }] };
    await rules.apply(namespace, granted);
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\nb: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.propose(namespace, 'limits', { path, body: 'a: 2\nb: 1\n' });
    await kube.untilShown(namespace, target, '2');
    await kube.propose(elsewhere, 'other', { namespace, path, body: 'a: 1\nb: 2\n', baseVersion: 1 });
    const shown = await kube.untilReason(elsewhere, 'other', 'ConfirmationRequired');
    await rules.apply(namespace, {});
    const refused = await kube.untilReason(elsewhere, 'other', 'PathNotAllowed');
    expect(refused.status.conflict).toBeUndefined();

    const before = await looksAt(`${elsewhere}/other`);
    const annotations = { 'pawl.dev/confirm': shown.status.conflict?.token };
    await rules.patchObject(elsewhere, 'other', { metadata: { annotations } });
    await until('the token is seen', 30_000, async () => (await looksAt(`${elsewhere}/other`)) > before);
    await kube.untilReason(elsewhere, 'other', 'PathNotAllowed');
    expect((await kube.configMap(namespace, target))?.data).toEqual({ 'eu.yaml': 'a: 2\nb: 1\n' });

    await rules.apply(namespace, granted);
    await kube.untilReason(elsewhere, 'other', 'Merged');
    expect((await kube.untilShown(namespace, target, '3')).data).toEqual({ 'eu.yaml': 'a: 2\nb: 2\n' });
  });

  it('shows readers its latest version, whatever they propose, and stops when they may not read', async () => {
    await rules.apply(namespace, { readers: [{ namespaceSelector: {}, paths: ['limits'] }] });
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.propose(elsewhere, 'limits', { namespace, path, body: 'a: 9\n' });
    await kube.untilReason(elsewhere, 'limits', 'PathNotAllowed');
    expect((await kube.untilShown(elsewhere, target, '1')).data).toEqual({ 'eu.yaml': 'a: 1\n' });
    await kube.propose(namespace, 'limits', { path, body: 'a: 2\n' });
    await kube.untilShown(elsewhere, target, '2');

    await rules.apply(namespace, {});
    await until('the reader is told that nothing is shown', 30_000, async () => {
      const { status } = await kube.configVersion(elsewhere, 'limits');
      return status.configMap === undefined;
    });
    await kube.propose(namespace, 'limits', { path, body: 'a: 3\n' });
    await kube.untilShown(namespace, target, '3');
    expect((await kube.configMap(elsewhere, target))?.data).toEqual({ 'eu.yaml': 'a: 2\n' });
  });
});

describe('a policy', () => {
  it('requires a Git commit, which an annotation may name', async () => {
    await rules.apply(namespace, { policy: { requireGitCommit: true } });
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'MissingGitCommit');
    await rules.patchObject(namespace, 'limits', {
      metadata: { annotations: { 'pawl.dev/git-commit': 'c0ffee1' } },
    });
    await kube.untilReason(namespace, 'limits', 'Saved');
  });

  it('takes so many versions a day, and the next one when it takes more', async () => {
    await rules.apply(namespace, { policy: { maxVersionsPerDay: 1 } });
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.propose(namespace, 'limits', { path, body: 'a: 2\n' });
    const refused = await kube.untilReason(namespace, 'limits', 'QuotaExceeded');
    expect(readyOf(refused)?.message).toContain(`${namespace} takes 1 new version a day`);
    expect((await kube.configMap(namespace, target))?.data).toEqual({ 'eu.yaml': 'a: 1\n' });
    await rules.apply(namespace, { policy: { maxVersionsPerDay: 2 } });
    await kube.untilReason(namespace, 'limits', 'Saved');
  });

  it('refuses a dirty work tree, or has the condition warn of it', async () => {
    await rules.apply(namespace, { policy: { allowDirty: false } });
    const git = { commit: 'c0ffee1', dirty: true };
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n', git });
    const refused = await kube.untilReason(namespace, 'limits', 'MissingGitCommit');
    expect(readyOf(refused)?.message).toContain('uncommitted changes');
    await rules.apply(namespace, {});
    const saved = await kube.untilReason(namespace, 'limits', 'Saved');
    expect(readyOf(saved)?.message).toContain('uncommitted changes');
  });

  it('requires a base for every change of a config that exists, and not for the first version', async () => {
    await rules.apply(namespace, { policy: { requireBaseVersion: true } });
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.propose(namespace, 'limits', { path, body: 'a: 2\n' });
    const refused = await kube.untilReason(namespace, 'limits', 'BaseVersionRequired');
    expect(readyOf(refused)?.message).toContain('spec.baseVersion: 1');
    await kube.propose(namespace, 'limits', { path, body: 'a: 2\n', baseVersion: 1 });
    await kube.untilReason(namespace, 'limits', 'Saved');
  });

  it('says what stale proposals do that do not say it themselves, and heals those that wait', async () => {
    await rules.apply(namespace, { policy: { onStale: 'Reject' } });
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\nb: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.propose(namespace, 'other', { path, body: 'a: 2\nb: 1\n', baseVersion: 1 });
    await kube.untilReason(namespace, 'other', 'Saved');
    await kube.propose(namespace, 'third', { path, body: 'a: 1\nb: 2\n', baseVersion: 1 });
    await kube.untilReason(namespace, 'third', 'VersionConflict');
    await rules.apply(namespace, { policy: { onStale: 'Merge' } });
    await kube.untilReason(namespace, 'third', 'Merged');
    expect((await kube.untilShown(namespace, target, '3')).data).toEqual({ 'eu.yaml': 'a: 2\nb: 2\n' });
  });

  it('lowers the size of a text, and lifts it again', async () => {
    await rules.apply(namespace, { policy: { maxBodyBytes: 10 } });
    await kube.propose(namespace, 'limits', { path, body: 'cap: 1000000\n' });
    await kube.untilReason(namespace, 'limits', 'BodyTooLarge');
    await rules.apply(namespace, {});
    await kube.untilReason(namespace, 'limits', 'Saved');
  });

  it('that is withdrawn by deleting the ConfigNamespace is gone, and holds again when that is made anew', async () => {
    await rules.apply(namespace, { policy: { requireGitCommit: true } });
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'MissingGitCommit');
    await rules.delete(namespace);
    await rules.untilGone(namespace);
    await kube.untilReason(namespace, 'limits', 'Saved');
    await rules.apply(namespace, { policy: { requireGitCommit: true } });
    await kube.propose(namespace, 'limits', { path, body: 'a: 2\n' });
    await kube.untilReason(namespace, 'limits', 'MissingGitCommit');
  });
});

describe('a refused object', () => {
  it('costs no call of the API server when it is looked at again, and writes nothing into the log of a namespace it has no right in', async () => {
    const name = aName();
    await kube.propose(namespace, 'limits', { namespace: name, path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'NamespaceNotFound');
    await undisturbed(operator, async () => {
      // The Event goes out behind the status.
      let last = -1;
      await until('everything about the refusal is written', 30_000, async () => {
        const now = await apiCalls();
        const still = now === last;
        last = now;
        return still;
      });
      const [calls, seen] = [await apiCalls(), await looks()];
      for (const at of ['1', '2', '3', '4', '5', '6']) {
        await rules.patchObject(namespace, 'limits', {
          metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': at } },
        });
        await until('it was looked at', 30_000, async () => (await looks()) >= seen + Number(at));
      }
      // Not one for each look; a look at the API server's health, or a watch that begins anew, may fall among them.
      expect((await apiCalls()) - calls).toBeLessThan(6);
    });
    const sql =
      'SELECT count(*)::int AS count FROM pawl.deployments WHERE reason = $1 AND object_namespace = $2';
    expect(await database.query(sql, ['NamespaceNotFound', namespace])).toEqual([{ count: 0 }]);
  });
});

describe('a change of rules', () => {
  it('has the objects of that config namespace looked at again, and no others', async () => {
    await kube.propose(namespace, 'ours', { path, body: 'a: 1\n' });
    await kube.propose(elsewhere, 'theirs', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'ours', 'Saved');
    await kube.untilReason(elsewhere, 'theirs', 'Saved');
    // Whoever takes over looks at everything.
    await undisturbed(operator, async () => {
      await everythingIsLogged('first');
      const before = await looksAt(`${elsewhere}/theirs`);
      const ours = await looksAt(`${namespace}/ours`);
      expect([before, ours]).not.toContain(0);
      await rules.apply(namespace, { description: 'first' });
      await rules.apply(namespace, { description: 'second' });
      await until('ours is looked at', 30_000, async () => (await looksAt(`${namespace}/ours`)) > ours);
      await rules.label(elsewhere, { team: 'a' });
      await everythingIsLogged('last');
      expect(await looksAt(`${elsewhere}/theirs`)).toBe(before);
    });
  });

  /** With workers idle, a look that was asked for before this is done before this; its log line is behind the status. */
  async function everythingIsLogged(name: string): Promise<void> {
    await kube.propose(elsewhere, name, { path: `${name}.yaml`, body: 'a: 1\n' });
    await kube.untilReason(elsewhere, name, 'Saved');
    await until(`${name} is logged`, 60_000, async () => (await looksAt(`${elsewhere}/${name}`)) > 0);
  }
});

describe('a ConfigNamespace', () => {
  it('is ready as soon as its rules are in force, and is written no more', async () => {
    const name = aName();
    await rules.apply(name, { description: 'limits of everybody' });
    const object = await rules.untilReason(name, 'InForce');
    expect(object.metadata.finalizers).toEqual(['pawl.dev/configs']);
    expect(object.status.observedGeneration).toBe(object.metadata.generation);
    const again = await rules.apply(name, { description: 'limits' });
    expect(again.status.observedGeneration).toBe(2);
    expect(again.status.conditions?.[0]?.lastTransitionTime).toBe(
      object.status.conditions?.[0]?.lastTransitionTime,
    );
  });

  it.each([
    ['a grant to nobody', { writers: [{}] }],
    ['a path with an empty segment', { writers: [{ namespaces: ['a'], paths: ['a//b'] }] }],
    [
      'In without values',
      { readers: [{ namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }] },
    ],
  ])('is refused by the API server with %s', async (_, spec) => {
    await expect(rules.apply(aName(), spec as never)).rejects.toThrow();
  });

  it('stays while it holds configs, says how many, and goes with the last of them', async () => {
    await rules.apply(namespace, {});
    for (const name of ['one', 'two']) {
      await kube.propose(namespace, name, { path: `${name}.yaml`, body: 'a: 1\n', deletionPolicy: 'Delete' });
      await kube.untilReason(namespace, name, 'Saved');
    }
    await rules.delete(namespace);
    const waiting = await rules.untilReason(namespace, 'NotEmpty');
    expect(waiting.status.configs).toBe(2);
    expect(waiting.status.conditions?.[0]?.message).toContain('2 configs');
    await kube.deleteConfigVersion(namespace, 'one');
    await until('one config is left', 30_000, async () => (await rules.get(namespace))?.status.configs === 1);
    await kube.deleteConfigVersion(namespace, 'two');
    await rules.untilGone(namespace);
  });
});

describe('deleting a ConfigVersion', () => {
  it('with Retain never waits for anybody, and the config stays', async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    expect((await rules.object(namespace, 'limits'))?.metadata.finalizers).toBeUndefined();
    await kube.deleteConfigVersion(namespace, 'limits');
    expect(await rules.object(namespace, 'limits')).toBeNull();
    expect(await configsOf(namespace)).toBe(1);
  });

  it('with Delete takes the config with it, and its numbers are not used again', async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n', deletionPolicy: 'Delete' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.deleteConfigVersion(namespace, 'limits');
    await rules.untilObjectGone(namespace, 'limits');
    expect(await configsOf(namespace)).toBe(0);
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    expect((await kube.untilReason(namespace, 'limits', 'Saved')).status.version).toBe('2');
  });

  it('has its finalizer only while the policy is Delete', async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n', deletionPolicy: 'Delete' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    expect((await rules.object(namespace, 'limits'))?.metadata.finalizers).toEqual(['pawl.dev/config']);
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n', deletionPolicy: 'Retain' });
    await until('the finalizer is off', 30_000, async () => {
      const object = await rules.object(namespace, 'limits');
      return object !== null && object.metadata.finalizers === undefined;
    });
  });

  it('with Delete leaves the config to the last object that asks for it', async () => {
    for (const name of ['one', 'two']) {
      await kube.propose(namespace, name, { path, body: 'a: 1\n', deletionPolicy: 'Delete' });
      await until(`${name} is accepted`, 30_000, async () =>
        ['Saved', 'Unchanged'].includes(readyOf(await kube.configVersion(namespace, name))?.reason ?? ''),
      );
    }
    await kube.propose(namespace, 'two', { path, body: 'a: 2\n', deletionPolicy: 'Delete' });
    await kube.untilReason(namespace, 'two', 'Saved');
    await kube.deleteConfigVersion(namespace, 'one');
    await rules.untilObjectGone(namespace, 'one');
    expect(await configsOf(namespace)).toBe(1);
    await kube.deleteConfigVersion(namespace, 'two');
    await rules.untilObjectGone(namespace, 'two');
    expect(await configsOf(namespace)).toBe(0);
  });

  it('with Delete leaves a config whose latest version somebody else saved, whatever it proposed', async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.deleteConfigVersion(namespace, 'limits');
    await kube.propose(namespace, 'eraser', { path, body: 'a: 1\n', deletionPolicy: 'Delete' });
    await kube.untilReason(namespace, 'eraser', 'Unchanged');
    await kube.deleteConfigVersion(namespace, 'eraser');
    await rules.untilObjectGone(namespace, 'eraser');
    expect(await configsOf(namespace)).toBe(1);
  });

  it('with Delete needs the right to delete, which does not come with the right to write', async () => {
    const writers = [{ namespaces: [namespace] }, { namespaces: [elsewhere], paths: ['limits'] }];
    await rules.apply(namespace, { writers });
    const wish = { namespace, path, deletionPolicy: 'Delete' } as const;
    await kube.propose(elsewhere, 'limits', { ...wish, body: 'a: 1\n' });
    await kube.untilReason(elsewhere, 'limits', 'Saved');
    await kube.deleteConfigVersion(elsewhere, 'limits');
    await rules.untilObjectGone(elsewhere, 'limits');
    expect(await configsOf(namespace)).toBe(1);

    await rules.apply(namespace, { writers: writers.map(grant => ({ ...grant, delete: true })) });
    await kube.propose(elsewhere, 'limits', { ...wish, body: 'a: 2\n' });
    await until('it is accepted', 30_000, async () =>
      ['Saved', 'Merged'].includes(readyOf(await kube.configVersion(elsewhere, 'limits'))?.reason ?? ''),
    );
    await kube.deleteConfigVersion(elsewhere, 'limits');
    await rules.untilObjectGone(elsewhere, 'limits');
    expect(await configsOf(namespace)).toBe(0);
  });

  it('with Delete comes from Git where every change must', async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n', deletionPolicy: 'Delete' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await rules.apply(namespace, { policy: { requireGitCommit: true } });
    await kube.deleteConfigVersion(namespace, 'limits');
    await rules.untilObjectGone(namespace, 'limits');
    expect(await configsOf(namespace)).toBe(1);
  });

  it('is not kept from it by an object that may not write the config, which is not in its log either', async () => {
    await kube.propose(elsewhere, 'squatter', { namespace, path, body: 'a: 9\n' });
    await kube.untilReason(elsewhere, 'squatter', 'PathNotAllowed');
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n', deletionPolicy: 'Delete' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    await kube.deleteConfigVersion(namespace, 'limits');
    await rules.untilObjectGone(namespace, 'limits');
    expect(await configsOf(namespace)).toBe(0);
    const logged = await database.query(
      `select d.deployer_verified, d.reason, c.operation from pawl.deployments d
         join pawl.deployment_changes c on c.deployment_id = d.id where c.namespace = $1 order by d.id`,
      [namespace],
    );
    // The API server says who proposed, and nobody says who deleted.
    expect(logged).toEqual([
      { deployer_verified: false, reason: null, operation: 'create' },
      { deployer_verified: false, reason: null, operation: 'delete' },
    ]);
  });

  it("never takes a config the object may not write or never wrote, nor a suspended object's", async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n', deletionPolicy: 'Delete' });
    await kube.untilReason(namespace, 'limits', 'Saved');
    const foreign = { namespace, path, body: 'a: 9\n', deletionPolicy: 'Delete' } as const;
    await kube.propose(elsewhere, 'foreign', foreign);
    await kube.untilReason(elsewhere, 'foreign', 'PathNotAllowed');
    await kube.propose(namespace, 'stranger', { path, body: 'a: 9\n', deletionPolicy: 'Delete' });
    await kube.untilReason(namespace, 'stranger', 'BaseVersionRequired');
    await rules.patchObject(namespace, 'limits', { spec: { suspend: true } });
    await until('it is suspended', 30_000, async () =>
      (await kube.configVersion(namespace, 'limits')).status.conditions?.some(
        ({ type }) => type === 'Suspended',
      ),
    );
    for (const [where, name] of [
      [namespace, 'limits'],
      [namespace, 'stranger'],
      [elsewhere, 'foreign'],
    ] as const) {
      await kube.deleteConfigVersion(where, name);
      await rules.untilObjectGone(where, name);
      expect(await configsOf(namespace)).toBe(1);
    }
  });

  it('never takes a config whose grant was withdrawn meanwhile', async () => {
    await rules.apply(namespace, { writers: [{ namespaces: [elsewhere] }] });
    await kube.propose(elsewhere, 'limits', { namespace, path, body: 'a: 1\n', deletionPolicy: 'Delete' });
    await kube.untilReason(elsewhere, 'limits', 'Saved');
    await rules.apply(namespace, {});
    await kube.deleteConfigVersion(elsewhere, 'limits');
    await rules.untilObjectGone(elsewhere, 'limits');
    expect(await configsOf(namespace)).toBe(1);
  });

  it('with its whole Kubernetes namespace ends, configs and all', async () => {
    for (const name of ['one', 'two', 'three']) {
      await kube.propose(namespace, name, { path: `${name}.yaml`, body: 'a: 1\n', deletionPolicy: 'Delete' });
      await kube.untilReason(namespace, name, 'Saved');
    }
    await rules.deleteNamespace(namespace);
    await rules.untilNamespaceGone(namespace);
    expect(await configsOf(namespace)).toBe(0);
  });
});

describe('a Kubernetes namespace that was deleted and made again', () => {
  const propose = (body: string) => kube.propose(namespace, 'limits', { path, body });
  const again = async () => {
    await rules.deleteNamespace(namespace);
    await rules.untilNamespaceGone(namespace);
    await rules.createNamespace(namespace);
  };

  it('has the history of its name, because a rebuilt cluster needs it', async () => {
    await propose('a: 1\n');
    await kube.untilReason(namespace, 'limits', 'Saved');
    await again();
    await propose('a: 1\n');
    expect((await kube.untilReason(namespace, 'limits', 'Unchanged')).status.version).toBe('1');
  });

  it('has it only when an administrator has claimed it, where its ConfigNamespace closes it', async () => {
    const policy = { namespaceReuse: 'Close' } as const;
    await rules.apply(namespace, { policy });
    await propose('a: 1\n');
    await kube.untilReason(namespace, 'limits', 'Saved');
    await again();
    await propose('a: 2\n');
    const refused = await kube.untilReason(namespace, 'limits', 'PathNotAllowed');
    expect(readyOf(refused)?.message).toContain(`spec.claimedBy of ConfigNamespace ${namespace}`);
    expect(await kube.configMap(namespace, target)).toBeNull();
    const claimedBy = await rules.uidOf(namespace);
    await rules.apply(namespace, { policy, claimedBy });
    await kube.untilReason(namespace, 'limits', 'Saved');
    expect((await kube.untilShown(namespace, target, '2')).data).toEqual({ 'eu.yaml': 'a: 2\n' });
  });
});
