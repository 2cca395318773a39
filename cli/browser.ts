/** Opens a URL in the person's own browser. Invariant: the URL is one argument of one program, and no shell reads it. */
import { spawn } from 'node:child_process';

type Env = Readonly<Record<string, string | undefined>>;

function openerOf(env: Env, platform: NodeJS.Platform): readonly [string, ...string[]] {
  if (env.BROWSER) return [env.BROWSER];
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  return ['xdg-open'];
}

/** False: no browser could be started. */
export function openBrowser(url: string, env: Env, platform = process.platform): Promise<boolean> {
  const [program, ...args] = openerOf(env, platform);
  return new Promise(resolve => {
    const child = spawn(program, [...args, url], {
      ...{ stdio: 'ignore', detached: true },
      env: env as NodeJS.ProcessEnv,
    });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
