/**
 * `npm run bench:cli`: how long the compiled command line takes from start to end, next to a bare `node -e 0` of
 * the same run: `--help`, and `status` of 100 files over TLS from a server that answers at once. Prints the medians,
 * their ratios, and the CPU each takes, which other work on the machine does not change.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCli } from '../cli/build.ts';
import { createAuthority } from '../local/x509.ts';
import { spreadOf } from './statistics.ts';
import { sha256 } from './workload.ts';

const runs = 15;
const files = 100;

interface Took {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Reports its own CPU at its end, on the descriptor opened for it. */
const reporter = `data:text/javascript,${encodeURIComponent(`
import { writeSync } from 'node:fs';
process.on('exit', () => { const { user, system } = process.cpuUsage(); writeSync(3, String((user + system) / 1000)); });
`)}`;

function take(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv, expected: number): Promise<Took> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, ['--import', reporter, ...args], {
      cwd,
      env,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    let cpu = '';
    let said = '';
    child.stdio[3]?.on('data', chunk => {
      cpu += String(chunk);
    });
    child.stderr?.on('data', chunk => {
      said += String(chunk);
    });
    child.once('error', reject);
    child.once('close', code => {
      const wallMs = performance.now() - start;
      if (code === expected) resolve({ wallMs, cpuMs: Number(cpu) });
      else reject(new Error(`${args.join(' ')} ended with ${code}: ${said}`));
    });
  });
}

const folder = mkdtempSync(join(tmpdir(), 'pawl-bench-cli-'));
const authority = createAuthority('bench-ca');
const { certificate: cert, key } = authority.issue({ commonName: 'bench' }, 'server', ['127.0.0.1']);
const items = Array.from({ length: files }, (_, index) => {
  const path = `folder-${index % 10}/config-${index}.yaml`;
  const text = `name: config-${index}\nvalues: [${Array.from({ length: 100 }, (_, n) => n).join(', ')}]\n`;
  const file = join(folder, 'config', path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  const config = { namespace: 'payments', path, format: 'yaml', latest_version: 1 };
  const facts = {
    created_at: '2026-01-01T00:00:00Z',
    created_by: '',
    actor: 'ada',
    actor_verified: true,
    comment: '',
  };
  const latest = {
    version: 1,
    content_sha256: sha256(text),
    ...facts,
    kind: 'direct',
    base_version: null,
    git: {},
  };
  return { kind: 'config', path, config, latest };
});
const server = createServer({ cert, key }, (_request, response) => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ items }));
});
try {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  writeFileSync(join(folder, 'ca.crt'), authority.certificate);
  writeFileSync(join(folder, 'pawl.yaml'), 'folders:\n  config: payments\n');
  const { port } = server.address() as AddressInfo;
  const env = {
    ...process.env,
    ...{ PAWL_SERVER: `https://127.0.0.1:${port}`, PAWL_CA: join(folder, 'ca.crt'), PAWL_TOKEN: 'bench' },
    NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
  };
  const main = join(buildCli(), 'cli', 'main.js');
  const measured = {
    'node -e 0': ['-e', '0'],
    '--help': [main, '--help'],
    'status of 100 files': [main, 'status'],
  };
  const took = new Map<string, Took[]>(Object.keys(measured).map(name => [name, []]));
  // One after the other in turns, so that whatever else the machine does meets all of them. The first is warm-up.
  for (let run = -1; run < runs; run++) {
    for (const [name, args] of Object.entries(measured)) {
      const one = await take(args, folder, env, 0);
      if (run >= 0) took.get(name)!.push(one);
    }
  }
  const median = (name: string, value: keyof Took) => spreadOf(took.get(name)!.map(one => one[value])).median;
  for (const name of Object.keys(measured)) {
    const [wall, cpu] = [median(name, 'wallMs'), median(name, 'cpuMs')];
    const ratio = wall / median('node -e 0', 'wallMs');
    const fastest = spreadOf(took.get(name)!.map(one => one.wallMs)).min;
    console.log(
      `${name.padEnd(20)} median ${wall.toFixed(0).padStart(5)} ms  fastest ${fastest.toFixed(0).padStart(4)} ms  cpu ${cpu.toFixed(0).padStart(4)} ms  ${ratio.toFixed(1)} × node -e 0`,
    );
  }
} finally {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
}
