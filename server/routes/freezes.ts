/**
 * Freezes: configs that are neither saved nor deleted for a while. They are kept in the ConfigNamespace, so that Git and
 * people both can make them. Invariant: what is ended here was made here, by somebody with the right to freeze.
 */
import type { Freeze as FreezeItem, NewFreeze } from '../../api/types.gen.ts';
import type { Freeze } from '../../history/words/policy.ts';
import { sha256 } from '../../text/sha256.ts';
import { type Call, demandNamespace, type Handler } from '../call.ts';
import { Refused } from '../problems.ts';
import { configIn, targetOfUrl } from '../target.ts';

const yearMs = 366 * 86_400_000;

export const listFreezes: Handler = {
  async answer(call) {
    const namespace = String(call.query.namespace);
    await call.gate.demand(call.principal, { verb: 'list', namespace, path: null });
    await demandNamespace(call, namespace);
    const { freezes = [] } = call.namespaces.policy(namespace);
    const now = call.clock.now().getTime();
    const lasting = freezes.filter(({ until }) => Date.parse(until) > now);
    return { status: 200, json: { items: lasting.map(itemOf) } };
  },
};

export const freezeConfigs: Handler = {
  async answer(call) {
    const { namespace, path, reason, until } = call.body as NewFreeze;
    const place = placeOf(namespace, path);
    await call.gate.demand(call.principal, { verb: 'freeze', ...place });
    const end = Date.parse(until);
    const now = call.clock.now().getTime();
    if (!(end > now && end < now + yearMs)) {
      throw new Refused('InvalidEnd', 'until must be in the future, and at most a year from now.');
    }
    const made: Freeze = {
      name: nameOf(place.path),
      ...(place.path !== null && { paths: [place.path] }),
      ...{ reason, until: new Date(end).toISOString(), by: call.principal.name.slice(0, 256) },
    };
    demandThere(await freezing(call).freeze(namespace, made, call.signal), namespace);
    return { status: 200, json: itemOf(made) };
  },
};

export const unfreezeConfigs: Handler = {
  async answer(call) {
    const namespace = String(call.query.namespace);
    const place = placeOf(namespace, call.query.path as string | undefined);
    await call.gate.demand(call.principal, { verb: 'freeze', ...place });
    const name = nameOf(place.path);
    const { freezes = [] } = call.namespaces.policy(namespace);
    const what = place.path === null ? `Config namespace ${namespace}` : `${namespace}/${place.path}`;
    if (!freezes.some(one => one.name === name)) {
      const detail = `${what} was not frozen here by that path. GET /freezes?namespace=${namespace} lists what is.`;
      throw new Refused('NotFound', detail);
    }
    const left = demandThere(await freezing(call).unfreeze(namespace, name, call.signal), namespace);
    if (left === 'kept') {
      const detail = `The freeze ${name} also stands in the manifest of ConfigNamespace ${namespace}: take it out there.`;
      throw new Refused('Contradiction', detail);
    }
    return { status: 204 };
  },
};

function freezing({ freezing: port }: Call): NonNullable<Call['freezing']> {
  if (port) return port;
  throw new Refused('ApiUnavailable', 'This server is not connected to a cluster, which keeps the freezes.');
}

/** Throws Refused. */
function demandThere<T>(done: T | 'missing', namespace: string): T {
  if (done !== 'missing') return done;
  const detail =
    `There is no ConfigNamespace ${namespace}, which holds its freezes. An empty one changes nothing else: create it, ` +
    'then freeze.';
  throw new Refused('NamespaceNotFound', detail);
}

function placeOf(namespace: string, path: string | undefined): { namespace: string; path: string | null } {
  // As any URL is read, so that a path has one spelling at every door.
  return path === undefined
    ? { namespace: targetOfUrl(`/configs/${namespace}`).namespace, path: null }
    : configIn(targetOfUrl(`/configs/${namespace}/${path}`));
}

/** One for each path, so that freezing it again replaces what was said. */
const nameOf = (path: string | null): string => (path === null ? 'all' : `p-${sha256(path).slice(0, 16)}`);

function itemOf({ name, paths, reason, until, by }: Freeze): FreezeItem {
  return {
    ...{ name, reason, until: new Date(until).toISOString() },
    ...(paths && { paths: [...paths] }),
    ...(by !== undefined && { by }),
  };
}
