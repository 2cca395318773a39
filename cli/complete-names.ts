/**
 * Names for the shell, from the server that the half-typed line means. Invariant: completion asks the person nothing,
 * and it answers within a moment or gives up.
 */
import type { Env } from './asking.ts';
import type { Client } from './client.ts';
import type { Names } from './complete.ts';

/** More than anybody reads when they are shown at once. */
const most = 500;

/** @param patienceMs for all of one answer, credential plugins included */
export function namesFrom(env: Env, version: string, patienceMs = 3_000): Names {
  async function ask(
    options: ReadonlyMap<string, string>,
    question: (client: Client) => Promise<readonly string[]>,
  ): Promise<readonly string[]> {
    const [{ Client }, { openPawl }] = await Promise.all([import('./client.ts'), import('./access.ts')]);
    const [server, ca] = [options.get('--server'), options.get('--ca')];
    const [kubeconfig, context] = [options.get('--kubeconfig'), options.get('--context')];
    const signal = AbortSignal.timeout(patienceMs);
    const asking = { env, userAgent: `pawl-cli/${version}`, interactive: false, signal };
    const sleep = async (): Promise<void> => {
      throw new Error('a completion is not tried twice');
    };
    const answer = async (): Promise<readonly string[]> => {
      const transport = await openPawl({ server, ca, kubeconfig, context }, asking);
      try {
        return await question(
          new Client({ transport, signal, newKey: () => '', sleep, monotonic: () => performance.now() }),
        );
      } finally {
        transport.close();
      }
    };
    // Not everything on the way listens to a signal.
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    return Promise.race([answer(), late]);
  }
  return {
    namespaces: options => ask(options, async client => (await client.namespaces()).map(({ name }) => name)),
    paths: (namespace, prefix, options) =>
      ask(options, async client => (await client.step(namespace, prefix, most)).map(({ path }) => path)),
  };
}
