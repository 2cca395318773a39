/** The aggregated API as people use it: the real kubectl, through the real API server with its aggregation layer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { findBinaries } from '../../local/binaries.ts';
import type { Kubectl } from '../../local/kubectl.ts';
import type { Api } from '../setup/api.ts';
import { until } from '../setup/until.ts';
import { type Aggregated, lines, refusalOf, root, startAggregated } from './aggregated-world.ts';

let world: Aggregated;
let api: Api;
let admin: Kubectl;
let kubectl: Aggregated['kubectl'];

beforeAll(async () => {
  world = await startAggregated();
  ({ api, admin, kubectl } = world);
});
afterAll(() => world?.[Symbol.asyncDispose]());

const refusal = (...args: string[]) => refusalOf(kubectl(...args));

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
    expect(rows[0]![3]).toMatch(/^\d+[sm]/);
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
    const both = (name: string) => `--field-selector=metadata.name=${name},path=limits/us.json`;
    expect(await names('configs', both('a\\=b'))).toEqual(['']);
    // As for every resource of the API server: an equals sign in a value is escaped.
    expect(await refusal('get', 'configs', both('a=b'))).toContain('metadata.name=…');
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
      await api.ask(`/configs/${api.namespace}/watched`, {
        ...{ method: 'PUT', body: { body_raw: 'n: 2\n', base_version: 1 } },
      });
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
      const body = { body_raw: `n: ${n}\n`, base_version: n - 1 };
      await api.ask(`/configs/${api.namespace}/${path}`, { method: 'PUT', body });
    }
    const from = encodeURIComponent(metadata.resourceVersion);
    const query = `watch=true&resourceVersion=${from}&timeoutSeconds=3&fieldSelector=path%3D${path}`;
    /** What a watch says in three seconds, or one that was not late. */
    const watched = (asked: string, least: number) =>
      until(`${least} events`, 60_000, async () => {
        const lines = (await kubectl('get', '--raw', `${url}?${asked}`)).trim().split('\n');
        return lines.length >= least && lines[0] !== '' && lines;
      });
    const events = await watched(query, 3);
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
    expect(await watched(rest, 1)).toEqual([events[2]]);
    await api.ask(`/configs/${api.namespace}/${path}`, { method: 'DELETE' });
    // What was saved may come before it is told that its texts are gone.
    const gone = await until('the end is told', 60_000, async () => {
      const last = JSON.parse((await watched(query, 1)).at(-1)!);
      return last.type === 'ERROR' && last;
    });
    expect(gone).toMatchObject({ object: { code: 410, reason: 'Expired' } });
    expect(await refusal('get', '--raw', `${url}?watch=1&resourceVersion=7`)).toContain('list again');
  });
});

describe('a list as of one resourceVersion', () => {
  const url = () => `${root}/namespaces/${api.namespace}/configs`;
  const exactly = (version: string) =>
    `${url()}?resourceVersion=${encodeURIComponent(version)}&resourceVersionMatch=Exact`;

  it('is the present one, where that is what was asked for', async () => {
    const found = await until('nothing was saved in between', 60_000, async () => {
      const { metadata } = JSON.parse(await kubectl('get', '--raw', url()));
      const answer = await kubectl('get', '--raw', exactly(metadata.resourceVersion)).catch(() => '{}');
      return JSON.parse(answer).metadata?.resourceVersion === metadata.resourceVersion;
    });
    expect(found).toBe(true);
  });

  it('is refused as Kubernetes does it, where it would be another one', async () => {
    expect(await refusal('get', '--raw', exactly('1'))).toMatch(/list again/);
    const notOlder = `${url()}?resourceVersion=1&resourceVersionMatch=NotOlderThan`;
    expect(JSON.parse(await kubectl('get', '--raw', notOlder))).toMatchObject({ kind: 'ConfigList' });
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
    const input = JSON.stringify(object);
    const said = await refusalOf(admin([...args, '--namespace', api.namespace], { input }));
    expect(said).toMatch(/MethodNotAllowed.*Apply a ConfigVersion.*kubectl pawl/s);
  });
});
