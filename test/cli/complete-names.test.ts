/** How long whoever pressed the key waits for names. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { namesFrom } from '../../cli/complete-names.ts';
import { until } from '../setup/until.ts';

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('a credential plugin that never ends is given up, and ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pawl-names-'));
  try {
    const [plugin, pid, KUBECONFIG] = ['plugin', 'pid', 'config'].map(name => join(folder, name)) as [
      ...[string, string, string],
    ];
    writeFileSync(plugin, `#!/bin/sh\necho $$ > '${pid}.new'\nmv '${pid}.new' '${pid}'\nexec sleep 3600\n`);
    chmodSync(plugin, 0o755);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' };
    writeFileSync(
      KUBECONFIG,
      JSON.stringify({
        'current-context': 'here',
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'u', user: { exec } }],
        contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
      }),
    );
    const names = namesFrom({ ...process.env, KUBECONFIG, PAWL_SERVER: undefined }, 'test', 1_000);
    await expect(names.namespaces(new Map())).rejects.toMatchObject({ name: 'TimeoutError' });
    // A machine so busy that it was not even started has nothing to end.
    if (existsSync(pid)) {
      const started = Number(readFileSync(pid, 'utf8'));
      await until('the plugin has ended', 10_000, async () => !alive(started));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
