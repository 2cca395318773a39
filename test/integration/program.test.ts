/** The operator as a program: its commands, its doors, how it starts and how it ends. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';

const main = fileURLToPath(new URL('../../operator/main.ts', import.meta.url));
let database: TestDatabase;
let kube: Kube;

beforeAll(async () => {
  database = await createTestDatabase();
  kube = await Kube.open(inject('kubeconfig'));
});

afterAll(async () => {
  await kube?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

const environment = (url = database.url) => ({ KUBECONFIG: inject('kubeconfig'), DATABASE_URL: url });

async function run(
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const done = await promisify(execFile)(process.execPath, [main, ...args], {
      env: { PATH: process.env.PATH, ...env },
    });
    return { code: 0, ...done };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

describe('the program', () => {
  it('says what is wrong with its settings and exits with 2', async () => {
    const { code, stderr } = await run(['--workers', '0'], environment());
    expect(code).toBe(2);
    expect(stderr).toContain('PAWL_WORKERS');
  });

  it('refuses to run on an old schema where it may not migrate', async () => {
    const { code, stdout } = await run(['--migrate', 'never'], {
      ...environment(),
      PAWL_HTTP_ADDR: '127.0.0.1:0',
    });
    expect(code).toBe(1);
    expect(stdout).toContain('SchemaMismatch');
  });

  it('migrates and exits, and finds nothing to do the second time', async () => {
    const first = await run(['migrate'], environment());
    expect(first.code).toBe(0);
    expect(first.stdout).toContain('migrated');
    const second = await run(['migrate'], environment());
    expect(second.code).toBe(0);
    expect(second.stdout).toContain('the schema is current');
  });

  it('shows no password in its log', async () => {
    const url = 'postgres://pawl:hunter2@127.0.0.1:1/pawl';
    const { code, stdout, stderr } = await run(['migrate'], environment(url));
    expect(code).toBe(1);
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('answers probes and metrics in the names dashboards know', async () => {
    await using operator = await startOperator({ ...environment(), PAWL_MIGRATE: 'never' });
    const get = async (path: string) => {
      const response = await fetch(`http://${operator.httpAddr}${path}`);
      return { status: response.status, text: await response.text() };
    };
    expect(await get('/healthz')).toEqual({ status: 200, text: 'ok\n' });
    expect(await get('/readyz')).toEqual({ status: 200, text: 'ok\n' });
    expect((await get('/nothing')).status).toBe(404);
    const { text } = await get('/metrics');
    for (const name of [
      'controller_runtime_reconcile_total',
      'workqueue_depth',
      'rest_client_requests_total',
      'pawl_dependency_up',
    ]) {
      expect(text).toContain(`# TYPE ${name} `);
    }
  });

  it('finishes what it has in hand on SIGTERM, exits with 0, and logs one line per reconcile without any text', async () => {
    const namespace = await kube.namespace('term');
    const operator = await startOperator(environment(), { replicas: 1 });
    const names = Array.from({ length: 40 }, (_, index) => `c${index}`);
    await Promise.all(
      names.map(name => kube.propose(namespace, name, { path: `${name}.yaml`, body: 'word: sesame\n' })),
    );
    const { code } = await operator.stop();
    expect(code).toBe(0);

    const lines = (await operator.logs())
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ msg: 'stopped', abandoned: 0 });
    expect(await operator.logs()).not.toContain('sesame');
    const reconciled = lines.filter(
      ({ msg, object }) => msg === 'reconciled' && object.startsWith(namespace),
    );
    for (const line of reconciled) {
      expect(line).toMatchObject({
        level: 'info',
        config: expect.any(String),
        generation: 1,
        outcome: 'Saved',
        ms: expect.any(Number),
      });
    }
    const saved = await database.query(
      'select 1 from pawl.config_versions v join pawl.configs c on c.id = v.config_id where c.namespace = $1',
      [namespace],
    );
    const ready = (await kube.configVersions(namespace)).filter(({ status }) => status.version === '1');
    expect(saved.length).toBe(ready.length);
  });
});
