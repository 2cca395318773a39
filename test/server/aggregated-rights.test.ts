/** What people may see and do through the aggregated API: with the roles of the chart, and with narrower ones. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { renderChart } from '../../local/helm.ts';
import type { Kubectl } from '../../local/kubectl.ts';
import { pawl, TestWorkspace } from '../cli/world.ts';
import type { Api } from '../setup/api.ts';
import { until } from '../setup/until.ts';
import { type Aggregated, lines, refusalOf, root, startAggregated } from './aggregated-world.ts';

const rest = `${root}/rest/v1/proxy`;

let world: Aggregated;
let api: Api;
let admin: Kubectl;
let kubectl: Aggregated['kubectl'];
let roles: string;

const as = (user: string, ...args: string[]) => admin([...args, `--as=${user}`]).then(({ stdout }) => stdout);
const denied = (user: string, ...args: string[]) => refusalOf(as(user, ...args));
const viewer = 'vera@example.com';
const editor = 'ed@example.com';
const narrow = 'nora@example.com';

beforeAll(async () => {
  world = await startAggregated();
  ({ api, admin, kubectl } = world);
  roles = await renderChart({
    release: 'pawl',
    namespace: api.namespace,
    values: { database: { existingSecret: { name: 'unused' } }, server: { enabled: true } },
    only: ['templates/user-roles.yaml'],
  });
  await admin(['apply', '--server-side', '-f', '-'], { input: roles });
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
});
afterAll(async () => {
  if (roles) await admin(['delete', '--ignore-not-found', '-f', '-'], { input: roles });
  await world?.[Symbol.asyncDispose]();
});

describe('what people may', () => {
  it('is nothing with rights in a namespace whose history is that of an earlier one', async () => {
    const read = ['get', 'configs', '--namespace', api.namespace];
    api.setOpen(false);
    try {
      expect(await denied(viewer, ...read)).toContain('spec.claimedBy');
      expect(await denied(narrow, ...read.toSpliced(2, 0, 'limits:eu.yaml'))).toContain('spec.claimedBy');
      expect((await admin(read)).stdout).toContain('limits:eu.yaml');
    } finally {
      api.setOpen(true);
    }
    expect(await as(viewer, ...read)).toContain('limits:eu.yaml');
  });

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
