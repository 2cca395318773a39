/**
 * The real server on a real database. Only the API server's reviews are played: a token `ada` is the user ada, and
 * whoever has one may do everything but in the namespace `closed`; `viewer` may read, and `partial` may read no secrets.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { Imports } from '../../../history/settle/imports.ts';
import { Requests } from '../../../history/settle/requests.ts';
import { Thinker } from '../../../history/settle/thinker.ts';
import { PostgresHistory } from '../../../history/store/history.ts';
import { migrate } from '../../../history/store/migrate.ts';
import { PostgresProposals } from '../../../history/store/proposals.ts';
import { PostgresRequests } from '../../../history/store/requests.ts';
import { createStore } from '../../../history/store/store.ts';
import type { Policy } from '../../../history/words/policy.ts';
import { createAuthority } from '../../../local/x509.ts';
import { systemClock as clock } from '../../../runtime/clock.ts';
import { Offload } from '../../../runtime/offload.ts';
import type { Freezing } from '../../../server/call.ts';
import { startServer } from '../../../server/server.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { noProposals } from '../../setup/no-proposals.ts';
import { wholeProcessor } from '../../setup/whole-processor.ts';

export interface PawlServer extends AsyncDisposable {
  readonly url: string;
  /** Environment of a command that is `user`. */
  env(user?: string): Record<string, string>;
  /** Of all config namespaces; freezes are kept in it, too. */
  readonly policy: { -readonly [Rule in keyof Policy]: Policy[Rule] };
  /** Saves as somebody else would. Answers with the version. */
  save(user: string, path: string, text: string, namespace?: string): Promise<number>;
}

const maxBodyBytes = 1024 * 1024;

export async function startPawlServer(): Promise<PawlServer> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  await migrate(
    { database: database.url, schema: 'pawl', log: () => undefined },
    new AbortController().signal,
  );
  const store = createStore(
    { database: database.url, schema: 'pawl', trashMs: 604_800_000 },
    { clock, random: Math.random, onError: () => undefined },
  );
  stack.defer(() => store.close());
  const offload = new Offload({
    module: new URL('../../../history/settle/thinker-thread.ts', import.meta.url),
    ...{ clock, taskCpuMs: 10_000, maxHeapMiB: 256, idleMs: 1_000 },
  });
  stack.defer(() => offload.close());
  const raw = new PostgresRequests(store);
  const thinker = new Thinker(offload, { maxBodyBytes });
  const requests = new Requests(store, raw, thinker);
  const imports = new Imports(store, raw, thinker);
  const policy: PawlServer['policy'] = {};
  const folder = mkdtempSync(join(tmpdir(), 'pawl-server-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const authority = createAuthority('pawl-test');
  const identity = authority.issue({ commonName: 'pawl' }, 'server', ['127.0.0.1', 'localhost']);
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const ca = file('ca.crt', authority.certificate);
  const server = await startServer({
    settings: {
      ...{ host: '127.0.0.1', port: 0, maxBodyBytes, requestsPerMinute: 100_000, maxWatchers: 100 },
      certFile: file('tls.crt', identity.certificate),
      keyFile: file('tls.key', identity.key),
    },
    history: new PostgresHistory(store),
    waiting: new PostgresProposals(store),
    writing: {
      done: (idempotency, signal) => raw.done(idempotency, signal),
      import: (request, place, signal) => imports.import(request, place, signal),
      write: (request, options, signal) => requests.write(request, options, signal),
      createNamespace: (input, signal) => raw.createNamespace(input, signal),
      deleteNamespace: (input, signal) => raw.deleteNamespace(input, signal),
      deleteConfig: (input, signal) => raw.deleteConfig(input, signal),
      undeleteConfig: (input, signal) => raw.undeleteConfig(input, signal),
      deleteVersion: (input, signal) => raw.deleteVersion(input, signal),
      purgeVersion: (input, signal) => raw.purgeVersion(input, signal),
    },
    searcher: thinker.secrets,
    carrier: thinker,
    namespaces: { exists: () => true, policy: () => policy },
    freezing: freezingIn(policy),
    proposals: noProposals,
    reviews: {
      token: async name => (name === 'nobody' ? null : { name, uid: name, groups: [], extra: {} }),
      access: async ({ name: user }, { verb, namespace, name }) => {
        if (namespace === 'closed') return false;
        // Each config, but not the namespace as a whole.
        if (user === 'mender' && verb === 'delete') return name !== undefined;
        if (user === 'partial' && verb === 'get') return name !== undefined && !name.includes('secret');
        return user !== 'viewer' || verb === 'get' || verb === 'list';
      },
    },
    clock,
    logger: pino({ level: 'silent' }),
    checkAnswers: true,
    processorTime: wholeProcessor,
  });
  stack.defer(() => server.close());
  const url = `https://127.0.0.1:${server.port}`;
  const env = (user = 'ada') => ({
    PATH: process.env.PATH ?? '',
    HOME: folder,
    PAWL_SERVER: url,
    PAWL_CA: ca,
    PAWL_TOKEN: user,
  });
  const held = stack.move();
  return {
    ...{ url, env, policy },
    save: (user, path, text, namespace = 'payments') => save(env(user), namespace, path, text),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

function freezingIn(policy: PawlServer['policy']): Freezing {
  const others = (name: string) => (policy.freezes ?? []).filter(one => one.name !== name);
  return {
    freeze: async (_, freeze) => {
      policy.freezes = [...others(freeze.name), freeze];
      return 'frozen';
    },
    unfreeze: async (_, name) => {
      policy.freezes = others(name);
      return 'over';
    },
  };
}

async function save(
  env: Record<string, string>,
  namespace: string,
  path: string,
  text: string,
): Promise<number> {
  const { openPawl } = await import('../../../cli/access.ts');
  const transport = await openPawl({}, { env, userAgent: 'test', interactive: false });
  const body = JSON.stringify({ format: path.endsWith('.json') ? 'json' : 'yaml', body_raw: text });
  const put = (condition: Record<string, string>) =>
    transport.request({
      method: 'PUT',
      path: `/configs/${namespace}/${path}`,
      body,
      headers: { 'content-type': 'application/json', ...condition },
      signal: AbortSignal.timeout(120_000),
    });
  const created = await put({});
  const answer = created.status === 428 ? await put({ 'if-match': '*' }) : created;
  transport.close();
  if (answer.status > 299) throw new Error(`saving ${path} failed: ${answer.text}`);
  return (JSON.parse(answer.text) as { latest: { version: number } }).latest.version;
}
