/** The serving certificate is renewed, ends, and gets another authority, while clients and the API server verify it. */
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiServiceHost, registerApiService } from '../../local/api-service.ts';
import type { Kubectl } from '../../local/kubectl.ts';
import { type Authority, createAuthority } from '../../local/x509.ts';
import { type Api, startApi } from '../setup/api.ts';
import { adminKubectl } from '../setup/chart.ts';
import { until } from '../setup/until.ts';

const stack = new AsyncDisposableStack();
const [first, second] = [createAuthority('first'), createAuthority('second')];
const day = 86_400_000;
let folder: string;
let api: Api;
let kubectl: Kubectl;

beforeAll(async () => {
  kubectl = await adminKubectl();
  folder = await mkdtemp(join(tmpdir(), 'pawl-certificate-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const files = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
  for (const file of Object.values(files)) await symlink(join('..data', file.slice(folder.length + 1)), file);
  await mount(first, 30 * day);
  api = stack.use(await startApi({ certificatesMs: 20, frontProxy: 'api-server', settings: files }));
  stack.use(await trust(first));
});
afterAll(() => stack.disposeAsync());

let mounted = 0;

/** A Secret changes as the kubelet changes it: certificate and key at one moment. */
async function mount(authority: Authority, endsInMs: number): Promise<void> {
  mounted += 1;
  const name = `..${mounted}`;
  const hosts = ['localhost', '127.0.0.1', apiServiceHost];
  const { certificate, key } = authority.issue({ commonName: String(mounted) }, 'server', hosts, endsInMs);
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, 'tls.crt'), certificate);
  await writeFile(join(folder, name, 'tls.key'), key);
  await symlink(name, join(folder, '..next'));
  await rename(join(folder, '..next'), join(folder, '..data'));
}

const bundle = (...authorities: Authority[]) => authorities.map(({ certificate }) => certificate).join('');

/** The bundle of the APIService. */
const trust = (...authorities: Authority[]) =>
  registerApiService({ kubectl }, { port: api.server.port, ca: bundle(...authorities) });

/** The name of the certificate that a client who trusts these is shown, or why it hangs up. */
function shown(...authorities: Authority[]): Promise<string> {
  return new Promise(resolve => {
    const to = { host: '127.0.0.1', port: api.server.port, ca: bundle(...authorities) };
    const socket = connect(to, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}
const inUse = (...authorities: Authority[]) =>
  until('the certificate is in use', 60_000, async () => (await shown(...authorities)) === String(mounted));

/** What the API server says of the registered API, or `answered`. */
const throughApiServer = () =>
  kubectl(['get', '--raw', `/apis/store.pawl.dev/v1alpha1/namespaces/${api.namespace}/configs`]).then(
    () => 'answered',
    (error: { stderr?: string }) => error.stderr ?? String(error),
  );
const answers = () =>
  until('the API server gets answers', 60_000, async () => {
    const said = await throughApiServer();
    if (said !== 'answered') throw new Error(said);
    return true;
  });

it('a renewed certificate is used without a restart, and its end is told', async () => {
  await answers();
  expect(api.server.certificateEnd).toBeLessThan(Date.now() + 31 * day);
  await mount(first, 90 * day);
  await inUse(first);
  expect(api.server.certificateEnd).toBeGreaterThan(Date.now() + 89 * day);
  await answers();
});

it('a certificate that has ended is refused by whoever verifies it, and the next one ends that', async () => {
  await mount(first, -60_000);
  await until('the certificate is in use', 60_000, async () => (await shown(first)) === 'CERT_HAS_EXPIRED');
  expect(api.server.certificateEnd).toBeLessThan(Date.now());
  await until('the API server refuses it', 60_000, async () =>
    (await throughApiServer()).includes('ServiceUnavailable'),
  );
  await mount(first, 90 * day);
  await inUse(first);
  await answers();
});

it('another authority leaves no gap where the bundle had it first', async () => {
  stack.use(await trust(first, second));
  await answers();
  const watching = new AbortController();
  const seen = (async () => {
    const said = new Set<string>();
    while (!watching.signal.aborted) {
      said.add(await shown(first, second));
      said.add(await throughApiServer());
    }
    return said;
  })();
  const before = String(mounted);
  await mount(second, 90 * day);
  await inUse(first, second);
  // Whoever trusts only the old one is refused.
  expect(await shown(first)).not.toBe(String(mounted));
  stack.use(await trust(second));
  await answers();
  watching.abort();
  expect([...(await seen)].sort()).toEqual([before, String(mounted), 'answered'].sort());
});
