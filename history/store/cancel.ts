/**
 * Tells PostgreSQL that nobody waits for a statement any more, so that it does not run until its timeout. As in libpq,
 * over a connection of its own that sends nothing else. Invariant: never rejects and never waits for long: a statement
 * that could not be cancelled ends by statement_timeout.
 */
import pg from 'pg';
import type { Clock } from '../../runtime/clock.ts';

/** What node-postgres knows of a connection but its types do not declare. */
interface Wire {
  readonly host: string;
  readonly port: number;
  readonly ssl: pg.ClientConfig['ssl'];
  readonly processID: number | null;
  readonly secretKey: number | null;
  readonly connection: {
    readonly stream: { destroy(): void };
    connect(port: number | string, host?: string): void;
    requestSsl(): void;
    cancel(processID: number, secretKey: number): void;
    on(event: 'connect' | 'sslconnect' | 'error' | 'end', heard: () => void): void;
  };
}

const giveUpMs = 3_000;

export function cancelStatementOf(client: pg.PoolClient, clock: Clock): void {
  const { host, port, ssl, processID, secretKey } = client as unknown as Wire;
  if (processID === null || secretKey === null) return;
  const { connection } = new pg.Client({ host, port, ssl: ssl ?? false }) as unknown as Wire;
  const over = clock.timer(giveUpMs, () => connection.stream.destroy());
  const ask = () => connection.cancel(processID, secretKey);
  connection.on('error', () => undefined);
  connection.on('end', () => over.cancel());
  connection.on('connect', () => (ssl ? connection.requestSsl() : ask()));
  connection.on('sslconnect', ask);
  if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
  else connection.connect(port, host);
}
