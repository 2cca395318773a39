/** `npm run demo`, as somebody has it who came a minute ago: it ends with what to type, and what it says to type works. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { until } from '../setup/until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('names its folder, serves the API, has pawl on the PATH, and what it suggests to try works as it stands', async () => {
  const { DATABASE_URL: _, ...env } = process.env;
  const demo = spawn(process.execPath, ['local/bootstrap.mjs', 'local/demo.ts'], {
    ...{ cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] },
  });
  let said = '';
  demo.stdout!.on('data', data => {
    said += data;
  });
  try {
    // Its story waits for everything it shows; how long that takes is the machine's.
    await until('the demo ends its story', 240_000, () => {
      if (demo.exitCode !== null) throw new Error(said);
      return /kubectl describe .*\n/.test(said);
    });
    const [, folder = ''] = said.match(/The manifests are in (\S+)\. /) ?? [];
    const [prepare = ''] = said.match(/^ {2}export PATH=.*$/m) ?? [];
    const things = [...said.matchAll(/^ {2}(\S.*?) {2,}# .*$/gm)].map(([, command]) => command!);
    expect(things).toHaveLength(3);
    const run = (command: string) =>
      new Promise<string>((resolve, reject) =>
        execFile(
          'bash',
          ['-c', `${prepare}\ncd ${folder}\n${command}`],
          { env: { ...env, EDITOR: "sed -i 's/fee: .*/fee: 0.3/'" } },
          (error, out, err) => (error ? reject(new Error(`${command}: ${err}`)) : resolve(out + err)),
        ),
      );
    expect(await run('ls')).toContain('ada.yaml');
    const [blame, edit, describe] = things as [string, string, string];
    expect(await run(blame)).toContain('cap: 1500');
    // An editor needs a terminal, which python3 holds (test/cli/pty.ts).
    const atTerminal = "python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])'";
    expect(await run(`${atTerminal} ${edit} --yes`)).toContain('saved as version 5');
    expect(await run(describe)).toContain('limits/eu.yaml');
    expect(await run('kubectl pawl --version && kubectl get configs -n payments')).toContain(
      'limits:eu.yaml',
    );
    expect(existsSync(folder)).toBe(true);
    demo.kill('SIGINT');
    await once(demo, 'exit');
    expect(existsSync(folder)).toBe(false);
  } finally {
    demo.kill('SIGINT');
  }
});
