/** Reaching a PostgreSQL that has TLS on: what each sslmode accepts, certificates, and credentials that change. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseParts, problemOfTls, problemOfUrl } from '../../../history/store/credentials.ts';
import { migrate } from '../../../history/store/migrate.ts';
import type { PostgresStore } from '../../../history/store/store.ts';
import { type Postgres, startPostgres, withClient } from '../../../local/postgres.ts';
import { createAuthority } from '../../../local/x509.ts';
import { until } from '../../setup/until.ts';
import { givesUp, never, storeOn } from './fixtures.ts';

let postgres: Postgres;
let folder: string;
let parts: DatabaseParts;
const authority = createAuthority('right');
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pawl-tls-'));
  const server = authority.issue({ commonName: 'server' }, 'server', ['localhost']);
  const client = authority.issue({ commonName: 'byname' }, 'client');
  const contents = {
    'right.pem': authority.certificate,
    'wrong.pem': createAuthority('wrong').certificate,
    'client.pem': client.certificate,
    'client.key': client.key,
    password: 'first\n',
  };
  for (const [name, content] of Object.entries(contents)) await writeFile(file(name), content);
  postgres = await startPostgres({
    url: null,
    tls: {
      ...server,
      ca: authority.certificate,
      hba: [
        'hostssl all byname all cert',
        'hostssl all all all scram-sha-256',
        'host all postgres all scram-sha-256',
      ],
    },
  });
  await withClient(postgres.url, async client => {
    for (const statement of [
      "CREATE ROLE rotated LOGIN PASSWORD 'first'",
      'CREATE ROLE byname LOGIN',
      'CREATE DATABASE pawl OWNER rotated',
    ])
      await client.query(statement);
  });
  parts = {
    host: 'localhost',
    port: Number(new URL(postgres.url).port),
    database: 'pawl',
    user: 'rotated',
    passwordFile: file('password'),
    sslMode: 'verify-full',
    caFile: file('right.pem'),
    certFile: null,
    keyFile: null,
  };
});

afterAll(async () => {
  await postgres?.dispose();
  await rm(folder, { recursive: true, force: true });
});

const quick = { tries: 1, max: 1 };
const open = (more: Partial<DatabaseParts> = {}) => storeOn({ ...parts, ...more }, quick);

/** Whether the connection in use is encrypted, as the server says. */
async function reach(store: PostgresStore): Promise<boolean> {
  await store.ping(never);
  const rows = await withClient(postgres.url, async client => {
    const { rows } = await client.query<{ ssl: boolean }>(
      "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'pawl'",
    );
    return rows;
  });
  return rows.every(({ ssl }) => ssl);
}

async function refusal(
  store: PostgresStore,
): Promise<{ reason: string; message: string; transient: boolean }> {
  try {
    await store.ping(never);
  } catch (error) {
    return error as { reason: string; message: string; transient: boolean };
  } finally {
    await store.close();
  }
  throw new Error('it was not refused');
}

const url = (parameters: string, host = 'localhost') =>
  `postgres://rotated:first@${host}:${parts.port}/pawl?${parameters}`;

describe('verify-full', () => {
  it('accepts the right authority and name, for migrations as well', async () => {
    expect((await migrate({ database: parts }, never)).length).toBeGreaterThan(0);
    await using store = open();
    expect(await reach(store)).toBe(true);
  });

  it('has PostgreSQL give up a statement that nobody waits for any more', async () => {
    await using store = storeOn(parts, { ...quick, applicationName: 'impatient' });
    await givesUp(store, postgres.url);
  });

  it('refuses another authority, and says what to check', async () => {
    const error = await refusal(open({ caFile: file('wrong.pem') }));
    expect(error).toMatchObject({ reason: 'Unavailable', transient: false });
    expect(error.message).toMatch(/not signed by the authority we trust; check its CA file/);
  });

  it('refuses a certificate for another name, and says so', async () => {
    const error = await refusal(open({ host: '127.0.0.1' }));
    expect(error).toMatchObject({ reason: 'Unavailable', transient: false });
    expect(error.message).toMatch(/is for another name than the one we asked for/);
  });

  it('does not trust an authority that nobody named', async () => {
    expect((await refusal(open({ caFile: null }))).message).toMatch(/authority we trust/);
  });
});

describe('sslmode in a URL means what it means to libpq', () => {
  it.each(['sslmode=require', 'ssl=true'])('%s encrypts and verifies nothing', async mode => {
    await using store = storeOn(url(mode, '127.0.0.1'), quick);
    expect(await reach(store)).toBe(true);
  });

  it('require with an authority, and verify-ca, verify that and no name', async () => {
    for (const mode of ['require', 'verify-ca']) {
      await using store = storeOn(
        url(`sslmode=${mode}&sslrootcert=${file('right.pem')}`, '127.0.0.1'),
        quick,
      );
      expect(await reach(store)).toBe(true);
      const wrong = storeOn(url(`sslmode=${mode}&sslrootcert=${file('wrong.pem')}`, '127.0.0.1'), quick);
      expect((await refusal(wrong)).message).toMatch(/authority we trust/);
    }
  });

  it('verify-full verifies both', async () => {
    const mode = `sslmode=verify-full&sslrootcert=${file('right.pem')}`;
    await using store = storeOn(url(mode), quick);
    expect(await reach(store)).toBe(true);
    expect((await refusal(storeOn(url(mode, '127.0.0.1'), quick))).message).toMatch(/another name/);
  });

  it('none is verify-full once an authority or a certificate is named', async () => {
    const named = `sslrootcert=${file('right.pem')}`;
    await using store = storeOn(url(named), quick);
    expect(await reach(store)).toBe(true);
    expect((await refusal(storeOn(url(named, '127.0.0.1'), quick))).message).toMatch(/another name/);
    for (const parameters of [
      'sslrootcert=system',
      `sslcert=${file('client.pem')}&sslkey=${file('client.key')}`,
    ])
      expect((await refusal(storeOn(url(parameters), quick))).message).toMatch(/authority we trust/);
  });

  it('disable does not encrypt, and this server says that it wants that', async () => {
    const error = await refusal(storeOn(url('sslmode=disable'), quick));
    expect(error).toMatchObject({ reason: 'Unavailable', sqlstate: '28000' });
    expect(error.message).toMatch(/no encryption/);
  });

  it.each([
    ['postgres://h/d?sslmode=prefer', /sslmode=prefer.*one of disable, require/],
    ['postgres://a,b/d', /several hosts/],
    ['postgres://h/d?sslmode=verify-ca', /without the file of an authority/],
    ['postgres://h/d?sslmode=require&sslcert=x', /takes both/],
    ['mysql://h/d', /must be a URL such as/],
    ['postgres://h/d?sslmode=disable&sslrootcert=x', /turns TLS off.*verify-full/],
    ['postgres://h/d?ssl=false&sslcert=x&sslkey=x', /turns TLS off/],
    ['postgres://h/d?sslmode=require&sslrootcert=system', /sslrootcert=system.*use sslmode=verify-full/],
    ['postgres://h/d?sslmode=verify-ca&sslrootcert=system', /use sslmode=verify-full/],
    ['postgres://h/d?sslmode=disable&sslrootcert=system', /use sslmode=verify-full/],
    ['postgres://h/d?sslrootcert=system', null],
    ['postgres://u:p,w@h/d?sslmode=require', null],
    ['postgres://h/d', null],
  ])('%s is answered before anything is tried', (text, problem) => {
    if (problem === null) expect(problemOfUrl(text)).toBeNull();
    else expect(problemOfUrl(text)).toMatch(problem);
  });
});

describe('a client certificate', () => {
  const byName = { user: 'byname', passwordFile: null };

  it('is who we are, where the server asks for one', async () => {
    await using store = open({ ...byName, certFile: file('client.pem'), keyFile: file('client.key') });
    expect(await reach(store)).toBe(true);
    expect((await refusal(open(byName))).reason).toBe('Unavailable');
    expect(problemOfTls({ ...parts, certFile: 'x' })).toMatch(/takes both/);
    expect(problemOfTls({ ...parts, sslMode: 'disable' })).toMatch(/turns TLS off/);
  });
});

describe('a password', () => {
  it('that is rotated is used for the next connection, without a restart', async () => {
    await using store = open();
    await store.ping(never);
    const rotate = (password: string) =>
      withClient(postgres.url, async client => {
        await client.query(`ALTER ROLE rotated PASSWORD '${password}'`);
        await client.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'rotated'",
        );
      });
    await rotate('second');
    const fails = async () => {
      for (;;) {
        const error = await store.ping(never).then(
          () => null,
          (failure: { sqlstate?: string; message: string }) => failure,
        );
        // The first tries may only find the old connection cut, and say so.
        if (error?.sqlstate === '28P01') return error;
      }
    };
    const error = await fails();
    expect(error).toMatchObject({ reason: 'Unavailable', sqlstate: '28P01' });
    expect(error.message).not.toContain('first');
    await writeFile(file('password'), 'second\n');
    await store.ping(never);
    await rotate('first');
    await writeFile(file('password'), 'first\n');
  });

  it('whose file is missing is named by its file, and found as soon as it is there', async () => {
    await using store = open({ passwordFile: file('later') });
    await expect(store.ping(never)).rejects.toMatchObject({
      reason: 'Unavailable',
      message: expect.stringMatching(/password of PostgreSQL cannot be read from .*later: ENOENT/),
    });
    await writeFile(file('later'), 'first');
    await store.ping(never);
  });
});

describe('a server that only reads', () => {
  it('counts as away, not as a defect, until the address leads to a primary again', async () => {
    await using store = open();
    await store.ping(never);
    const set = (change: string) =>
      withClient(postgres.url, async client => {
        await client.query(`ALTER DATABASE pawl ${change}`);
        await client.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'rotated'",
        );
      });
    await set('SET default_transaction_read_only = on');
    const later = open();
    const error = await refusal(later);
    expect(error).toMatchObject({ reason: 'Unavailable', transient: true });
    expect(error.message).toMatch(/read-only.*must lead to the primary/);
    await set('RESET default_transaction_read_only');
    await using again = open();
    await again.ping(never);
  });

  it('is left when it turns so under an open connection', async () => {
    await migrate({ database: parts }, never);
    await using store = open();
    const write = () =>
      store.raiseFloor({ config: { namespace: 'n', path: 'p' }, format: 'yaml', seen: 1n }, never);
    await write();
    const set = (value: string) =>
      withClient(postgres.url, async client => {
        await client.query('SET default_transaction_read_only = off');
        await client.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
        await client.query('SELECT pg_reload_conf()');
      });
    await set('on');
    await until('writes are refused', 15_000, () =>
      write().then(
        () => false,
        (error: { reason: string; sqlstate: string }) => {
          expect(error).toMatchObject({ reason: 'Unavailable', sqlstate: '25006' });
          return true;
        },
      ),
    );
    await set('off');
    await until('writes are taken', 15_000, () => write().then(() => true));
  });
});
