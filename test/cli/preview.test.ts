/** What the command line shows of manifests that are not applied yet, and of objects whose text is not live. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startHttpsServer } from './https-server.ts';
import { pawl } from './world.ts';

const manifest = (name: string, more = '') => `apiVersion: pawl.dev/v1alpha1
kind: ConfigVersion
metadata: {name: ${name}, namespace: payments, annotations: {team: risk}}
spec:
  path: limits.yaml
  format: yaml
  body: |
    cap: 1500
${more}---
`;
const config = { namespace: 'payments', path: 'limits.yaml' };
const merged = {
  ...{ namespace: 'payments', name: 'a', config, format: 'yaml', exists: true, outcome: 'merged' },
  ...{ reason: 'Merged', message: 'Would be merged.', version: 3, change: '--- version 2\n+++ version 3\n' },
};
const clash = {
  ...{ namespace: 'payments', name: 'b', config, format: 'yaml', exists: false, outcome: 'refused' },
  ...{ reason: 'VersionConflict', message: 'Changed by \u001b[31mboth.' },
  places: [{ kind: 'EditEdit', path: 'cap', changed_in: 2, changed_by: 'bob', current: '2', proposed: '3' }],
};

async function previewed(text: string, ...args: string[]) {
  await using server = await startHttpsServer(({ url = '' }) => ({
    body: url.includes('/b/') ? clash : url.startsWith('/drift') ? { items: [] } : merged,
  }));
  const file = join(server.folder, 'all.yaml');
  writeFileSync(file, text);
  const env = { PAWL_SERVER: server.url, PAWL_CA: server.ca, PAWL_TOKEN: 'a-token' };
  const ran = await pawl({ cwd: server.folder, env }, 'preview', '-f', file, ...args);
  return { ...ran, asked: server.asked.map(({ method, url }) => `${method} ${url}`) };
}

test('each ConfigVersion of a manifest is asked about, other kinds are not, and one that is refused makes the status 3', async () => {
  const other = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n---\n';
  const { exit, out, asked } = await previewed(manifest('a') + other + manifest('b'));
  expect(asked).toEqual(['POST /proposals/payments/a/preview', 'POST /proposals/payments/b/preview']);
  expect(exit).toBe(3);
  expect(out).toContain('payments/a (payments/limits.yaml): Merged: Would be merged.\n--- version 2\n');
  expect(out).toContain('    version 2: 2\n    yours: 3\n');
  expect(out).not.toContain('\u001b');
  const one = await previewed(manifest('a'), '-o', 'json');
  expect(one).toMatchObject({ exit: 0 });
  expect(JSON.parse(one.out)).toEqual({ previews: [merged] });
});

test('a manifest that cannot be read, or has no ConfigVersion, is an error that says so', async () => {
  expect(await previewed('a: [')).toMatchObject({ exit: 2, err: expect.stringContaining('cannot be read') });
  expect(await previewed('kind: ConfigMap\n')).toMatchObject({
    ...{ exit: 2, err: expect.stringContaining('no ConfigVersion') },
  });
  const nowhere = manifest('a').replace(', namespace: payments', '');
  expect(await previewed(nowhere)).toMatchObject({ exit: 2, err: expect.stringContaining('-n NAMESPACE') });
  expect((await previewed(nowhere, '-n', 'shop')).asked).toEqual(['POST /proposals/shop/a/preview']);
});

test('drift lists each object with its version, the live one, since when and whose it is', async () => {
  const item = {
    ...{ namespace: 'payments', name: 'limits', uid: 'u', config, format: 'yaml', reason: 'Superseded' },
    ...{ message: 'Version 4 by bob\u001b[0m came after.', version: 3, superseded_by: 4, live_version: 5 },
    ...{ since: '2026-01-01T00:00:00Z', git: { commit: 'abcdef1' } },
  };
  const list = async (items: object[], ...args: string[]) => {
    await using server = await startHttpsServer(() => ({ body: { items } }));
    const env = { PAWL_SERVER: server.url, PAWL_CA: server.ca, PAWL_TOKEN: 'a-token' };
    return await pawl({ cwd: server.folder, env }, 'drift', ...args);
  };
  const { out, exit } = await list([item], '-n', 'payments');
  expect(exit).toBe(0);
  expect(out).not.toContain('\u001b');
  expect(out).toMatch(
    /^OBJECT +CONFIG +VERSION +LIVE +SINCE +WHY\npayments\/limits +payments\/limits.yaml +3 +5 +.* 2026-01-01 +Version 4 by bob/,
  );
  expect((await list([item], '-o', 'wide')).out).toContain('abcdef1');
  expect(JSON.parse((await list([item], '-o', 'json')).out)).toEqual({ objects: [item] });
  expect(await list([])).toMatchObject({
    exit: 0,
    out: '',
    err: expect.stringContaining('kubectl pawl waiting'),
  });
});
