/** Runs kubectl and answers with what it printed; a failure carries both streams. */
import { execFile } from 'node:child_process';

export interface KubectlResult {
  stdout: string;
  stderr: string;
}

export interface KubectlOptions {
  /** Fed to standard input, for `-f -`. */
  input?: string;
  /** Another user's, from userKubeconfig. */
  kubeconfig?: string;
  signal?: AbortSignal;
}

export class KubectlError extends Error {
  override readonly name = 'KubectlError';
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;

  constructor(args: readonly string[], result: KubectlResult & { code: number | null }, cause: unknown) {
    super(`kubectl ${args.join(' ')} failed with ${result.code}: ${result.stderr.trim()}`, { cause });
    this.code = result.code;
    this.stdout = result.stdout;
    this.stderr = result.stderr;
  }
}

export function runKubectl(
  kubectl: string,
  kubeconfig: string,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<KubectlResult> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      kubectl,
      [...args],
      {
        env: {
          ...process.env,
          KUBECONFIG: options.kubeconfig ?? kubeconfig,
          KUBECACHEDIR: `${kubeconfig}.cache`,
        },
        maxBuffer: 256 * 1024 * 1024,
        ...(options.signal ? { signal: options.signal } : {}),
      },
      (error, stdout, stderr) => {
        if (!error) return resolve({ stdout, stderr });
        const code = typeof error.code === 'number' ? error.code : null;
        reject(new KubectlError(args, { stdout, stderr, code }, error));
      },
    );
    child.stdin?.on('error', () => {}); // kubectl may end before it has read everything; its status says why
    child.stdin?.end(options.input ?? '');
  });
}

export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<KubectlResult>;
