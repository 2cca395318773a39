/** What a ConfigMap becomes, before anything is done: formats, names, and which ConfigMaps are left alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { adoptionOf } from '../../cli/adoption.ts';
import { manifestText } from '../../cli/commands/import-configmap.ts';
import { guessFormat } from '../../cli/config-map-guess.ts';
import { type ConfigMapObject, whyLeftAlone } from '../../cli/config-maps.ts';
import { readBody } from '../../text/body.ts';
import { realConfigs } from '../integration/real-configs.ts';

const configMap = (
  data: Record<string, string>,
  over: Partial<ConfigMapObject> & { meta?: object } = {},
): ConfigMapObject => {
  const { meta, ...rest } = over;
  return { metadata: { name: 'web', namespace: 'payments', resourceVersion: '1', ...meta }, data, ...rest };
};
const plain = { formats: [], paths: new Map<string, string>() };

describe('the format of a key', () => {
  it.each(realConfigs)('is guessed for $title: $format', ({ path, text, format }) => {
    // ConfigMaps have tsconfig.json, and no .jsonc.
    expect(guessFormat(path.replace('.jsonc', '.json'), text)).toBe(format);
  });

  it.each([
    ['config', '{"a": 1}\n', 'json'],
    ['my.cnf', '[mysqld]\nport = 3306\n', 'ini'],
    ['app.conf', 'A=1\nB_C="x"\n', 'env'],
    ['app.yaml', '{{ if .x }}\na: 1\n{{ end }}\n', 'text'],
    ['app.yaml', 'a: 1\na: 2\n', 'text'],
    ['app.json', '// note\n{"a": 1}\n', 'jsonc'],
    ['fluent-bit.conf', '[SERVICE]\n    Flush 1\n', 'text'],
    ['.env', 'A=1\n', 'env'],
    ['LOG_LEVEL', 'info', 'text'],
    ['index.html', '<p>\n', 'text'],
    ['Corefile', '.:53 {\n}\n', 'text'],
    ['run.sh', 'A=1\n', 'text'],
  ])('%s with %j is %s', (key, text, format) => expect(guessFormat(`web/${key}`, text)).toBe(format));

  it('is the one asked for, whatever the text is', () => {
    expect(guessFormat('web/nginx.conf', 'a = 1\n', [['**/*.conf', 'ini']])).toBe('ini');
  });

  it('is always one in which the text can be read', () => {
    const keys = fc.constantFrom(
      'a.yaml',
      'a.json',
      'a.conf',
      'config',
      'a.env',
      'a.ini',
      'a.toml',
      'a.properties',
      'x',
    );
    fc.assert(
      fc.property(keys, fc.string(), (key, text) => {
        const format = guessFormat(`web/${key}`, text);
        expect(readBody(text, format).ok).toBe(readBody(text, 'text').ok);
      }),
    );
  });
});

describe('what a ConfigMap becomes', () => {
  it('is one ConfigVersion of its name where it has one key', () => {
    const { versions, projection } = adoptionOf(configMap({ 'app.yaml': 'cap: 1\n' }), plain);
    expect(projection).toBeNull();
    expect(versions).toMatchObject([
      {
        ...{ kind: 'ConfigVersion', metadata: { name: 'web', namespace: 'payments' } },
        spec: {
          path: 'web/app.yaml',
          format: 'yaml',
          body: 'cap: 1\n',
          configMap: { name: 'web', key: 'app.yaml' },
        },
      },
    ]);
  });

  it('is a ConfigVersion for each key and a projection of them where it has several', () => {
    const { versions, projection } = adoptionOf(
      configMap({ B_b: 'x', 'a.yaml': 'a: 1\n', 'b.b': 'y' }),
      plain,
    );
    const names = versions.map(({ metadata }) => metadata.name);
    expect(new Set(names).size).toBe(3);
    for (const name of names)
      expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
    expect(versions.map(({ spec }) => spec)).toMatchObject(
      ['B_b', 'a.yaml', 'b.b'].map(key => ({ path: `web/${key}`, configMap: { enabled: false } })),
    );
    expect(projection).toMatchObject({
      ...{ kind: 'ConfigProjection', metadata: { name: 'web', namespace: 'payments' } },
      spec: {
        configs: ['B_b', 'a.yaml', 'b.b'].map(key => ({ path: `web/${key}`, key })),
        target: { name: 'web' },
      },
    });
  });

  it('takes the paths that are asked for, and refuses what cannot be one', () => {
    const at = (path: string) =>
      adoptionOf(configMap({ a: 'x' }), { ...plain, paths: new Map([['a', path]]) });
    expect(at('limits/eu.yaml').keys[0]).toMatchObject({ path: 'limits/eu.yaml' });
    expect(() => at('../a')).toThrow(/cannot be a config's path/);
    expect(() => at('a/versions')).toThrow(/cannot be a config's path/);
    expect(adoptionOf(configMap({ versions: 'x' }), plain).keys[0]).toMatchObject({
      path: 'web/versions.txt',
      key: 'versions',
    });
  });

  it('has names for keys that are as long as they may be', () => {
    const long = 'k'.repeat(253);
    const { versions } = adoptionOf(
      configMap({ [long]: 'a', [`${long.slice(1)}2`]: 'b' }, { meta: { name: 'n'.repeat(250) } }),
      plain,
    );
    for (const { metadata } of versions) expect(metadata.name.length).toBeLessThanOrEqual(253);
    expect(versions[0]!.metadata.name).not.toBe(versions[1]!.metadata.name);
  });

  it('is written as manifests that say every text byte for byte, as kubectl reads YAML', async () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('\n', ' ', '\t', 'a', ':', '#', '-', '"', '\r', '\u2028', '…') }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('on', 'a.yaml', 'no', '1', '0x1', 'b'), texts, { minKeys: 1 }),
        async data => {
          const adoption = adoptionOf(configMap(data), plain);
          const documents = [parseAllDocuments(await manifestText(adoption), { version: '1.1' })].flat();
          const wanted = [...adoption.versions, ...(adoption.projection ? [adoption.projection] : [])];
          expect(documents.filter(one => one.contents !== null).map(one => one.toJS())).toEqual(wanted);
        },
      ),
    );
  });
});

describe('a ConfigMap is left alone', () => {
  it.each<[string, Partial<ConfigMapObject> & { meta?: object }]>([
    ['the cluster', { meta: { namespace: 'kube-system' } }],
    ['Kubernetes', { meta: { name: 'kube-root-ca.crt' } }],
    ['ReplicaSet web-1 owns', { meta: { ownerReferences: [{ kind: 'ReplicaSet', name: 'web-1' }] } }],
    ['Helm writes it \\(release shop\\)', { meta: { annotations: { 'meta.helm.sh/release-name': 'shop' } } }],
    ['Helm writes it', { meta: { labels: { 'app.kubernetes.io/managed-by': 'Helm' } } }],
    ['Argo CD', { meta: { annotations: { 'argocd.argoproj.io/tracking-id': 'x' } } }],
    ['Argo CD', { meta: { labels: { 'argocd.argoproj.io/instance': 'x' } } }],
    ['Flux', { meta: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'x' } } }],
    ['Pawl writes it', { meta: { annotations: { 'pawl.dev/configmap': 'payments/web' } } }],
    ['leader election', { meta: { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } } }],
    ['immutable', { immutable: true }],
    ['its key logo.png is binary', { binaryData: { 'logo.png': 'AA==' } }],
    ['being deleted', { meta: { deletionTimestamp: '2026-01-01T00:00:00Z' } }],
  ])('because: %s', (why, over) =>
    expect(whyLeftAlone(configMap({ a: 'x' }, over))).toMatch(new RegExp(why)),
  );

  it('without keys, and never for nothing', () => {
    expect(whyLeftAlone(configMap({}))).toBe('it has no keys');
    expect(whyLeftAlone(configMap({ a: '' }))).toBeNull();
  });
});
