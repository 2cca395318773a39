/**
 * The start of every npm script: `node local/bootstrap.mjs [script.ts [argument…]]` on whatever Node the machine has.
 * Installs the dependencies when they are not what package-lock.json says, then runs the script, if there is one, on
 * the Node 24 that comes with them. Plain JavaScript without dependencies, for it runs before there are any. Invariant:
 * the script's exit status is ours; when we die, it does.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');

/** Compares what npm noted down at the end of its last install with what is wanted now. */
function isInstalled() {
  try {
    const packagesOf = path => JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
    const wanted = packagesOf('package-lock.json');
    const present = packagesOf('node_modules/.package-lock.json');
    const same = (a, b) => a.version === b.version && a.integrity === b.integrity;
    return (
      existsSync(join(bin, 'node')) &&
      Object.entries(present).every(([path, one]) => path in wanted && same(one, wanted[path])) &&
      Object.entries(wanted).every(([path, one]) => path === '' || path in present || one.optional)
    );
  } catch {
    return false;
  }
}

async function install() {
  process.stderr.write('pawl: installing the dependencies (npm ci) …\n');
  const folder = mkdtempSync(join(tmpdir(), 'pawl-npm-'));
  const log = join(folder, 'npm-ci.log');
  const file = openSync(log, 'w');
  try {
    const npm = process.env.npm_execpath;
    const [command, args] = npm?.endsWith('js') ? [process.execPath, [npm, 'ci']] : ['npm', ['ci']];
    const { status } = await run(command, args, { cwd: root, stdio: ['ignore', file, file] });
    if (status !== 0 || !isInstalled()) {
      process.stderr.write(readFileSync(log, 'utf8'));
      throw new Error(
        `npm ci failed${status === 0 ? ' to install what package-lock.json says' : ` with ${status}`}`,
      );
    }
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a program to its end, handing on the signals that ask for ours. */
function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, options);
    // The terminal sends Ctrl-C to the child as well; twice would be once too often.
    const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map(signal => [
      signal,
      () => (signal === 'SIGINT' && process.stdin.isTTY) || child.kill(signal),
    ]);
    for (const [signal, handler] of handlers) process.on(signal, handler);
    // npm does not hand on its own death, and has a shell between itself and us.
    const above = ancestors();
    const watch = process.env.npm_lifecycle_event
      ? setInterval(() => ancestors() === above || child.kill('SIGTERM'), 1_000).unref()
      : undefined;
    const done = () => {
      clearInterval(watch);
      for (const [signal, handler] of handlers) process.off(signal, handler);
    };
    child.once('error', error => {
      done();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      done();
      resolve({ status: code ?? 128 + (constants.signals[signal] ?? 0) });
    });
  });
}

/** Our parent, and where the system tells it and it is npm's shell, the parent's parent. */
function ancestors() {
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
    const isShell = /\((sh|dash|bash)\)/.test(stat);
    return isShell
      ? `${process.ppid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]}`
      : `${process.ppid}`;
  } catch {
    return `${process.ppid}`;
  }
}

async function main() {
  const [script, ...args] = process.argv.slice(2);
  if (!isInstalled()) {
    mkdirSync(join(root, '.local'), { recursive: true });
    await withLock(join(root, '.local', 'npm-ci.lock'), async () => isInstalled() || (await install()), {
      onWait: holder => process.stderr.write(`pawl: waiting for npm ci of process ${holder} …\n`),
    });
  }
  if (!script) return 0;
  const lifeline = new URL('./lifeline.mjs', import.meta.url).href;
  const { status } = await run(join(bin, 'node'), ['--import', lifeline, script, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
      PAWL_LIFELINE: String(process.pid),
    },
  });
  return status;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`pawl: ${error.message}\n`);
  process.exitCode = 1;
}
