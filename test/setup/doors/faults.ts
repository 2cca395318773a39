/**
 * What is broken while writers write, by name. Invariant: each fault ends with everything running again, though not
 * with everything ready.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withClient } from '../../../local/postgres.ts';
import { until } from '../until.ts';
import type { Stage } from './stage.ts';
import { patienceMs, pick, type Random } from './writer.ts';

type Fault = (stage: Stage, random: Random) => Promise<void>;

/** The length of an outage is what is drawn, not a wait for something. */
const outage = (random: Random) => delay(1_000 + random(2_000));

/** A database that has just come back may be down again before this is asked. */
const asAdmin = (stage: Stage, sql: string) =>
  until('PostgreSQL takes a statement', patienceMs, () =>
    withClient(stage.postgres.url, async client => {
      const result = await client.query(sql);
      return [result].flat().at(-1)!.rows;
    }),
  );

const endSessions =
  "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'doors' AND pid <> pg_backend_pid()";

async function sometimesRestart(stage: Stage, random: Random): Promise<void> {
  if (random(3) === 0) await stage.killAndStartAll();
}

function stopped(how: (stage: Stage) => Promise<void>): Fault {
  return async (stage, random) => {
    await how(stage);
    await outage(random);
    await sometimesRestart(stage, random);
    await stage.postgres.start();
  };
}

/** A setting of the database, in force for the sessions that begin while it stands. */
function altered(set: string, reset: string): Fault {
  return async (stage, random) => {
    await asAdmin(stage, set);
    await asAdmin(stage, endSessions);
    await outage(random);
    await asAdmin(stage, reset);
    await asAdmin(stage, endSessions);
  };
}

/** The next saves lose their connection: before the server hears of them, or when it has committed them. */
function cut(mode: 'cut-reply' | 'cut-request'): Fault {
  return async ({ proxy }, random) => {
    const from = proxy.seen;
    const wanted = 3 + random(6);
    while (proxy.seen < from + wanted) {
      const before = proxy.seen;
      proxy.arm(mode, '# of w');
      await until('a save is cut', patienceMs, () => proxy.seen > before);
    }
    proxy.arm('pass', '');
  };
}

export const faults = {
  'a replica killed (kill -9)': async (stage, random) => {
    await pick(random, stage.replicas).killAndStart();
  },
  'both replicas killed at once': async stage => {
    await stage.killAndStartAll();
  },
  'the leader killed': async stage => {
    await (await stage.leader())?.killAndStart();
  },
  'the leader paused past its lease': async (stage, random) => {
    const leader = await stage.leader();
    if (!leader) return;
    process.kill(leader.pid, 'SIGSTOP');
    try {
      await delay(4_000 + random(3_000));
    } finally {
      process.kill(leader.pid, 'SIGCONT');
    }
  },
  'PostgreSQL stopped (fast shutdown)': stopped(({ postgres }) => postgres.stop()),
  'PostgreSQL stopped (immediate shutdown)': stopped(async stage => {
    const [{ data_directory: folder }] = await asAdmin(stage, 'SHOW data_directory');
    const [pid] = (await readFile(join(folder, 'postmaster.pid'), 'utf8')).split('\n');
    process.kill(Number(pid), 'SIGQUIT');
    await stage.postgres.stop();
  }),
  'PostgreSQL without power (kill -9 of all)': stopped(({ postgres }) => postgres.kill()),
  'a backend killed (kill -9), crash recovery': async stage => {
    const [backend] = await asAdmin(
      stage,
      `SELECT pid FROM pg_stat_activity WHERE datname = 'doors' LIMIT 1`,
    );
    if (backend) process.kill(Number(backend.pid), 'SIGKILL');
  },
  'all sessions ended by an administrator': async stage => {
    await asAdmin(stage, endSessions);
  },
  'connections cut before a save is heard': cut('cut-request'),
  'connections cut after a save, before its answer': cut('cut-reply'),
  'the network to PostgreSQL silent, then reset': async ({ proxy }, random) => {
    proxy.arm('black-hole', '');
    await outage(random);
    proxy.cut();
    proxy.arm('pass', '');
  },
  'the disk full (53100 on every insert)': async (stage, random) => {
    await withClient(stage.databaseUrl, client =>
      client.query(`CREATE FUNCTION public.full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON pawl.config_versions EXECUTE FUNCTION public.full()`),
    );
    await outage(random);
    await withClient(stage.databaseUrl, client => client.query('DROP FUNCTION public.full() CASCADE'));
  },
  'a table locked by somebody': async (stage, random) => {
    await withClient(stage.databaseUrl, async client => {
      await client.query('BEGIN; LOCK TABLE pawl.configs IN EXCLUSIVE MODE');
      await delay(4_000 + random(4_000));
      await client.query('ROLLBACK');
    });
  },
  'every statement times out (1 ms)': altered(
    "ALTER DATABASE doors SET statement_timeout = '1ms'",
    'ALTER DATABASE doors RESET statement_timeout',
  ),
  'the database read-only, as a standby': altered(
    'ALTER DATABASE doors SET default_transaction_read_only = on',
    'ALTER DATABASE doors RESET default_transaction_read_only',
  ),
  'the database takes no connections': altered(
    'ALTER DATABASE doors ALLOW_CONNECTIONS false',
    'ALTER DATABASE doors ALLOW_CONNECTIONS true',
  ),
  'the API server stopped': async (stage, random) => {
    await stage.controlPlane.stopApiServer(random(2) === 0 ? 'SIGTERM' : 'SIGKILL');
    await outage(random);
    await sometimesRestart(stage, random);
    await stage.controlPlane.startApiServer();
  },
  'the API server frozen': async (stage, random) => {
    await stage.controlPlane.pauseApiServer();
    await outage(random);
    await stage.controlPlane.resumeApiServer();
  },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

/** In the order of a seed; the short form takes the first ones. */
export function shuffled<T>(all: readonly T[], random: Random): T[] {
  const left = [...all];
  return all.map(() => left.splice(random(left.length), 1)[0]!);
}
