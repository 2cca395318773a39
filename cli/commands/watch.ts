/**
 * `watch`: prints each save as it happens, until Ctrl-C. Invariant: a broken connection goes on where it stopped; when
 * the server does not remember that far back, watch says that it missed something.
 */
import type { WatchEvent } from '../../api/types.gen.ts';
import { readEvents } from '../../text/server-events.ts';
import type { Client } from '../client.ts';
import type { Context } from '../context.ts';
import { CliError, type Exit, messageOf } from '../errors.ts';
import { Refusal } from '../refusal.ts';
import { oneLine } from '../terminal.ts';
import { who } from '../words.ts';
import { type ConfigId, configName } from '../workspace.ts';

const longestPauseMs = 30_000;

export async function watch(context: Context, typed: string | undefined): Promise<Exit> {
  const client = await context.client();
  const config = typed === undefined ? null : context.target(typed).config;
  const streams =
    config === null ? context.namespaces.map(namespace => ({ namespace, path: undefined })) : [config];
  context.terminal.tell(
    `Watching ${streams.map(({ namespace, path }) => (path === undefined ? namespace : `${namespace}/${path}`)).join(', ')}; Ctrl-C ends it.`,
  );
  // When one stream is refused, the others end, too.
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  try {
    await Promise.all(
      streams.map(({ namespace, path }) => follow(context, client, { namespace, path, signal })),
    );
  } finally {
    over.abort();
  }
  return 0;
}

async function follow(
  context: Context,
  client: Client,
  { namespace, path, signal }: { namespace: string; path: string | undefined; signal: AbortSignal },
): Promise<never> {
  const { terminal } = context;
  const { sleep } = context.surroundings;
  let last: string | undefined;
  let pauseMs = 500;
  for (;;) {
    try {
      const response = await client.watch({ namespace, path }, last, signal);
      for await (const { event, data, id } of readEvents(response as AsyncIterable<Buffer>)) {
        if (id !== '') last = id;
        pauseMs = 500;
        if (event === 'expired')
          terminal.tell(
            `${namespace}: some changes were missed, because the server does not remember that far back`,
          );
        if (event === 'change') await tellChange(context, client, JSON.parse(data) as WatchEvent);
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const passing =
        error instanceof Refusal
          ? error.problem.status === 429 || error.problem.status >= 500
          : !(error instanceof CliError);
      if (!passing) throw error;
      terminal.tell(`${namespace}: ${messageOf(error)}; trying again in ${pauseMs / 1000} s`);
    }
    await sleep(pauseMs, signal);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}

async function tellChange(context: Context, client: Client, event: WatchEvent): Promise<void> {
  const { terminal } = context;
  if (context.structured) {
    terminal.out(context.output === 'json' ? `${JSON.stringify(event)}\n` : `---\n${yamlOf(event)}`);
    return;
  }
  const { kind, version, at } = event;
  const name = oneLine(configName(event));
  if (kind === 'saved') {
    terminal.out(`${at}  ${name}  version ${version}${oneLine(await byWhom(client, event, version))}\n`);
  } else terminal.out(`${at}  ${name}  ${kind === 'deleted' ? 'deleted' : `version ${version} deleted`}\n`);
}

async function byWhom(client: Client, { namespace, path }: ConfigId, version: number): Promise<string> {
  try {
    const facts = await client.read(namespace, path, version);
    return ` by ${who(facts)}${facts.comment === '' ? '' : `: ${facts.comment}`}`;
  } catch (error) {
    // The version may be gone again already; that it was saved is still true.
    if (error instanceof Refusal) return '';
    throw error;
  }
}

function yamlOf(event: WatchEvent): string {
  return Object.entries(event)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join('');
}
