/** Server-sent events: changes of configs as they happen; a client resumes where its stream broke off. */
import type { WatchEvent } from '../../api/types.gen.ts';
import type { Change } from '../../history/words/history.ts';
import {
  askedConfig,
  askedNamespace,
  type Call,
  demandNamespace,
  type Handler,
  onConfig,
  onNamespace,
} from '../call.ts';
import { Refused } from '../problems.ts';
import { TooManyWatchers } from '../watch-hub.ts';
import type { Watched } from '../watcher.ts';

export const watchNamespace: Handler = {
  deeds: onNamespace('list'),
  async answer(call) {
    const namespace = askedNamespace(call);
    return watch(call, namespace, ({ config }) => config.namespace === namespace);
  },
};

export const watchConfig: Handler = {
  deeds: onConfig('get'),
  async answer(call) {
    const { namespace, path } = askedConfig(call);
    return watch(call, namespace, ({ config }) => config.path === path && config.namespace === namespace);
  },
};

async function watch(call: Call, namespace: string, concerns: (change: Change) => boolean) {
  await demandNamespace(call, namespace);
  const after = call.headers['last-event-id'];
  const watched = call.hub.watch({
    concerns,
    after: after === undefined ? null : String(after),
    tenant: call.tenant,
    signal: call.whileStanding(),
  });
  // The first event is read before the stream begins: a failure can still be answered with a problem.
  const first = await watched.next().catch(error => {
    throw error instanceof TooManyWatchers ? refusedWatcher(error) : error;
  });
  return { status: 200, events: lines(first, watched) };
}

/** `mine`: those of this tenant alone are too many. */
export function refusedWatcher({ mine }: TooManyWatchers): Refused {
  const detail = mine
    ? 'You have as many watches here as one tenant may. End some of them first.'
    : 'This server has as many watchers as it takes. Try again later, or ask another replica.';
  return new Refused('TooManyRequests', detail, { retry_after: 30 });
}

async function* lines(first: IteratorResult<Watched>, rest: AsyncGenerator<Watched>): AsyncGenerator<string> {
  try {
    if (first.done) return;
    yield written(first.value);
    for await (const seen of rest) yield written(seen);
  } finally {
    await rest.return(undefined);
  }
}

/** Cursors have no line ends, and JSON text has none either. */
function written(seen: Watched): string {
  if (seen.kind !== 'change') return `event: ${seen.kind}\nid: ${seen.cursor}\ndata: {}\n\n`;
  const { kind, config, version, at, cursor } = seen.change;
  const { namespace, path } = config;
  const data: WatchEvent = { kind, namespace, path, version: Number(version), at: at.toISOString() };
  return `event: change\nid: ${cursor}\ndata: ${JSON.stringify(data)}\n\n`;
}
