/**
 * Credential plugins of a kubeconfig (client.authentication.k8s.io): a program that prints a token or a client
 * certificate. Invariant: it is run as it is named, without a shell, and gets our standard input only when a person is
 * at the terminal.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { CliError, codeOf } from './errors.ts';

export interface ExecPlugin {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly provideClusterInfo?: boolean;
  readonly interactiveMode?: string;
  readonly installHint?: string;
}

export interface ExecCredential {
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
}

export interface PluginSurroundings {
  /** Of the kubeconfig that names it. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly interactive: boolean;
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** As in the kubeconfig. */
  readonly cluster: Readonly<Record<string, unknown>>;
}

export async function runPlugin(
  plugin: ExecPlugin,
  surroundings: PluginSurroundings,
): Promise<ExecCredential> {
  const { command, apiVersion, args, env, provideClusterInfo, interactiveMode } = plugin;
  if (!command || !apiVersion)
    throw new CliError('Access', 'the kubeconfig names a credential plugin without command or apiVersion');
  const interactive = surroundings.interactive && interactiveMode !== 'Never';
  if (interactiveMode === 'Always' && !interactive) {
    throw new CliError('Access', `the credential plugin ${command} needs a terminal, and there is none`);
  }
  const spec = { interactive, ...(provideClusterInfo && { cluster: surroundings.cluster }) };
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec });
  const added = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
  const program = /[/\\]/.test(command) ? resolve(surroundings.folder, command) : command;
  const printed = await run(
    program,
    args ?? [],
    { ...surroundings.env, ...added, KUBERNETES_EXEC_INFO: info },
    { interactive, signal: surroundings.signal },
    plugin,
  );
  const credential = parseCredential(printed);
  if (credential === null)
    throw new CliError('Access', `the credential plugin ${command} did not print a credential`);
  return credential;
}

function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { interactive, signal: abort }: { interactive: boolean; signal: AbortSignal | undefined },
  { command = '', installHint }: ExecPlugin,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env,
      ...(abort && { signal: abort }),
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    });
    const chunks: Buffer[] = [];
    child.stdout?.on('data', chunk => chunks.push(chunk as Buffer));
    child.once('error', cause => {
      const hint = installHint ? `\n${installHint}` : '';
      const missing = codeOf(cause) === 'ENOENT' ? 'is not installed' : `cannot be run: ${codeOf(cause)}`;
      reject(new CliError('Access', `the credential plugin ${command} ${missing}${hint}`, { cause }));
    });
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(chunks).toString('utf8'));
      reject(new CliError('Access', `the credential plugin ${command} failed (${signal ?? `exit ${code}`})`));
    });
  });
}

function parseCredential(printed: string): ExecCredential | null {
  try {
    const { status } = JSON.parse(printed) as { status?: ExecCredential };
    if (status === undefined || status === null) return null;
    const complete =
      status.token !== undefined ||
      (status.clientCertificateData !== undefined && status.clientKeyData !== undefined);
    return complete ? status : null;
  } catch {
    return null;
  }
}
