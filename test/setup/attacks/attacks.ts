/**
 * What eve tries, and the answer she has to get. docs/reliability.md is a table of these. Invariant: an attack reports
 * what was seen, and judges nothing.
 */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { AttackWorld } from './world.ts';

export interface Attack {
  readonly what: string;
  /** Takes a minute or more: for the campaign, not for every run of the tests. */
  readonly long?: true;
  readonly run: (world: AttackWorld) => Promise<unknown>;
  /** For expect().toEqual. */
  readonly seen: unknown;
}

const mebibyte = 1 << 20;
const plainText = (bytes: number) => `text: ${'x'.repeat(bytes - 16)}\n`;
/** Slow to read as YAML. */
const flowList = `[${'a, '.repeat(mebibyte / 3 - 8)}a]\n`;
const put = (body_raw: string, more: object = {}) =>
  ({ method: 'PUT', body: { format: 'yaml', body_raw, ...more } }) as const;
const hers = ({ alice }: AttackWorld, path = 'limits.yaml') => `/configs/${alice.namespace}/${path}`;
const own = ({ eve }: AttackWorld, path: string) => `/configs/${eve.namespace}/${path}`;
const status = async (reply: Promise<{ status: number }>) => (await reply).status;
const counted = (codes: readonly (number | 'cut')[]) => [...new Set(codes)].sort();
const servedOrNew = {
  alice: expect.toSatisfy((all: number[]) => all.every(code => code === 200 || code === 201)),
};

/** So many at once; 'cut': the connection ended without an answer. */
const many = async (count: number, ask: (index: number) => Promise<{ status: number }>) =>
  counted(
    await Promise.all(
      Array.from({ length: count }, (_, at) =>
        ask(at).then(
          ({ status }) => status,
          () => 'cut' as const,
        ),
      ),
    ),
  );

const deploymentOf = (world: AttackWorld, count: number) => ({
  changes: Array.from({ length: count }, (_, index) => ({
    ...{ namespace: world.eve.namespace, path: `deployed-${index}.yaml`, body_raw: plainText(mebibyte) },
  })),
});

const rights: Attack[] = [
  { what: 'read another tenant’s config', run: w => status(w.ask(hers(w))), seen: 403 },
  {
    what: 'read it through the Kubernetes API, and its ConfigMap and its object',
    run: async w =>
      counted(
        await Promise.all(
          ['configmaps', 'configversions.pawl.dev'].map(async of => {
            const said = await w.kubectlAsEve(['get', of, '-n', w.alice.namespace]);
            return said.includes('Forbidden') ? 403 : 200;
          }),
        ),
      ),
    seen: [403],
  },
  {
    what: 'overwrite it',
    run: w => status(w.ask(hers(w), { ...put('cap: 0\n'), headers: { 'if-match': '*' } })),
    seen: 403,
  },
  { what: 'delete it', run: w => status(w.ask(hers(w), { method: 'DELETE' })), seen: 403 },
  {
    what: 'delete one of its versions',
    run: w => status(w.ask(`${hers(w)}/versions/1`, { method: 'DELETE' })),
    seen: 403,
  },
  { what: 'watch it', run: w => status(w.ask(`/watch/${w.alice.namespace}`)), seen: 403 },
  {
    what: 'ask where it is used',
    run: w => status(w.ask(`/usage/${w.alice.namespace}/limits.yaml`)),
    seen: 403,
  },
  {
    what: 'change it in a deployment beside a config of one’s own',
    async run(w) {
      const change = { path: 'limits.yaml', format: 'yaml', body_raw: 'cap: 0\n', overwrite: true };
      const changes = [
        { ...change, namespace: w.eve.namespace, path: 'mine.yaml', overwrite: false },
        { ...change, namespace: w.alice.namespace },
      ];
      const { status } = await w.ask('/deployments', { method: 'POST', body: { changes } });
      return { status, mine: (await w.ask(own(w, 'mine.yaml'))).status };
    },
    seen: { status: 403, mine: 404 },
  },
  {
    what: 'find it by search, list or log of all namespaces',
    async run(w) {
      const replies = await Promise.all(
        ['/search?key=cap', '/namespaces', '/deployments'].map(url => w.ask(url)),
      );
      return {
        statuses: counted(replies.map(({ status }) => status)),
        hers: replies.some(({ text }) => text.includes(w.alice.namespace)),
      };
    },
    seen: { statuses: [200], hers: false },
  },
  {
    what: 'reach it by a path that leads out of one’s own namespace',
    async run(w) {
      const out = [
        `../${w.alice.namespace}/limits.yaml`,
        `..%2f${w.alice.namespace}%2flimits.yaml`,
        '%2e%2e/x',
      ];
      const codes = await Promise.all(out.map(path => w.ask(own(w, path)).then(({ status }) => status)));
      return codes.every(code => [400, 403, 404].includes(code));
    },
    seen: true,
  },
  {
    what: 'be alice by a header of the front proxy',
    run: w =>
      status(
        w.ask(hers(w), { headers: { 'x-remote-user': w.alice.user, 'x-remote-group': 'system:masters' } }),
      ),
    seen: 403,
  },
  {
    what: 'come with made-up tokens, 900 at once',
    async run(w) {
      const codes = many(900, () => w.ask('/namespaces', { token: randomBytes(24).toString('hex') }));
      return w.aliceBeside(() => codes);
    },
    seen: { ...servedOrNew, flood: [401, 429] },
  },
  {
    what: 'use the Idempotency-Key of somebody else’s save',
    async run(w) {
      const headers = { 'idempotency-key': 'same-key' };
      await w.asAlice(hers(w, 'keyed.yaml'), { ...put('a: 1\n', { base_version: 0 }), headers });
      const { status, headers: got } = await w.askInTime(own(w, 'keyed.yaml'), {
        ...put('b: 2\n', { base_version: 0 }),
        headers,
      });
      return { status, replayed: got['idempotency-replayed'] };
    },
    seen: { status: 201, replayed: undefined },
  },
];

const objects: Attack[] = [
  {
    what: 'propose an object for another tenant’s config namespace',
    run: w =>
      w.proposeAsEve('into-hers', { namespace: w.alice.namespace, path: 'limits.yaml', body: 'cap: 0\n' }),
    seen: 'PathNotAllowed',
  },
  {
    what: 'delete another tenant’s config with an object that may not write it',
    async run(w) {
      const spec = { namespace: w.alice.namespace, path: 'limits.yaml', body: 'cap: 1000\n# of alice\n' };
      const said = await w.proposeAsEve('deletes-hers', { ...spec, deletionPolicy: 'Delete' });
      await w.kubectlAsEve(['delete', 'configversion', 'deletes-hers', '-n', w.eve.namespace, '--wait=true']);
      return said;
    },
    seen: 'PathNotAllowed',
  },
  {
    what: 'have a ConfigMap made that carries the name of one that is not Pawl’s',
    async run(w) {
      await w.kube.createConfigMap(
        w.eve.namespace,
        'app',
        { of: 'eve' },
        { labels: { 'app.kubernetes.io/managed-by': 'pawl' } },
      );
      const said = await w.proposeAsEve('over-app', {
        path: 'app.yaml',
        body: 'a: 1\n',
        configMap: { name: 'app' },
      });
      return { said, data: (await w.kube.configMap(w.eve.namespace, 'app'))?.data };
    },
    seen: { said: 'TargetNotOwned', data: { of: 'eve' } },
  },
  {
    what: 'send control characters as an author',
    async run(w) {
      const said = await w.proposeAsEve('escapes', {
        path: 'esc.yaml',
        body: 'a: 1\n',
        author: 'x\u001b[2J\r\nRoot',
      });
      const { status } = await w.askInTime(
        own(w, 'esc2.yaml'),
        put('a: 1\n', { base_version: 0, author: 'x\u001b[2J' }),
      );
      return { said: /Invalid|invalid/.test(said), status };
    },
    seen: { said: true, status: expect.toSatisfy((code: number) => code === 400 || code === 422) },
  },
  {
    what: 'apply 40 objects with texts of 1 MiB that are slow to read',
    long: true,
    async run(w) {
      const object = (index: number) => ({
        ...{ apiVersion: 'pawl.dev/v1alpha1', kind: 'ConfigVersion' },
        metadata: { name: `heavy-${index}`, namespace: w.eve.namespace },
        spec: { path: `heavy-${index}.yaml`, format: 'yaml', body: flowList },
      });
      for (let index = 0; index < 40; index += 8) {
        const items = Array.from({ length: 8 }, (_, at) => object(index + at));
        const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
        await w.kubectlAsEve(['create', '-f', '-'], list);
      }
      await w.kube.propose(w.alice.namespace, 'quick', { path: 'quick.yaml', body: 'quick: 1\n' });
      await w.kube.untilShown(w.alice.namespace, 'quick.yaml', '1', 60_000);
      const waiting = (await w.kube.configVersions(w.eve.namespace)).filter(({ metadata, status }) => {
        return metadata.name.startsWith('heavy-') && status.observedGeneration !== 1;
      });
      await w.kubectlAsEve(['delete', 'configversion', '--all', '-n', w.eve.namespace, '--wait=false']);
      return { alice: 'Saved', hersWait: waiting.length > 0 };
    },
    seen: { alice: 'Saved', hersWait: true },
  },
];

const floods: Attack[] = [
  {
    what: 'send 20 MiB to a config one may not write',
    run: w =>
      w.ask(hers(w), { ...put(plainText(20 * mebibyte)) }).then(
        ({ status }) => status,
        () => 'cut',
      ),
    seen: expect.toSatisfy((code: unknown) => code === 403 || code === 413 || code === 'cut'),
  },
  {
    what: 'four deployments of 43 MiB at once',
    async run(w) {
      const body = JSON.stringify(deploymentOf(w, 43));
      const url = `/deployments?dry_run=true&namespaces=${w.eve.namespace}`;
      return w.aliceBeside(() => many(4, () => w.ask(url, { method: 'POST', body })));
    },
    seen: { ...servedOrNew, flood: expect.arrayContaining([429]) },
  },
  {
    what: 'a deployment of 43 MiB that does not name its namespaces',
    run: w =>
      w.ask('/deployments?dry_run=true', { method: 'POST', body: deploymentOf(w, 43) }).then(
        ({ status }) => status,
        () => 'cut',
      ),
    seen: expect.toSatisfy((code: unknown) => code === 413 || code === 'cut'),
  },
  {
    what: 'a search with several **, and eight of the dearest kind at once',
    async run(w) {
      const url = (key: string) => `/search?namespace=${w.eve.namespace}&key=${encodeURIComponent(key)}`;
      const twice = await status(w.askInTime(url('**/**/a')));
      const { alice } = await w.aliceBeside(() => many(24, () => w.ask(url('**/a/b/c/d'))));
      return { alice, twice };
    },
    seen: { ...servedOrNew, twice: 400 },
  },
  {
    what: 'eight dry runs of a 1 MiB list that is slow to read, at once',
    async run(w) {
      const url = `${own(w, 'dry.yaml')}?dry_run=true`;
      return w.aliceBeside(() => many(8, () => w.ask(url, put(flowList, { base_version: 0 }))));
    },
    seen: {
      ...servedOrNew,
      flood: expect.toSatisfy((codes: number[]) => codes.every(code => [200, 422, 429, 503].includes(code))),
    },
  },
  {
    what: 'aliases that expand a thousand million times',
    run: async w => {
      const lines = Array.from(
        { length: 9 },
        (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(', ')}]`,
      );
      return status(
        w.askInTime(own(w, 'bomb.yaml'), put(['a0: &a0 x', ...lines, ''].join('\n'), { base_version: 0 })),
      );
    },
    seen: 422,
  },
  {
    what: 'a list nested 100,000 deep',
    run: w => status(w.askInTime(own(w, 'deep.yaml'), put(`${'['.repeat(100_000)}\n`, { base_version: 0 }))),
    seen: 422,
  },
  {
    what: '700 watches at once',
    long: true,
    async run(w) {
      const over = new AbortController();
      const watches = Array.from({ length: 700 }, () => watch(w, over.signal));
      const alice = await w.aliceBeside(async () => undefined);
      const begun = counted(await Promise.all(watches));
      const hers = await watch(w, AbortSignal.timeout(60_000), w.alice.namespace, w.alice.token);
      over.abort();
      return { alice: alice.alice, begun, hers };
    },
    seen: { ...servedOrNew, begun: [200, 429], hers: 200 },
  },
  {
    what: 're-save one’s own text 300 times, to push others out of the log',
    async run(w) {
      const url = own(w, 'again.yaml');
      for (let at = 0; at < 300; at += 20) {
        await many(20, () => w.ask(url, { ...put('again: 1\n'), headers: { 'if-match': '*' } }));
      }
      const { json } = await w.askInTime(`/deployments?namespace=${w.eve.namespace}&path=again.yaml`);
      return json.items.length < 5;
    },
    seen: true,
  },
  {
    what: 'bodies that never arrive, on 200 connections',
    long: true,
    async run(w) {
      const headers = { 'content-type': 'application/json', 'content-length': '1000000' };
      const slow = many(200, () => w.ask(own(w, 'slow.yaml'), { method: 'PUT', body: '{', headers }));
      const { alice } = await w.aliceBeside(async () => undefined);
      return { alice, slow: await slow };
    },
    seen: {
      ...servedOrNew,
      slow: expect.toSatisfy((codes: unknown[]) =>
        codes.every(code => [400, 408, 429, 503, 'cut'].includes(code as number)),
      ),
    },
  },
];

/** Answers its status when it has begun; the stream is held until the signal says otherwise. */
async function watch(
  w: AttackWorld,
  signal: AbortSignal,
  namespace = w.eve.namespace,
  token = w.eve.token,
): Promise<number> {
  return w.beginWatch(`/watch/${namespace}`, token, signal).catch(() => 0);
}

export const attacks: readonly Attack[] = [...rights, ...objects, ...floods];
