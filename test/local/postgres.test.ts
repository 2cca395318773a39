/** PostgreSQL of our own: stopped, crashed and started again on the same port with the same data. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Postgres, startPostgres, withClient } from '../../local/postgres.ts';

let postgres: Postgres;
let url: string;
const rows = () => withClient(url, async client => (await client.query('select n from kept')).rows);

beforeAll(async () => {
  postgres = await startPostgres({ url: null });
  url = await postgres.createDatabase('a "quoted" name');
  await withClient(url, client => client.query('create table kept as select 1 as n'));
});
afterAll(() => postgres?.dispose());

it('is durable by default', async () => {
  const settings = await withClient(url, async client => (await client.query('show fsync')).rows);
  expect(settings).toEqual([{ fsync: 'on' }]);
});

it('keeps port and data over a stop, and refuses connections meanwhile', async () => {
  await postgres.stop();
  await expect(rows()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await postgres.start();
  expect(await rows()).toEqual([{ n: 1 }]);
});

it('recovers what was committed after a crash', async () => {
  await withClient(url, client => client.query('insert into kept values (2)'));
  await postgres.kill();
  await postgres.start();
  expect(await rows()).toEqual([{ n: 1 }, { n: 2 }]);
  expect(await readFile(postgres.log!, 'utf8')).toContain('automatic recovery in progress');
});

it('goes back to a backup that was taken while it ran, after its files are lost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pawl-backup-'));
  const backup = join(folder, 'data');
  try {
    await postgres.backup(backup);
    await withClient(url, client => client.query('insert into kept values (3)'));
    await expect(postgres.restore(backup)).rejects.toThrow('stop PostgreSQL');
    await postgres.kill();
    await postgres.restore(backup);
    await postgres.start();
    expect(await rows()).toEqual([{ n: 1 }, { n: 2 }]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('copies a template and drops a database somebody is connected to', async () => {
  const copy = await postgres.createDatabase('copy', { template: 'a "quoted" name' });
  await withClient(copy, async client => {
    expect((await client.query('select n from kept')).rowCount).toBe(2);
    await postgres.dropDatabase('copy');
    await expect(client.query('select 1')).rejects.toThrow();
  });
  await postgres.dropDatabase('copy');
});
