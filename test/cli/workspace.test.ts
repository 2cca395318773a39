/** pawl.yaml: what it may say, and that a file and a config always find each other. */
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scan } from '../../cli/scan.ts';
import {
  configOfFile,
  fileOf,
  findWorkspace,
  formatOfFile,
  parseWorkspace,
  readWorkspace,
  relativeFile,
} from '../../cli/workspace.ts';
import { pawl, TestWorkspace } from './world.ts';

const parse = (text: string) => parseWorkspace(text, 'pawl.yaml');
const at = (text: string) => ({ root: '/w', ...parse(text) });

describe('pawl.yaml', () => {
  test.each([
    ['', 'say which folder holds which config namespace'],
    ['folders: {}', 'say which folder'],
    ['folders: [a]', 'say which folder'],
    ['folders:\n  a: b\n  - c', 'pawl.yaml:'],
    ['folders:\n  a: payments\n  a: shop', 'unique'],
    [
      'folders:\n  a: Payments',
      'pawl.yaml:2: folders: a: Payments is not a valid name of a config namespace',
    ],
    ['folders:\n  a: 1', 'write NAMESPACE or NAMESPACE/PREFIX'],
    ['folders:\n  ../a: payments', 'write a folder inside the workspace'],
    ['folders:\n  /a: payments', 'write a folder inside the workspace'],
    ['folders:\n  a: payments/../x', 'a segment of the path is `.` or `..`'],
    ['folders:\n  a: payments\n  a/: shop', 'are the same folder'],
    ['folders:\n  a: payments\n  b: payments/x', 'hold the same configs'],
    ['folders:\n  a: payments\nnamespace: x', 'pawl.yaml:3: namespace is not a setting'],
    ['folders:\n  a: payments\nignore: x', 'ignore must be a list'],
  ])('%j is refused with what is wrong', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  test('a nested folder is left out of the outer one', () => {
    const workspace = at('folders:\n  config: shop\n  config/payments: payments\n');
    expect(configOfFile(workspace, 'config/a.yaml')).toEqual({ namespace: 'shop', path: 'a.yaml' });
    expect(configOfFile(workspace, 'config/payments/a.yaml')).toEqual({
      namespace: 'payments',
      path: 'a.yaml',
    });
    expect(fileOf(workspace, { namespace: 'shop', path: 'payments/a.yaml' })).toBeNull();
  });
});

test('a file whose config is known is the file of that config, and none lies outside its folder', () => {
  const workspace = {
    root: '/w',
    ...parseWorkspace(
      'folders:\n  config: shop/web\n  config/x: payments\n  other/x: shop/common\n',
      'pawl.yaml',
    ),
  };
  const shop = at('folders:\n  .: shop\n');
  const segment = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9._@+=-]{1,8}$/),
    fc.constantFrom('..', '.', '', 'config', 'common'),
  );
  const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map(parts => `${parts.join('/')}.yaml`);
  fc.assert(
    fc.property(path, fc.constantFrom('shop', 'payments'), (configPath, namespace) => {
      for (const one of [shop, workspace]) {
        const file = fileOf(one, { namespace, path: configPath });
        if (file === null) continue;
        expect(configOfFile(one, file)).toEqual({ namespace, path: configPath });
        expect(file.split('/')).not.toContain('..');
        expect(file.startsWith('/')).toBe(false);
      }
    }),
  );
});

test('paths are taken from where the person stands, and never from outside', () => {
  using workspace = new TestWorkspace();
  workspace.write('config/payments/a/x.yaml', '');
  const found = findWorkspace(join(workspace.root, 'config/payments/a'));
  expect(found?.root).toBe(workspace.root);
  expect(relativeFile(found!, join(workspace.root, 'config'), 'payments/a')).toBe('config/payments/a');
  expect(relativeFile(found!, workspace.root, '../x.yaml')).toBeNull();
  expect(relativeFile(found!, workspace.root, '..x.yaml')).toBe('..x.yaml');
});

test('the scan names what it leaves out: links, bad names, what is no text', () => {
  using workspace = new TestWorkspace('folders:\n  config: shop\nignore: ["config/secret/**"]\n');
  workspace.write('config/a.yaml', '\ufeffa: 1\r\n');
  workspace.write('config/b c.yaml', '');
  workspace.write('config/.hidden.yaml', '');
  workspace.write('config/secret/x.yaml', '');
  workspace.write('config/readme.md', '');
  symlinkSync('/etc/hostname', join(workspace.root, 'config/link.yaml'));
  const { files, leftOut } = scan(findWorkspace(workspace.root)!);
  expect(files.map(({ file, text }) => [file, text])).toEqual([['config/a.yaml', '\ufeffa: 1\r\n']]);
  expect(leftOut.map(({ file }) => file)).toEqual(['config/b c.yaml', 'config/link.yaml']);
});

test('init leaves out what is there for Kubernetes, by name, and says so', async () => {
  using place = new TestWorkspace();
  rmSync(join(place.root, 'pawl.yaml'));
  place.write('conf/limits.yaml', 'cap: 1\nkinds: [a]\n');
  place.write('conf/apis.yaml', 'server:\n  apiVersion: 2\n  kind: x\n');
  place.write('conf/kustomization.yaml', 'resources: [cv.yaml]\n');
  place.write('conf/k8s/cv+1.yaml', '# one\napiVersion: pawl.dev/v1alpha1\nkind: ConfigVersion\n');
  place.write('conf/map.json', '{\n  "apiVersion": "v1",\n  "kind": "ConfigMap"\n}\n');
  const { exit, out, err } = await pawl({ cwd: place.root }, 'init', 'conf=payments');
  expect(exit).toBe(0);
  const files = ['conf/k8s/cv+1.yaml', 'conf/kustomization.yaml', 'conf/map.json'];
  const workspace = readWorkspace(join(place.root, 'pawl.yaml'));
  expect(workspace.ignore).toEqual(files);
  expect(scan(workspace).files.map(({ file }) => file)).toEqual(['conf/apis.yaml', 'conf/limits.yaml']);
  expect(out).toContain('conf/kustomization.yaml');
  expect(err).toContain('for Kubernetes');
});

test('init writes a pawl.yaml that is read back, and never touches one that is there', async () => {
  using workspace = new TestWorkspace();
  const where = { cwd: workspace.root };
  expect(await pawl(where, 'init', 'config=shop')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('already'),
  });
  workspace.remove('pawl.yaml');
  expect((await pawl(where, 'init', 'config=shop/common', 'my dir=payments')).exit).toBe(0);
  expect(findWorkspace(workspace.root)?.folders).toEqual([
    { folder: 'config', namespace: 'shop', prefix: 'common/' },
    { folder: 'my dir', namespace: 'payments', prefix: '' },
  ]);
});

describe('formats of pawl.yaml', () => {
  const workspace = at(
    'folders:\n  config: shop\nformats:\n  "config/systemd/*.conf": ini\n  "**/*.conf": text\n  "**/bin/*": text\n',
  );

  test.each([
    ['config/a.yaml', 'yaml'],
    ['config/a.properties', 'properties'],
    ['config/production.env', 'env'],
    ['config/systemd/journald.conf', 'ini'],
    ['config/nginx.conf', 'text'],
    ['config/bin/start', 'text'],
    ['config/bin/.hidden', null],
    ['config/.env', null],
    ['config/README.md', null],
  ])('%s is %s', (file, format) => {
    expect(formatOfFile(workspace, file)).toBe(format);
  });

  test('decide which files of a folder are configs, there and back', () => {
    using files = new TestWorkspace('folders:\n  config: shop\nformats: {"**/*.conf": text}\n');
    files.write('config/nginx.conf', 'server {}\n');
    files.write('config/logo.png', 'x');
    files.write('config/app.ini', '[a]\n');
    const found = findWorkspace(files.root)!;
    expect(scan(found).files.map(({ file, format }) => [file, format])).toEqual([
      ['config/app.ini', 'ini'],
      ['config/nginx.conf', 'text'],
    ]);
    expect(fileOf(found, { namespace: 'shop', path: 'nginx.conf' })).toBe('config/nginx.conf');
    expect(fileOf(found, { namespace: 'shop', path: 'logo.png' })).toBeNull();
  });

  test.each([
    ['formats: x', 'formats must be a mapping of patterns'],
    ['formats: {"*.x": xml}', 'pawl.yaml:3: formats: *.x: the formats are yaml, json'],
  ])('%j is refused with what is wrong', (line, message) => {
    expect(() => parse(`folders:\n  a: payments\n${line}`)).toThrow(message);
  });
});
