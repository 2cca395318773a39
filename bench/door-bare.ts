/**
 * The floor of reads over HTTPS: a server of its own process that does nothing but ask PostgreSQL what a read of the
 * HTTP API asks it, in the same words. The difference from bare pg is the price of TLS and HTTP.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { historyStatements } from '../history/store/history-statements.ts';
import { openAsker } from './asker.ts';
import type { ToServe } from './bare-server-process.ts';
import { type Door, databaseConnections, databaseSchema, doorsNamespace } from './door.ts';

export async function openBareDoor(
  databaseUrl: string,
  files: { readonly ca: string; readonly cert: string; readonly key: string },
): Promise<Door> {
  const program = fileURLToPath(new URL('./bare-server-process.ts', import.meta.url));
  const child = fork(program);
  const toServe: ToServe = {
    databaseUrl,
    statement: historyStatements(pg.escapeIdentifier(databaseSchema)).head,
    namespace: doorsNamespace,
    connections: databaseConnections,
    certFile: files.cert,
    keyFile: files.key,
  };
  child.send(toServe);
  const [port] = await once(child, 'message');
  const asker = openAsker(`https://127.0.0.1:${port}`, { ca: readFileSync(files.ca) });
  return {
    name: 'bare HTTPS',
    async read(path) {
      const { status, text } = await asker.ask({ method: 'GET', path: `/${path}` });
      if (status !== 200 || typeof JSON.parse(text).body_raw !== 'string') throw new Error(text);
    },
    save: null,
    async [Symbol.asyncDispose]() {
      await asker[Symbol.asyncDispose]();
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
