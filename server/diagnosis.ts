/**
 * What is well and what is not in the surroundings of a running server, in words that say what to do. Pure. Invariant: a
 * check says nothing of any config, so it may be told to whoever looks after Pawl and may read none of them.
 */
import type { Check } from '../api/types.gen.ts';
import { isStoreFailure } from '../history/settle/store-failure.ts';
import type { StoreFacts } from '../history/words/store-facts.ts';
import type { Clock } from '../runtime/clock.ts';

export interface Surroundings {
  /** null: the database does not answer. */
  readonly store: StoreFacts | null;
  /** Of the database, where it does not answer. */
  readonly storeFault: string;
  /** ms since 1970. */
  readonly certificateEnd: number;
  readonly nowMs: number;
}

const oldestMajor = 15;
const dayMs = 86_400_000;
const crowded = 0.8;
const skewMs = 5_000;

export function diagnose({ store, storeFault, certificateEnd, nowMs }: Surroundings): Check[] {
  const certificate = certificateCheck(certificateEnd, nowMs);
  if (!store) {
    const message = `The database does not answer: ${storeFault}`;
    return [certificate, { name: 'database', level: 'failure', message }];
  }
  return [
    certificate,
    databaseCheck(store),
    durabilityCheck(store),
    roleCheck(store),
    connectionsCheck(store),
    clockCheck(store, nowMs),
  ];
}

/** Asks the database; where it does not answer, that is the finding. */
export function surroundingsOf(
  facts: (signal: AbortSignal) => Promise<StoreFacts>,
  clock: Pick<Clock, 'now'>,
  certificateEnd: () => number,
): (signal: AbortSignal) => Promise<Surroundings> {
  return async signal => {
    const asked = await facts(signal).catch((error: unknown) => {
      signal.throwIfAborted();
      if (!isStoreFailure(error)) throw error;
      return error.message;
    });
    const [store, storeFault] = typeof asked === 'string' ? [null, asked] : [asked, ''];
    return { store, storeFault, certificateEnd: certificateEnd(), nowMs: clock.now().getTime() };
  };
}

function certificateCheck(end: number, now: number): Check {
  const days = Math.floor((end - now) / dayMs);
  const until = new Date(end).toISOString();
  const name = 'certificate';
  if (end <= now)
    return {
      name,
      level: 'failure',
      message: `The serving certificate ended at ${until}. Renew it; Pawl reads the new files within 10 s.`,
    };
  if (days < 14)
    return {
      name,
      level: 'warning',
      message: `The serving certificate ends at ${until}, in ${days} days. Is anything renewing it?`,
    };
  return { name, level: 'ok', message: `The serving certificate ends at ${until}, in ${days} days.` };
}

function databaseCheck({ serverVersion, major, sizeBytes, versions }: StoreFacts): Check {
  const name = 'database';
  if (major < oldestMajor)
    return {
      name,
      level: 'failure',
      message: `PostgreSQL ${serverVersion} is older than Pawl supports: ${oldestMajor} or later.`,
    };
  const size = `${(sizeBytes / 2 ** 20).toFixed(0)} MiB`;
  return {
    name,
    level: 'ok',
    message: `PostgreSQL ${serverVersion} answers; ${size}, about ${versions} versions.`,
  };
}

function durabilityCheck({ unsafe }: StoreFacts): Check {
  const name = 'durability';
  if (unsafe.length === 0)
    return { name, level: 'ok', message: 'What the database acknowledges is on its disk.' };
  const message = `${unsafe.join(' and ')} off in PostgreSQL: an acknowledged save can be lost when its machine fails. Turn ${unsafe.length === 1 ? 'it' : 'them'} on.`;
  return {
    name,
    level: 'failure',
    message: `${unsafe.length === 1 ? 'The setting' : 'The settings'} ${message}`,
  };
}

function roleCheck({ role, roleIs, mayDeleteVersions }: StoreFacts): Check {
  const name = 'role';
  const advice = 'Give Pawl a role that does not own its schema: docs/install.md, "Who migrates the schema".';
  if (roleIs === 'superuser')
    return {
      name,
      level: 'warning',
      message: `Pawl signs in to the database as ${role}, a superuser. ${advice}`,
    };
  if (roleIs === 'owner')
    return {
      name,
      level: 'warning',
      message: `Pawl signs in to the database as ${role}, which owns its schema and can rewrite the history. ${advice}`,
    };
  if (mayDeleteVersions)
    return {
      name,
      level: 'warning',
      message: `The database role ${role} may delete saved versions without Pawl's functions. Revoke DELETE on config_versions.`,
    };
  return { name, level: 'ok', message: `The database role ${role} cannot rewrite the history.` };
}

function connectionsCheck({ connections, maxConnections }: StoreFacts): Check {
  const name = 'connections';
  const message = `${connections} of the database's ${maxConnections} connections are in use.`;
  return connections > crowded * maxConnections
    ? { name, level: 'warning', message: `${message} Raise max_connections, or lower Pawl's pool.` }
    : { name, level: 'ok', message };
}

function clockCheck(store: StoreFacts, now: number): Check {
  const name = 'clock';
  const apart = Math.abs(store.nowMs - now);
  if (apart <= skewMs) return { name, level: 'ok', message: 'The clocks of Pawl and of the database agree.' };
  const seconds = (apart / 1_000).toFixed(0);
  return {
    name,
    level: 'warning',
    message: `The clocks of Pawl and of the database are ${seconds} s apart. Set both by NTP: times in the history are the database's.`,
  };
}
