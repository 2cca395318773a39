/** What `pawl doctor` finds in a cluster's objects. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  type AskedRight,
  type ClusterFacts,
  findings,
  kindsNeeded,
  type ListedObject,
  type Right,
  rightsNeeded,
} from '../../cli/doctor.ts';
import { createAuthority } from '../../local/x509.ts';

const deployment = (replicas: number, readyReplicas: number, version = '1.2.3') => ({
  metadata: { namespace: 'pawl', name: 'pawl', labels: { 'app.kubernetes.io/version': version } },
  spec: { replicas },
  status: { readyReplicas },
});
const available = (status: string) => ({
  conditions: [{ type: 'Available', status, message: 'no endpoints' }],
});
const object = (name: string, ready: string, reason = ''): ListedObject => ({
  ...{ namespace: 'shop', name, ready, reason },
  createdMs: Date.parse('2026-10-31T23:59:30Z'),
});

const asked = (right: Right, allowed: boolean): AskedRight => ({
  ...{ account: 'pawl/pawl', right, namespace: 'shop', allowed },
});

const well: ClusterFacts = {
  ...{ program: 'kubectl pawl', version: '1.2.3', nowMs: Date.parse('2026-11-01T00:00:00Z') },
  kubernetes: { is: { gitVersion: 'v1.36.3' } },
  served: { is: { resources: kindsNeeded.map(name => ({ name })) } },
  deployments: { is: { items: [deployment(2, 2)] } },
  apiService: { is: { spec: {}, status: available('True') } },
  ...{ stamp: { is: {} }, stampBinding: { is: {} }, stampWebhook: { missing: true } },
  objects: { is: [object('limits', 'True')] },
  rights: { is: rightsNeeded.namespace.map(right => asked(right, true)) },
};
const worse = (change: Partial<ClusterFacts>) =>
  findings({ ...well, ...change }).filter(({ level }) => level !== 'ok');

test('every kind of crds/ is looked for', () => {
  const files = readdirSync(new URL('../../crds/', import.meta.url));
  const kinds = files.flatMap(file => /^pawl\.dev_(\w+)\.yaml$/.exec(file)?.[1] ?? []);
  expect([...kindsNeeded].sort()).toEqual(kinds.sort());
});

test('nothing is found where all is well', () => {
  expect(worse({})).toEqual([]);
});

test.each<[string, Partial<ClusterFacts>, string, string]>([
  ['a kind that is not served', { served: { is: { resources: [] } } }, 'crds', 'failure'],
  ['no kind at all', { served: { missing: true } }, 'crds', 'failure'],
  ['no replica ready', { deployments: { is: { items: [deployment(2, 0)] } } }, 'deployment', 'failure'],
  ['no replicas', { deployments: { is: { items: [deployment(0, 0)] } } }, 'deployment', 'failure'],
  ['one replica missing', { deployments: { is: { items: [deployment(2, 1)] } } }, 'deployment', 'warning'],
  [
    'another version',
    { deployments: { is: { items: [deployment(1, 1, '2.0.0')] } } },
    'deployment',
    'warning',
  ],
  ['no Deployment', { deployments: { is: { items: [] } } }, 'deployment', 'warning'],
  ['no APIService', { apiService: { missing: true } }, 'apiservice', 'warning'],
  [
    'an APIService without a server',
    { apiService: { is: { spec: {}, status: available('False') } } },
    ...(['apiservice', 'failure'] as const),
  ],
  ['no word on requesters', { stamp: { missing: true } }, 'requesters', 'warning'],
  ['a policy that is not bound', { stampBinding: { missing: true } }, 'requesters', 'warning'],
  [
    'an object that was refused',
    { objects: { is: [object('a', 'False', 'VersionConflict')] } },
    'objects',
    'warning',
  ],
])('%s is found, and nothing else', (_, change, name, level) => {
  expect(worse(change)).toMatchObject([{ name, level }]);
});

test('requesters are written down by a webhook as well, and where that cannot be read it is not known', () => {
  const stamp = { missing: true } as const;
  expect(worse({ stamp, stampBinding: stamp, stampWebhook: { is: {} } })).toEqual([]);
  expect(worse({ stamp, stampWebhook: { fault: 'forbidden' } })).toMatchObject([
    { name: 'requesters', level: 'unknown' },
  ]);
});

test('a CA that ends soon is found, and one that ended is a failure', () => {
  const caBundle = Buffer.from(createAuthority('test').certificate).toString('base64');
  const found = (nowMs: number) =>
    worse({ nowMs, apiService: { is: { spec: { caBundle }, status: available('True') } } });
  expect(found(Date.now())).not.toContainEqual(expect.objectContaining({ level: 'failure' }));
  expect(found(Date.parse('2999-01-01'))).toMatchObject([{ name: 'ca', level: 'failure' }]);
});

test('what may not be read is unknown, with the reason, and is not taken for well', () => {
  const fault = { fault: 'configversions is forbidden' };
  expect(worse({ objects: fault, stamp: fault, served: fault })).toMatchObject(
    ['crds', 'requesters', 'objects'].map(name => ({
      ...{ name, level: 'unknown', message: expect.stringContaining('forbidden') },
    })),
  );
});

test('of many objects that wait three are named, with the command that lists them', () => {
  const objects = { is: ['a', 'b', 'c', 'd'].map(name => object(name, 'False', 'VersionConflict')) };
  expect(worse({ objects })[0]?.message).toMatch(
    /^4 of 4 .*: shop\/a \(VersionConflict\), shop\/b .*, shop\/c .*, and 1 more\. Next: kubectl pawl waiting$/,
  );
});

test('a right that the operator lacks is a failure that names the account and the right', () => {
  const rights = { is: rightsNeeded.namespace.map(right => asked(right, right.subresource === undefined)) };
  expect(worse({ rights })).toEqual([
    {
      ...{ name: 'rights', level: 'failure' },
      message: expect.stringMatching(
        /^ServiceAccount pawl\/pawl may not patch configversions\/status in shop\. /,
      ),
    },
  ]);
  expect(worse({ rights: { fault: 'forbidden' } })).toMatchObject([{ name: 'rights', level: 'unknown' }]);
});

test('an object that nobody looked at is told of after a minute, and is a failure after ten', () => {
  const waited = (seconds: number) => {
    const late = { ...object('late', ''), createdMs: well.nowMs - seconds * 1_000 };
    return findings({ ...well, objects: { is: [object('limits', 'True'), late] } }).find(
      ({ name }) => name === 'lag',
    );
  };
  expect(waited(59)?.level).toBe('ok');
  expect(waited(150)).toMatchObject({
    level: 'warning',
    message: expect.stringContaining('shop/late for 2 min'),
  });
  expect(waited(601)?.level).toBe('failure');
});

/** Each rule of the chart's roles gives what doctor asks for, so that a release of the chart as it is has no finding. */
test('the chart gives every right that is asked for', () => {
  const template = readFileSync(new URL('../../charts/pawl/templates/rbac.yaml', import.meta.url), 'utf8');
  for (const { verb, group, resource, subresource } of [...rightsNeeded.cluster, ...rightsNeeded.namespace]) {
    const name = subresource === undefined ? resource : `${resource}/${subresource}`;
    const rules = [
      ...template.matchAll(/apiGroups: \[(.*)\]\s+resources: \[(.*)\]\s+(?:#.*\s+)*verbs: \[(.*)\]/g),
    ];
    const words = (list: string | undefined) =>
      (list ?? '').split(',').map(word => word.trim().replaceAll('"', ''));
    const gives = rules.some(
      ([, groups, resources, verbs]) =>
        words(groups).includes(group) && words(resources).includes(name) && words(verbs).includes(verb),
    );
    expect(gives, `${verb} ${name}`).toBe(true);
  }
});
