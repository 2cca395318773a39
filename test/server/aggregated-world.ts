/**
 * What the tests of the aggregated API share: the HTTP API registered with the run's API server, which holds one such
 * registration at a time, a few configs in a namespace of its own, and kubectl.
 */
import { registerApiService } from '../../local/api-service.ts';
import type { Kubectl, KubectlError } from '../../local/kubectl.ts';
import { type Api, startApi } from '../setup/api.ts';
import { adminKubectl } from '../setup/chart.ts';

export const root = '/apis/store.pawl.dev/v1alpha1';

export interface Aggregated extends AsyncDisposable {
  readonly api: Api;
  readonly admin: Kubectl;
  /** What it prints, in the namespace of the test, as the administrator. */
  readonly kubectl: (...args: string[]) => Promise<string>;
}

/** Three versions of `limits/eu.yaml`, one each of `limits/us.json` and `a=b`. */
export async function startAggregated(): Promise<Aggregated> {
  await using stack = new AsyncDisposableStack();
  const api = stack.use(await startApi({ frontProxy: 'api-server' }));
  const admin = await adminKubectl();
  const service = stack.use(
    await registerApiService({ kubectl: admin }, { port: api.server.port, ca: api.ca }),
  );
  const save = (path: string, body_raw: string, more = {}) =>
    api.ask(`/configs/${api.namespace}/${path}`, { method: 'PUT', body: { body_raw, ...more } });
  await save('limits/eu.yaml', 'cap: 1\n', { comment: 'first' });
  await save('limits/eu.yaml', 'cap: 2\n', {
    base_version: 1,
    comment: 'second',
    git: { commit: '0123456789abcdef' },
  });
  await save('limits/eu.yaml', 'cap: 3\nfloor: 1\n', { base_version: 2 });
  await save('limits/us.json', '{"cap": 1}\n', { format: 'json' });
  await save('a=b', 'n: 1\n');
  await service.available();
  const end = stack.move();
  return {
    ...{ api, admin },
    kubectl: async (...args) => (await admin([...args, '--namespace', api.namespace])).stdout,
    [Symbol.asyncDispose]: () => end.disposeAsync(),
  };
}

/** The cells of a table that kubectl printed. */
export function lines(text: string): string[][] {
  return text
    .trimEnd()
    .split('\n')
    .map(line => line.split(/ {2,}|\t/).map(cell => cell.trim()));
}

/** What a call is refused with; `allowed` when it is not. */
export function refusalOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'allowed',
    error => (error as KubectlError).stderr,
  );
}
