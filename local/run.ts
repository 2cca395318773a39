/**
 * `npm run local -- [--operator] [-- COMMAND ARG…]`: a control plane and PostgreSQL for as long as COMMAND runs,
 * or, without one, until Ctrl-C. Exits with COMMAND's status. Invariant: everything started here is gone before
 * this program is.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { buildPage } from '../ui/build.ts';
import { installAdmission, installWebhook, requestedBy } from './admission.ts';
import { prepareApi } from './api.ts';
import { registerApiService } from './api-service.ts';
import { writeCommands } from './commands.ts';
import { startControlPlane } from './control-plane.ts';
import { crdFolder } from './crds.ts';
import { Keeper } from './keeper.ts';
import { startOperator } from './operator.ts';
import { startPostgres } from './postgres.ts';

const USAGE = `usage: npm run local -- [--operator] [-- COMMAND ARG…]

Starts a Kubernetes control plane and PostgreSQL, sets KUBECONFIG, DATABASE_URL and PATH (kubectl, pawl) for COMMAND,
runs it, takes everything down again, and exits with its status. Without COMMAND: stays until Ctrl-C.

  --operator  also installs the CRDs and admission policies and starts the operator with its HTTP API, and
              registers it for kubectl (kubectl get configs); sets
              PAWL_SERVER (its URL), PAWL_CA (the authority to trust, a file) and PAWL_TOKEN (an editor's), too`;

interface Arguments {
  operator: boolean;
  help: boolean;
  command: string[];
}

export function parseArguments(args: readonly string[]): Arguments {
  const parsed: Arguments = { operator: false, help: false, command: [] };
  for (const [index, arg] of args.entries()) {
    if (arg === '--') return { ...parsed, command: args.slice(index + 1) };
    if (!arg.startsWith('-')) return { ...parsed, command: args.slice(index) };
    if (arg === '--operator') parsed.operator = true;
    else if (arg === '--help' || arg === '-h') parsed.help = true;
    else throw new Error(`unknown option ${arg}\n\n${USAGE}`);
  }
  return parsed;
}

const tell = (line: string) => process.stderr.write(`${line}\n`);

interface Parts {
  /** What COMMAND gets into its environment. */
  settings: Record<string, string>;
  /** Of kubectl and pawl, for PATH. */
  folders: readonly string[];
}

async function startParts(operator: boolean): Promise<Parts> {
  tell('pawl: starting a control plane and PostgreSQL …');
  const crds = operator ? { crds: crdFolder } : {};
  const [plane, postgres] = await Promise.all([startControlPlane(crds), startPostgres()]);
  const settings: Record<string, string> = {
    KUBECONFIG: plane.kubeconfig,
    DATABASE_URL: postgres.ours ? await postgres.createDatabase('pawl') : postgres.url,
  };
  if (operator) {
    const { KUBECONFIG = '', DATABASE_URL = '' } = settings;
    const PAWL_REQUESTED_BY = requestedBy(plane, await installAdmission(plane));
    const api = await prepareApi(plane);
    await buildPage();
    const env = { KUBECONFIG, DATABASE_URL, PAWL_REQUESTED_BY, PAWL_UI: 'true', ...api.operator };
    const { httpAddr, log } = await startOperator(env);
    if (PAWL_REQUESTED_BY === 'stamp') await installWebhook(plane, api.service);
    // An API server somewhere else does not find this machine by the name localhost.
    if (plane.logs !== undefined) await (await registerApiService(plane, api.service)).available();
    Object.assign(settings, { PAWL_HTTP_ADDR: httpAddr, ...api.client });
    tell(`pawl: the operator is ready; its log is ${log}`);
    tell(`pawl: the web page is at ${api.client.PAWL_SERVER}/ui/`);
    tell('pawl: sign in there with the token in PAWL_TOKEN, or open the page signed in: pawl ui');
  }
  const folder = await mkdtemp(join(tmpdir(), 'pawl-local-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return { settings, folders: [await writeCommands(folder), plane.binaries] };
}

async function main(args: readonly string[], interrupted: Promise<NodeJS.Signals>): Promise<number> {
  const { operator, help, command } = parseArguments(args);
  if (help) {
    tell(USAGE);
    return 0;
  }
  // Interrupted before there is anything to run: what has been started so far is taken down all the same.
  const parts = await Promise.race([startParts(operator), interrupted]);
  if (typeof parts === 'string') return 128 + constants.signals[parts];
  const { settings, folders } = parts;
  if (command.length > 0) {
    return runCommand(command, {
      ...process.env,
      ...settings,
      PATH: [...folders, process.env.PATH ?? ''].join(delimiter),
    });
  }
  for (const [name, value] of Object.entries(settings)) console.log(`export ${name}='${value}'`);
  console.log(`export PATH="${folders.join(':')}:$PATH"`);
  tell('pawl: ready. Paste the lines that begin with export into another terminal; Ctrl-C here ends it.');
  const stayAlive = setInterval(() => {}, 60_000);
  await interrupted;
  clearInterval(stayAlive);
  return 0;
}

/** In our own process group and on our terminal, so that a person can type into it. */
async function runCommand([command = '', ...args]: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const keeper = await Keeper.open('command');
  return new Promise<number>((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env });
    const { pid } = child;
    if (pid !== undefined) void keeper.adopt(pid).catch(() => {});
    const pass = (signal: NodeJS.Signals) => child.kill(signal);
    // The terminal sends Ctrl-C to the command as well; twice would be once too often.
    const signals: NodeJS.Signals[] = process.stdin.isTTY
      ? ['SIGTERM', 'SIGHUP']
      : ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, pass);
    child.once('error', error => {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT') return reject(error);
      tell(`pawl: there is no command ${command}`);
      resolve(127);
    });
    child.once('exit', (code, signal) => {
      if (pid !== undefined) void keeper.disown(pid).catch(() => {});
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}

if (import.meta.main) {
  const interrupted = Promise.withResolvers<NodeJS.Signals>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => interrupted.resolve(signal));
  try {
    process.exitCode = await main(process.argv.slice(2), interrupted.promise);
  } catch (error) {
    tell(`pawl: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  } finally {
    await Keeper.closeAll();
  }
  // Otherwise an interrupted start would keep the process alive with what it still waits for.
  process.exit();
}
