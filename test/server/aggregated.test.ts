/** The aggregated API as people use it: the real kubectl, through the real API server with its aggregation layer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { type ApiService, registerApiService } from '../../local/api-service.ts';
import { findBinaries } from '../../local/binaries.ts';
import { renderChart } from '../../local/helm.ts';
import type { Kubectl, KubectlError } from '../../local/kubectl.ts';
import { pawl, TestWorkspace } from '../cli/world.ts';
import { type Api, startApi } from '../setup/api.ts';
import { adminKubectl } from '../setup/chart.ts';
import { until } from '../setup/until.ts';

const root = '/apis/store.pawl.dev/v1alpha1';
const rest = `${root}/rest/v1/proxy`;

let api: Api;
let service: ApiService;
let admin: Kubectl;
/** In the namespace of the test, as the administrator. */
let kubectl: (...args: string[]) => Promise<string>;
let roles: string;

beforeAll(async () => {
  api = await startApi({ frontProxy: 'api-server' });
  admin = await adminKubectl();
  kubectl = async (...args) => (await admin([...args, '--namespace', api.namespace])).stdout;
  service = await registerApiService({ kubectl: admin }, { port: api.server.port, ca: api.ca });
  const save = (path: string, body_raw: string, more = {}) =>
    api.ask(`/configs/${api.namespace}/${path}`, { method: 'PUT', body: { body_raw, ...more } });
  await save('limits/eu.yaml', 'cap: 1\n', { comment: 'first' });
  await save('limits/eu.yaml', 'cap: 2\n', { comment: 'second', git: { commit: '0123456789abcdef' } });
  await save('limits/eu.yaml', 'cap: 3\nfloor: 1\n');
  await save('limits/us.json', '{"cap": 1}\n', { format: 'json' });
  await save('a=b', 'n: 1\n');
  roles = await renderChart({
    release: 'pawl',
    namespace: api.namespace,
    values: { database: { existingSecret: { name: 'unused' } }, server: { enabled: true } },
    only: ['templates/user-roles.yaml'],
  });
  await admin(['apply', '--server-side', '-f', '-'], { input: roles });
  await service.available();
});

afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  if (roles) await admin(['delete', '--ignore-not-found', '-f', '-'], { input: roles });
  await api?.[Symbol.asyncDispose]();
});

const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map(line => line.split(/ {2,}|\t/).map(cell => cell.trim()));

const refusal = async (...args: string[]): Promise<string> => {
  const error = await kubectl(...args).then(
    () => null,
    failed => failed as KubectlError,
  );
  return error?.stderr ?? `kubectl ${args.join(' ')} did not fail`;
};

describe('kubectl get', () => {
  it('knows the resources by their names and short names', async () => {
    const listed = lines(await kubectl('api-resources', '--api-group', 'store.pawl.dev', '--no-headers'));
    expect(listed).toEqual([
      ['configrevisions', 'pcr', 'store.pawl.dev/v1alpha1', 'true', 'ConfigRevision'],
      ['configs', 'pcfg', 'store.pawl.dev/v1alpha1', 'true', 'Config'],
    ]);
  });

  it('shows configs as a table', async () => {
    const [head, ...rows] = lines(await kubectl('get', 'configs'));
    expect(head).toEqual(['NAME', 'VERSION', 'AUTHOR', 'UPDATED', 'AGE']);
    expect(rows.map(([name, version]) => [name, version])).toEqual([
      ['a=b', '1'],
      ['limits:eu.yaml', '3'],
      ['limits:us.json', '1'],
    ]);
    expect(rows[0]![2]).toMatch(/^system:serviceaccount:/);
    expect(rows[0]![3]).toMatch(/^\d+s$/);
    expect(lines(await kubectl('get', 'pcfg', 'limits:eu.yaml'))).toHaveLength(2);
  });

  it('shows more with -o wide', async () => {
    const [head, row] = lines(await kubectl('get', 'configs', 'limits:us.json', '-o', 'wide'));
    expect(head).toEqual([
      ...['NAME', 'VERSION', 'AUTHOR', 'UPDATED', 'AGE'],
      ...['FORMAT', 'BYTES', 'KIND', 'ACTOR', 'COMMIT', 'COMMENT'],
    ]);
    expect(row!.slice(5, 8)).toEqual(['json', '11', 'direct']);
  });

  it('gives objects with their texts', async () => {
    const { spec, status, metadata } = JSON.parse(
      await kubectl('get', 'config', 'limits:eu.yaml', '-o', 'json'),
    );
    expect(spec).toEqual({ path: 'limits/eu.yaml', format: 'yaml', body: 'cap: 3\nfloor: 1\n' });
    expect(status).toMatchObject({ version: '3', bytes: 16, kind: 'direct', actorVerified: true });
    expect(metadata).toMatchObject({ name: 'limits:eu.yaml', namespace: api.namespace });
    const { items } = JSON.parse(await kubectl('get', 'configs', '-o', 'json'));
    expect(items.map((item: typeof spec) => item.spec.body)).toEqual([
      'n: 1\n',
      'cap: 3\nfloor: 1\n',
      '{"cap": 1}\n',
    ]);
    expect(await kubectl('get', 'configs', 'limits:eu.yaml', '-o', 'yaml')).toContain(
      '    cap: 3\n    floor: 1\n',
    );
    expect(await kubectl('get', 'configs', 'a=b', '-o', 'name')).toBe('config.store.pawl.dev/a=b\n');
    expect(await kubectl('get', 'configs', '-o', 'jsonpath={.items[*].status.version}')).toBe('1 3 1');
  });

  it('sorts and labels by what is in the objects', async () => {
    const listed = lines(await kubectl('get', 'configs', '--no-headers', '--sort-by={.status.bytes}'));
    expect(listed.map(([name]) => name)).toEqual(['a=b', 'limits:us.json', 'limits:eu.yaml']);
  });

  it('shows every version, the newest first', async () => {
    const selector = '--field-selector=path=limits/eu.yaml';
    const [head, ...rows] = lines(await kubectl('get', 'configrevisions', selector));
    expect(head).toEqual(['NAME', 'VERSION', 'BASE', 'KIND', 'AUTHOR', 'AGE']);
    expect(rows.map(([name]) => name)).toEqual(['limits:eu.yaml@3', 'limits:eu.yaml@2', 'limits:eu.yaml@1']);
    const [, second] = lines(await kubectl('get', 'pcr', selector, '-o', 'wide')).slice(1);
    expect(second).toEqual(expect.arrayContaining(['0123456789ab', 'second']));
    const one = JSON.parse(await kubectl('get', 'configrevision', 'limits:eu.yaml@2', '-o', 'json'));
    expect(one).toMatchObject({
      metadata: { annotations: { 'pawl.dev/comment': 'second', 'pawl.dev/git-commit': '0123456789abcdef' } },
      spec: { body: 'cap: 2\n' },
      status: { version: '2' },
    });
    const all = JSON.parse(await kubectl('get', 'configrevisions', '-o', 'json'));
    expect(all.items).toHaveLength(5);
  });

  it('selects by name, path and namespace', async () => {
    const names = async (...args: string[]) =>
      lines(await kubectl('get', ...args, '--no-headers')).map(([name]) => name);
    expect(await names('configs', '--field-selector=metadata.name=limits:eu.yaml')).toEqual([
      'limits:eu.yaml',
    ]);
    expect(await names('configs', '--field-selector=path=limits/us.json')).toEqual(['limits:us.json']);
    expect(await names('configs', '--field-selector=path=a\\=b')).toEqual(['a=b']);
    expect(await names('pcr', '--field-selector=metadata.name=limits:eu.yaml@1')).toEqual([
      'limits:eu.yaml@1',
    ]);
    expect(await names('configs', '--field-selector=metadata.name=a=b,path=limits/us.json')).toEqual(['']);
    expect(await refusal('get', 'configs', '--field-selector=author=ada')).toContain('path=…');
    expect(await refusal('get', 'configs', '--field-selector=path!=a')).toContain('path=…');
    expect(await refusal('get', 'configs', '-l', 'app=x')).toContain('no labels');
  });

  it('goes through all namespaces', async () => {
    for (const resource of ['configs', 'configrevisions']) {
      const { stdout } = await admin(['get', resource, '--all-namespaces', '--no-headers', '--chunk-size=2']);
      const mine = lines(stdout).filter(([namespace]) => namespace === api.namespace);
      expect(mine).toHaveLength(resource === 'configs' ? 3 : 5);
    }
  });

  it('goes through pages, and no item is lost or comes twice', async () => {
    const names = async (chunk: number) =>
      lines(await kubectl('get', 'configrevisions', '--no-headers', `--chunk-size=${chunk}`)).map(
        ([name]) => name,
      );
    const all = await names(500);
    expect(all).toHaveLength(5);
    expect(await names(1)).toEqual(all);
    expect(await names(2)).toEqual(all);
    const url = `${root}/namespaces/${api.namespace}/configs`;
    const { metadata, items } = JSON.parse(await kubectl('get', '--raw', `${url}?limit=2`));
    expect(items).toHaveLength(2);
    const next = `${url}?limit=2&continue=${metadata.continue}`;
    const last = JSON.parse(await kubectl('get', '--raw', next));
    expect([last.items.length, last.metadata.continue]).toEqual([1, undefined]);
    expect(await refusal('get', '--raw', `${url}?continue=abc`)).toContain('cursor');
  });

  it.each([
    ['configs', 'nothing'],
    ['configs', 'limits'],
    ['configs', '..%2f..'],
    ['configrevisions', 'limits:eu.yaml@4'],
    ['configrevisions', 'limits:eu.yaml'],
  ])('says that there is no %s %s', async (resource, name) => {
    const said = await refusal('get', '--raw', `${root}/namespaces/${api.namespace}/${resource}/${name}`);
    expect(said).toMatch(/NotFound|not found|nothing at this URL/);
  });

  it('finds nothing in a namespace without configs', async () => {
    const { stderr } = await admin(['get', 'configs', '--namespace', 'kube-public']);
    expect(stderr).toContain('No resources found');
  });
});

describe('kubectl get -w', () => {
  it('shows what is there, and each new version', async () => {
    const { kubectl: program } = await findBinaries(['kubectl']);
    const args = ['get', 'configs', '--namespace', api.namespace, '--watch', '--no-headers'];
    const env = { ...process.env, KUBECONFIG: inject('kubeconfig') };
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let seen = '';
    child.stdout.on('data', chunk => {
      seen += chunk;
    });
    try {
      await until('the list', 15_000, () => seen.includes('limits:us.json'));
      await api.ask(`/configs/${api.namespace}/watched`, { method: 'PUT', body: { body_raw: 'n: 1\n' } });
      await until('the first version', 15_000, () => /^watched +1 /m.test(seen));
      await api.ask(`/configs/${api.namespace}/watched`, { method: 'PUT', body: { body_raw: 'n: 2\n' } });
      await until('the second version', 15_000, () => /^watched +2 /m.test(seen));
      await api.ask(`/configs/${api.namespace}/watched`, { method: 'DELETE' });
      // kubectl prints a line for what is gone, too.
      await until('the delete', 15_000, () => seen.match(/^watched /gm)?.length === 3);
    } finally {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    }
  });

  it('goes on from a list, without a gap and without a repetition', async () => {
    const url = `${root}/namespaces/${api.namespace}/configrevisions`;
    const path = 'followed';
    const { metadata } = JSON.parse(await kubectl('get', '--raw', `${url}?limit=1`));
    for (const n of [1, 2, 3]) {
      await api.ask(`/configs/${api.namespace}/${path}`, { method: 'PUT', body: { body_raw: `n: ${n}\n` } });
    }
    const from = encodeURIComponent(metadata.resourceVersion);
    const query = `watch=true&resourceVersion=${from}&timeoutSeconds=1&fieldSelector=path%3D${path}`;
    const events = (await kubectl('get', '--raw', `${url}?${query}`)).trim().split('\n');
    const seen = events
      .map(event => JSON.parse(event))
      .map(({ type, object }) => [type, object.metadata.name]);
    expect(seen).toEqual([
      ['ADDED', 'followed@1'],
      ['ADDED', 'followed@2'],
      ['ADDED', 'followed@3'],
    ]);
    const again = JSON.parse(events[1]!).object.metadata.resourceVersion;
    const rest = query.replace(from, encodeURIComponent(again));
    expect((await kubectl('get', '--raw', `${url}?${rest}`)).trim().split('\n')).toEqual([events[2]]);
    await api.ask(`/configs/${api.namespace}/${path}`, { method: 'DELETE' });
    const gone = (await kubectl('get', '--raw', `${url}?${query}`)).trim().split('\n').at(-1)!;
    expect(JSON.parse(gone)).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    expect(await refusal('get', '--raw', `${url}?watch=1&resourceVersion=7`)).toContain('list again');
  });
});

describe('kubectl', () => {
  it('shows what differs between two versions', async () => {
    const url = `${root}/namespaces/${api.namespace}/configs/limits:eu.yaml/diff`;
    const diff = await kubectl('get', '--raw', `${url}?from=1&to=3`);
    expect(diff.split('\n')).toEqual(
      expect.arrayContaining(['--- version 1', '+++ version 3', '-cap: 1', '+cap: 3', '+floor: 1']),
    );
    const { changes } = JSON.parse(await kubectl('get', '--raw', `${url}?from=1&to=3&output=json`));
    expect(changes).toHaveLength(2);
    expect(await kubectl('get', '--raw', `${url}?from=3`)).toBe('');
    expect(await refusal('get', '--raw', `${url}?to=3`)).toContain('from');
    expect(await refusal('get', '--raw', `${url}?from=9`)).toContain('no version 9');
  });

  it('explains the objects', async () => {
    const explain = (what: string) => kubectl('explain', what, '--api-version=store.pawl.dev/v1alpha1');
    const text = await until('the document is published', 30_000, () => explain('configs').catch(() => null));
    expect(text).toContain('Config is the latest version');
    expect(await explain('configrevisions.status.mergedOnto')).toContain(
      'the version its changes were applied to',
    );
    expect(await explain('configs.metadata.annotations')).toContain('pawl.dev/author');
  });

  it.each([
    ['create', ['create', '-f', '-']],
    ['replace', ['replace', '-f', '-']],
    ['server-side apply', ['apply', '--server-side', '--validate=false', '-f', '-']],
    ['patch', ['patch', 'config', 'limits:eu.yaml', '--type=merge', '-p', '{"spec":{"body":"x"}}']],
    ['delete', ['delete', 'config', 'limits:eu.yaml']],
    ['delete everything', ['delete', 'configs', '--all']],
  ])('cannot write by %s, and is told how to', async (_, args) => {
    const metadata = { name: 'limits:eu.yaml', namespace: api.namespace };
    const object = { apiVersion: 'store.pawl.dev/v1alpha1', kind: 'Config', metadata, spec: { body: 'x' } };
    const failed = await admin([...args, '--namespace', api.namespace], {
      input: JSON.stringify(object),
    }).then(
      () => null,
      error => error as KubectlError,
    );
    expect(failed?.stderr).toMatch(/MethodNotAllowed.*Apply a ConfigVersion.*kubectl pawl/s);
  });
});

describe('what people may', () => {
  const as = (user: string, ...args: string[]) =>
    admin([...args, `--as=${user}`]).then(({ stdout }) => stdout);
  const denied = (user: string, ...args: string[]) =>
    as(user, ...args).then(
      () => 'allowed',
      error => (error as KubectlError).stderr,
    );
  const viewer = 'vera@example.com';
  const editor = 'ed@example.com';
  const narrow = 'nora@example.com';

  beforeAll(async () => {
    const bind = (role: string, user: string) =>
      kubectl('create', 'rolebinding', user.replace('@', '-'), `--${role}`, `--user=${user}`);
    await bind('clusterrole=view', viewer);
    await bind('clusterrole=edit', editor);
    const names = [
      '--resource-name=limits:eu.yaml',
      '--resource=configs.store.pawl.dev,configs.store.pawl.dev/diff',
    ];
    await kubectl('create', 'role', 'narrow', '--verb=get,list', ...names);
    await bind('role=narrow', narrow);
    const can = (user: string, verb: string) =>
      as(user, 'auth', 'can-i', verb, 'configs.store.pawl.dev/limits:eu.yaml', '--namespace', api.namespace);
    await until('the rights are in force', 20_000, async () => {
      const answers = await Promise.all([can(viewer, 'get'), can(editor, 'delete'), can(narrow, 'get')]);
      return answers.every(answer => answer.trim() === 'yes');
    });
  }, 60_000);

  it('is to look, with the cluster’s own view role', async () => {
    expect(await as(viewer, 'get', 'configs', '--namespace', api.namespace)).toContain('limits:eu.yaml');
    expect(await as(viewer, 'get', 'pcr', '--namespace', api.namespace)).toContain('limits:eu.yaml@1');
    expect(await denied(viewer, 'get', 'configs', '--namespace', 'default')).toContain('Forbidden');
    expect(await denied(viewer, 'get', 'configs', '--all-namespaces')).toContain('Forbidden');
    expect(await denied(viewer, 'delete', 'config', 'a=b', '--namespace', api.namespace)).toContain(
      'Forbidden',
    );
  });

  it('is one config, where a role names it', async () => {
    const here = ['--namespace', api.namespace];
    expect(await as(narrow, 'get', 'config', 'limits:eu.yaml', ...here)).toContain('limits:eu.yaml');
    const diff = `${root}/namespaces/${api.namespace}/configs/limits:eu.yaml/diff?from=1`;
    expect(await as(narrow, 'get', '--raw', diff)).toContain('+cap: 3');
    const selector = '--field-selector=metadata.name=limits:eu.yaml';
    expect(lines(await as(narrow, 'get', 'configs', selector, '--no-headers', ...here))).toHaveLength(1);
    expect(await denied(narrow, 'get', 'config', 'a=b', ...here)).toContain('Forbidden');
    expect(await denied(narrow, 'get', 'configs', ...here)).toContain('Forbidden');
    expect(await denied(narrow, 'get', 'pcr', ...here)).toContain('Forbidden');
  });

  /** A workspace of somebody who has a kubeconfig and nothing else. */
  async function workspace(user: string) {
    const made = new TestWorkspace(`folders:\n  config: ${api.namespace}\n`);
    const config = parse(await readFile(inject('kubeconfig'), 'utf8'));
    config.users[0].user.as = user;
    made.write('.git/kubeconfig', JSON.stringify(config));
    const env = { PATH: process.env.PATH ?? '', KUBECONFIG: `${made.root}/.git/kubeconfig` };
    return Object.assign(made, { where: { cwd: made.root, env } });
  }

  it('holds for kubectl pawl, which needs a kubeconfig only', async () => {
    using editing = await workspace(editor);
    editing.write('config/pawl.yaml', 'cap: 1\n');
    editing.commit();
    const watched = Promise.withResolvers<void>();
    const ended = new AbortController();
    const onOut = (text: string) => /pawl[.]yaml/.test(text) && watched.resolve();
    const watching = pawl({ ...editing.where, signal: ended.signal, onOut }, 'watch');
    await until('the watch stands', 10_000, () => api.server.watchers > 0);
    expect(await pawl(editing.where, 'deploy', '--yes')).toMatchObject({ exit: 0 });
    await watched.promise;
    ended.abort();
    await watching.catch(() => undefined);
    const saved = await kubectl(
      'get',
      'pcr',
      'pawl.yaml@1',
      '-o',
      'jsonpath={.status.actor}{.status.actorVerified}',
    );
    expect(saved).toBe(`${editor}true`);

    using viewing = await workspace(viewer);
    expect((await pawl(viewing.where, 'pull')).exit).toBe(0);
    expect(viewing.read('config/pawl.yaml')).toBe('cap: 1\n');
    viewing.write('config/pawl.yaml', 'cap: 2\n');
    viewing.commit();
    expect(await pawl(viewing.where, 'diff')).toMatchObject({
      exit: 1,
      out: expect.stringContaining('+cap: 2'),
    });
    const refused = await pawl(viewing.where, 'deploy', '--yes');
    expect([refused.exit, refused.err]).toEqual([2, expect.stringContaining(`${viewer} may not update`)]);
    using stranger = await workspace('sam@example.com');
    expect((await pawl(stranger.where, 'status')).err).toContain('may not list');
  });

  it('is asked for each config behind the door of the HTTP API', async () => {
    const { items } = JSON.parse(await as(viewer, 'get', '--raw', `${rest}/namespaces`));
    expect(items.map(({ name }: { name: string }) => name)).toEqual([api.namespace]);
    const versions = `${rest}/versions/${api.namespace}`;
    for (const path of ['limits/eu.yaml', 'limits%2Feu.yaml']) {
      expect(JSON.parse(await as(viewer, 'get', '--raw', `${versions}/${path}?limit=1`)).items).toHaveLength(
        1,
      );
      expect(await denied('sam@example.com', 'get', '--raw', `${versions}/${path}`)).toContain('Forbidden');
    }
    // A narrow role of configs opens the same config here.
    expect(await as(narrow, 'get', '--raw', `${versions}/limits/eu.yaml`)).toContain('"version":3');
    expect(await denied(narrow, 'get', '--raw', `${versions}/a=b`)).toContain('Forbidden');
    expect(await denied(viewer, 'get', '--raw', `${rest}/nothing`)).toContain('NotFound');
  });
});
