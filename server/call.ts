/**
 * What a handler is given and what it gives back: a request that was checked against the OpenAPI document, from a
 * caller the API server vouches for, and an answer that knows nothing of HTTP libraries.
 */

import type { SchemaChecker } from '../history/settle/schema-checker.ts';
import type { SecretSearcher } from '../history/settle/secret-searcher.ts';
import type { Thinker } from '../history/settle/thinker.ts';
import type { Actor, ConfigId } from '../history/words/model.ts';
import type { Freeze, Policy } from '../history/words/policy.ts';
import type { AppliedSchema } from '../history/words/schema.ts';
import type { Clock } from '../runtime/clock.ts';
import type { PlaceInLine } from '../runtime/offload.ts';
import type { ByteRate } from './byte-rate.ts';
import type { BytesUnderWay } from './bytes-under-way.ts';
import type { Surroundings } from './diagnosis.ts';
import type { Deed, Gate, Principal } from './gate.ts';
import type { Comparer } from './heavy.ts';
import type { LoopTurns } from './loop-turns.ts';
import type { History, KeptProposals, Proposals, Writing } from './ports.ts';
import { Refused } from './problems.ts';
import type { ProcessorTime } from './processor-time.ts';
import type { ParameterValues } from './spec.ts';
import { configIn, type Target } from './target.ts';
import type { Turns } from './turns.ts';
import type { WatchHub } from './watch-hub.ts';

/** What the watches of the operator know of namespaces. */
export interface Namespaces {
  /** Whether there is a ConfigNamespace or a Kubernetes namespace of that name. */
  exists(name: string): boolean;
  /**
   * The same for a name that nobody has told of: true when the API server has it, once its rules are told, too. Rejects
   * when that cannot be known now. Absent: all there is has been told.
   */
  arrives?(name: string, signal: AbortSignal): Promise<boolean>;
  /** Of its ConfigNamespace; without one, empty. */
  policy(name: string): Policy;
  /** The schemas that a config's text is held against. Absent, or undefined: none. */
  schemas?(config: ConfigId): readonly AppliedSchema[] | undefined;
  /**
   * Whether what rights in it say is enough: no, where the history is that of an earlier Kubernetes namespace of its
   * name. Absent: it always is.
   */
  isOpen?(name: string): Promise<boolean> | boolean;
}

/** Keeps freezes in the ConfigNamespace. `missing`: there is none. */
export interface Freezing {
  freeze(namespace: string, freeze: Freeze, signal: AbortSignal): Promise<'frozen' | 'missing'>;
  /** `kept`: somebody else's manifest has it, too. */
  unfreeze(namespace: string, name: string, signal: AbortSignal): Promise<'over' | 'kept' | 'missing'>;
}

export interface ServerParts {
  readonly history: History;
  readonly writing: Writing;
  readonly namespaces: Namespaces;
  readonly proposals: Proposals;
  readonly waiting: KeptProposals;
  /** Absent: there are no schemas. */
  readonly checker?: Pick<SchemaChecker, 'check'>;
  /** Absent: no text is searched for what another one held. */
  readonly searcher?: Pick<SecretSearcher, 'search'>;
  /** Absent: nothing can be promoted here. */
  readonly carrier?: Pick<Thinker, 'carry'>;
  /** Absent: there is no cluster to keep freezes in. */
  readonly freezing?: Freezing;
  /** Absent: nothing is known of what is around the server. */
  readonly surroundings?: (signal: AbortSignal) => Promise<Surroundings>;
  readonly gate: Gate;
  readonly comparer: Comparer;
  readonly hub: WatchHub;
  readonly underWay: BytesUnderWay;
  readonly bodyRate: ByteRate;
  readonly processorTime: ProcessorTime;
  /** Of large bodies and answers. */
  readonly loop: LoopTurns;
  /** What a handler reads where it `readsMuch`. */
  readonly reads: Turns;
  /** Searches, each of which may look at thousands of texts. */
  readonly searches: Turns;
  /** Finds what a caller may see among all there is, such as namespaces: one question to the API server for each. */
  readonly lookThroughs: Turns;
  readonly clock: Clock;
  /** Bytes of a text; a policy can only lower it. */
  readonly maxBodyBytes: number;
}

export interface Call extends ServerParts {
  readonly principal: Principal;
  /** That the request counts for. */
  readonly tenant: string;
  readonly method: string;
  readonly requestId: string;
  /** As the router found it: path and query as they were sent. */
  readonly url: string;
  /** null: the operation's URLs name no namespace. */
  readonly target: Target | null;
  readonly query: ParameterValues;
  /** The headers that the OpenAPI document names, in lower case, and Accept. */
  readonly headers: ParameterValues;
  readonly body: unknown;
  readonly signal: AbortSignal;
  /** Takes room for what is read for the answer, until that is sent. Throws Refused when there is none. */
  readonly hold: (bytes: number) => void;
  /** Where the caller's texts wait for a thread, and who pays for them. Throws Refused for a tenant over the share. */
  readonly place: () => PlaceInLine;
  /** The signal of a watch, aborted when the watcher goes away or may not watch any more. */
  readonly whileStanding: () => AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly text?: string;
  /** Sent as server-sent events, for as long as somebody listens. */
  readonly events?: AsyncIterable<string>;
}

export interface Handler {
  /** Any one of these deeds must be allowed. Throws Refused. Absent: the handler asks by itself. */
  readonly deeds?: (target: Target) => readonly [Deed, ...Deed[]];
  /** Its reads may take PostgreSQL long, or many: so tenants take turns, or one of them has all connections. */
  readonly readsMuch?: true;
  readonly answer: (call: Call) => Promise<Answer>;
}

export const onConfig =
  (...verbs: readonly [Deed['verb'], ...Deed['verb'][]]) =>
  (target: Target): [Deed, ...Deed[]] => {
    const config = configIn(target);
    return verbs.map(verb => ({ verb, ...config })) as [Deed, ...Deed[]];
  };

export const onNamespace =
  (verb: Deed['verb']) =>
  ({ namespace }: Target): [Deed] => [{ verb, namespace, path: null }];

/** How a request's changes are written. */
export const writingOf = ({ place, hold }: Call, dryRun: boolean) => ({ dryRun, place: place(), hold });

/** Of an operation whose URLs name one. */
export const askedNamespace = ({ target }: Call): string => target!.namespace;

/** Of an operation whose URLs name one. Throws Refused. */
export const askedConfig = ({ target }: Call): ConfigId => configIn(target!);

export const actorOf = ({ name }: Pick<Principal, 'name'>): Actor => ({ name, verified: true });

/** Whose change it is, and as whom the API server is asked about their rights once more. */
export const signedBy = ({ name, ...sender }: Principal) => ({ actor: actorOf({ name }), sender });

/** Throws Refused when there is no such config namespace, neither in Kubernetes nor in the history. */
export async function demandNamespace(call: Call, name: string): Promise<void> {
  const { namespaces, history, signal } = call;
  if (namespaces.exists(name) || (await history.namespace(name, signal))) return;
  if (!(await arrives(call, name))) throw noNamespace(name);
}

/** Whether a name that nobody has told of is one all the same. Throws Refused when that cannot be known now. */
export async function arrives({ namespaces, signal }: Call, name: string): Promise<boolean> {
  try {
    return (await namespaces.arrives?.(name, signal)) ?? false;
  } catch (cause) {
    const detail = `The API server cannot be asked whether there is a namespace ${name}. Try again soon.`;
    throw new Refused('ApiUnavailable', detail, { retry_after: 2 }, { cause });
  }
}

export function noNamespace(name: string): Refused {
  const detail =
    `There is no config namespace ${name}: neither a ConfigNamespace nor a Kubernetes namespace has that name. ` +
    'Create it: POST /namespaces.';
  return new Refused('NamespaceNotFound', detail);
}

export function noConfig({ namespace, path }: ConfigId): Refused {
  return new Refused('ConfigNotFound', `There is no config ${namespace}/${path}.`);
}

/** `next_cursor` and the Link header of a page. */
export function nextOf(call: Call, next: string | null): { fields: object; headers: Record<string, string> } {
  if (next === null) return { fields: {}, headers: {} };
  const [path = '', search = ''] = call.url.split('?', 2);
  const query = new URLSearchParams(search);
  query.set('cursor', next);
  return { fields: { next_cursor: next }, headers: { link: `<${path}?${query}>; rel="next"` } };
}

export function pageOf({ query }: Pick<Call, 'query'>): { after: string | null; limit: number } {
  return { after: (query.cursor as string | undefined) ?? null, limit: Number(query.limit ?? 100) };
}

/** What `since` and `until` of a query ask for. Throws Refused. */
export function momentsOf({ query: { since, until } }: Call): { from?: Date; to?: Date } {
  return {
    ...(since !== undefined && { from: momentOf('since', since) }),
    ...(until !== undefined && { to: momentOf('until', until) }),
  };
}

/**
 * The OpenAPI document knows the form of a date; leap seconds and the year 0000 have that form, and are refused here.
 */
function momentOf(name: string, value: unknown): Date {
  const moment = new Date(String(value));
  if (!Number.isNaN(moment.valueOf())) return moment;
  const detail = 'is not a date that this server can represent';
  throw new Refused('InvalidRequest', `${name} ${detail}.`, { errors: [{ in: 'query', name, detail }] });
}
