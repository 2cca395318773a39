/**
 * Every failure of the store as one error with a reason to switch on. Every error that leaves this room is a
 * StoreError, or the reason of the caller's own AbortSignal. Invariant: an error says whether the same call may succeed
 * if it is made again (`transient`), and never quotes the text of a config.
 */
import pg from 'pg';
import type { StoreFailure, StoreFailureReason } from '../words/store-failure.ts';

export class StoreError extends Error implements StoreFailure {
  override readonly name = 'StoreError';
  readonly reason: StoreFailureReason;
  readonly sqlstate: string | undefined;
  /** Making the same call again soon may succeed. */
  readonly transient: boolean;
  /** The connection it happened on must not be used again. */
  readonly connectionLost: boolean;
  readonly answered: boolean;

  constructor(
    reason: StoreFailureReason,
    message: string,
    options: { cause?: unknown; sqlstate?: string; transient?: boolean; connectionLost?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.sqlstate = options.sqlstate;
    this.transient = options.transient ?? false;
    this.connectionLost = options.connectionLost ?? false;
    this.answered = options.sqlstate !== undefined && !verdictOn(options.sqlstate).silent;
  }
}

interface Verdict {
  readonly reason: StoreFailureReason;
  readonly transient?: boolean;
  readonly connectionLost?: boolean;
  /** Of connections that break and servers that start or stop: what comes from them is not an answer. */
  readonly silent?: boolean;
}

const lost: Verdict = { reason: 'Unavailable', transient: true, connectionLost: true };
const down: Verdict = { ...lost, silent: true };
const contention: Verdict = { reason: 'Contention', transient: true };

/** By SQLSTATE, else by its class, the first two characters. */
const verdicts: Readonly<Record<string, Verdict>> = {
  '08': down,
  '22': { reason: 'Unstorable' },
  // A foreign key lost its other end between two statements of a save: the next try sees it gone.
  '23503': contention,
  // Two saves of one (uid, generation) for two configs: the next try sees the first.
  '23505': contention,
  // A standby, or a primary that was demoted: another connection may reach the new primary.
  '25006': lost,
  // This connection lost its prepared statements (a pooler, DISCARD) or its plans (a migration beside us).
  '26000': { reason: 'SchemaMismatch', transient: true, connectionLost: true },
  '0A000': { reason: 'SchemaMismatch', transient: true, connectionLost: true },
  // Bad credentials and a missing database are for a person to mend, but without a restart of ours.
  '28': { reason: 'Unavailable', connectionLost: true },
  '3D000': { reason: 'Unavailable', connectionLost: true },
  '3F000': { reason: 'SchemaMismatch' },
  '40001': contention,
  '40P01': contention,
  '42P01': { reason: 'SchemaMismatch' },
  '42703': { reason: 'SchemaMismatch' },
  '42883': { reason: 'SchemaMismatch' },
  // Out of disk or memory: trying again at once would make it worse.
  '53': { reason: 'Unavailable' },
  '53300': lost,
  '54': { reason: 'Unstorable' },
  // The database cannot be used at the moment: it is being created, dropped, or takes no connections.
  '55': lost,
  '55P03': contention,
  // statement_timeout, or somebody's pg_cancel_backend.
  '57014': { reason: 'Unavailable' },
  '57': down,
  '58': { reason: 'Unavailable', connectionLost: true },
};

const verdictOn = (sqlstate: string): Verdict =>
  verdicts[sqlstate] ?? verdicts[sqlstate.slice(0, 2)] ?? { reason: 'Internal' };

/** Turns any error of a query into a StoreError. */
export function toStoreError(error: unknown, doing: string): StoreError {
  if (error instanceof StoreError) return error;
  if (error instanceof TypeError || error instanceof RangeError || !(error instanceof Error)) {
    const message = `${doing}: ${String(error)}`;
    return new StoreError('Internal', message, { cause: error, connectionLost: true });
  }
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    const sqlstate = error.code;
    const verdict = verdictOn(sqlstate);
    const fatal = error.severity === 'FATAL' || error.severity === 'PANIC';
    return new StoreError(verdict.reason, `${doing}: ${advise(verdict.reason, error)}`, {
      ...verdict,
      connectionLost: fatal || (verdict.connectionLost ?? false),
      cause: error,
      sqlstate,
    });
  }
  const advice = tlsAdvice(error);
  // A certificate does not get better by asking again at once, and a person has to know.
  if (advice)
    return new StoreError('Unavailable', `${doing}: ${advice}`, { cause: error, connectionLost: true });
  // No SQLSTATE: the socket, TLS, DNS, or pg's own timeouts. The server said nothing about the statement.
  return new StoreError('Unavailable', `${doing}: no answer from PostgreSQL: ${error.message}`, {
    cause: error,
    transient: true,
    connectionLost: true,
  });
}

/** The schema may have another name than pawl; the role of operators is named after it. */
const grantAdvice =
  'Migrating creates a role for operators, pawl_operator for the schema pawl: as the role that migrated, run ' +
  'GRANT pawl_operator TO this role';

/** What to do about a TLS handshake that failed; null: it was not that. */
function tlsAdvice(error: Error): string | null {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `PostgreSQL's certificate is for another name than the one we asked for; use a host it names: ${error.message}`;
  }
  if (/^(SELF_SIGNED_CERT|DEPTH_ZERO_SELF|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_)/.test(code)) {
    return `PostgreSQL's certificate is not signed by the authority we trust; check its CA file: ${error.message} (${code})`;
  }
  if (error.message === 'The server does not support SSL connections') {
    return 'PostgreSQL has no TLS, and sslmode asks for it';
  }
  return null;
}

function advise(reason: StoreFailureReason, error: pg.DatabaseError): string {
  const said = `${error.message} (SQLSTATE ${error.code})`;
  switch (reason) {
    case 'Unstorable':
      return `PostgreSQL cannot store this value: ${said}`;
    case 'SchemaMismatch':
      return `the database schema is not the one this build needs; run the migrate command: ${said}`;
    default:
      return error.code === '42501'
        ? `the role of this connection lacks a right: ${said}. ${grantAdvice}`
        : said;
  }
}
