/** ConfigMaps in another spelling than the config's own. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Operator } from '../../local/operator.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

let kube: Kube;
let database: TestDatabase;
let operator: Operator;
let namespace: string;

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  database = await createTestDatabase();
  operator = await startOperator({ KUBECONFIG: inject('kubeconfig'), DATABASE_URL: database.url });
});

afterAll(async () => {
  await operator?.stop();
  await database?.[Symbol.asyncDispose]();
  await kube?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  namespace = await kube.namespace('formats');
});

const path = 'app.yaml';
const body = '# limits\nlimits: {eu: 1000, us: 12345678901234567890}\nhosts: [a, b]\n';
const shown = async () => (await kube.configMap(namespace, 'app.yaml'))?.data?.['app.yaml'];

describe('configMap.format', () => {
  it.each([
    ['Source', body],
    [
      'json',
      '{\n  "limits": {\n    "eu": 1000,\n    "us": 12345678901234567890\n  },\n  "hosts": [\n    "a",\n    "b"\n  ]\n}\n',
    ],
    ['env', 'LIMITS_EU=1000\nLIMITS_US=12345678901234567890\nHOSTS_0=a\nHOSTS_1=b\n'],
    ['properties', 'limits.eu=1000\nlimits.us=12345678901234567890\nhosts[0]=a\nhosts[1]=b\n'],
  ] as const)('%s shows the text in that spelling, and is put back like any other', async (format, text) => {
    await kube.propose(namespace, 'app', { path, body, configMap: { format } });
    await kube.untilReason(namespace, 'app', 'Saved');
    expect(await shown()).toBe(text);
    const before = await kube.configMap(namespace, 'app.yaml');
    await kube.patchConfigMap(namespace, 'app.yaml', { data: { 'app.yaml': 'by hand' } });
    await until('it is put back', 30_000, async () => (await shown()) === text);
    expect((await kube.configMap(namespace, 'app.yaml'))?.metadata.annotations).toEqual(
      before?.metadata.annotations,
    );
  });

  it('changes what is shown without a new version', async () => {
    await kube.propose(namespace, 'app', { path, body });
    await kube.untilReason(namespace, 'app', 'Saved');
    await kube.propose(namespace, 'app', { path, body, configMap: { format: 'env' } });
    await until('it is shown as env', 30_000, async () => (await shown())?.startsWith('LIMITS_EU=1000'));
    expect((await kube.untilReason(namespace, 'app', 'Unchanged')).status.version).toBe('1');
  });

  it('that cannot hold the text is NotRenderable with the path; the version is kept, the ConfigMap stays', async () => {
    await kube.propose(namespace, 'app', { path, body: 'a: 1\n', configMap: { format: 'env' } });
    await kube.untilReason(namespace, 'app', 'Saved');
    await kube.propose(namespace, 'app', { path, body: 'a.b: 1\na_b: 2\n', configMap: { format: 'env' } });
    const object = await kube.untilReason(namespace, 'app', 'NotRenderable');
    expect(object.status.version).toBe('2');
    expect(object.status.conditions?.[0]?.message).toContain('a_b');
    expect(await shown()).toBe('A=1\n');
    await kube.propose(namespace, 'app', { path, body: 'a: 2\n', configMap: { format: 'env' } });
    await kube.untilReason(namespace, 'app', 'Saved');
    expect(await shown()).toBe('A=2\n');
  });
});

describe('a text that programs do not read alike', () => {
  it('is saved, and its object says which lines, until the text has none', async () => {
    const conditions = async () => (await kube.configVersion(namespace, 'app')).status.conditions ?? [];
    await kube.propose(namespace, 'app', { path: 'app.env', format: 'env', body: 'A=1\nexport B=2\n' });
    await kube.untilReason(namespace, 'app', 'Saved');
    const noted = expect.objectContaining({
      type: 'Noted',
      reason: 'ReadDifferently',
      message: expect.stringContaining('spec.body, line 2: B: systemd ignores'),
    });
    expect(await conditions()).toContainEqual(noted);
    // Looked at again, when nobody reads the text.
    await kube.patchConfigMap(namespace, 'app.env', { data: { 'app.env': 'by hand' } });
    await until('it is put back', 30_000, async () =>
      (await kube.configMap(namespace, 'app.env'))?.data?.['app.env']?.startsWith('A=1'),
    );
    expect(await conditions()).toContainEqual(noted);
    await kube.propose(namespace, 'app', { path: 'app.env', format: 'env', body: 'A=1\nB=2\n' });
    await until(
      'nothing is noted',
      10_000,
      async () => !(await conditions()).some(({ type }) => type === 'Noted'),
    );
  });
});
