/** Config namespaces: containers of configs, known to Kubernetes, to the history, or to both. */
import type { NewNamespace } from '../../api/types.gen.ts';
import type { Visible } from '../../history/words/history.ts';
import {
  type Answer,
  arrives,
  askedNamespace,
  type Call,
  type Handler,
  nextOf,
  noNamespace,
  onNamespace,
  pageOf,
} from '../call.ts';
import { maxNamespacesAsked } from '../gate.ts';
import { idempotencyOf, keyReused, replayedHeaders } from '../idempotency.ts';
import { namespaceOf } from '../present.ts';
import { Refused } from '../problems.ts';

export const listNamespaces: Handler = {
  async answer(call) {
    const { gate, principal, history, signal } = call;
    const all = await gate.may(principal, everywhere);
    const { after, limit } = pageOf(call);
    const page = await history.namespaces(
      'all',
      { after, limit: all ? limit : Math.min(limit, asked) },
      signal,
    );
    const names = page.items.map(({ name }) => name);
    const visible = new Set(all ? names : await listable(call, names));
    const items = page.items.filter(({ name }) => visible.has(name)).map(namespaceOf);
    const { fields, headers } = nextOf(call, page.next);
    return { status: 200, headers, json: { items, ...fields } };
  },
};

const everywhere = { verb: 'list', namespace: null, path: null } as const;
/** Names that one request asks the API server about; of more there is a next page. */
const asked = 100;

function listable({ gate, principal, tenant, lookThroughs, signal }: Call, names: readonly string[]) {
  return lookThroughs.run(tenant, signal, () => gate.listable(principal, names));
}

export const getNamespace: Handler = {
  deeds: onNamespace('list'),
  async answer(call) {
    const namespace = askedNamespace(call);
    const record = await call.history.namespace(namespace, call.signal);
    if (record) return { status: 200, json: namespaceOf(record) };
    if (!call.namespaces.exists(namespace) && !(await arrives(call, namespace))) throw noNamespace(namespace);
    return { status: 200, json: { name: namespace, configs: 0 } };
  },
};

export const createNamespace: Handler = {
  // Which namespace it is stands in the body.
  async answer(call) {
    const { name } = call.body as NewNamespace;
    await call.gate.demand(call.principal, { verb: 'create', namespace: name, path: null });
    const created: Answer = {
      status: 201,
      headers: { location: `/namespaces/${name}` },
      json: { name, configs: 0 },
    };
    if (call.query.dry_run) {
      if (await call.history.namespace(name, call.signal)) throw exists(name);
      return { status: 200, json: created.json };
    }
    const shown = async (): Promise<Answer> => {
      const record = await call.history.namespace(name, call.signal).catch(() => null);
      // The answer as it was then, no matter what was saved since.
      return record ? { ...created, json: { ...namespaceOf(record), configs: 0 } } : created;
    };
    const idempotency = idempotencyOf(call);
    switch (await call.writing.createNamespace({ name, idempotency }, call.signal)) {
      case 'exists':
        throw exists(name);
      case 'key-reused':
        throw keyReused();
      case 'replayed':
        return { ...(await shown()), headers: { ...created.headers, ...replayedHeaders } };
      case 'created':
        return shown();
    }
  },
};

export const deleteNamespace: Handler = {
  deeds: onNamespace('delete'),
  async answer(call) {
    const namespace = askedNamespace(call);
    if (call.query.dry_run) {
      const record = await call.history.namespace(namespace, call.signal);
      if (!record) throw noNamespace(namespace);
      if (record.configs > 0) throw notEmpty(namespace, record.configs);
      return { status: 204 };
    }
    const idempotency = idempotencyOf(call);
    const result = await call.writing.deleteNamespace({ name: namespace, idempotency }, call.signal);
    switch (result.kind) {
      case 'missing':
        throw noNamespace(namespace);
      case 'in-use':
        throw notEmpty(namespace, result.configs);
      case 'key-reused':
        throw keyReused();
      case 'replayed':
        return { status: 204, headers: replayedHeaders };
      case 'deleted':
        return { status: 204 };
    }
  },
};

/** The config namespaces somebody may list. Throws Refused when there are too many to ask about each. */
export async function visibleTo(call: Call): Promise<Visible> {
  const { gate, principal, history, signal } = call;
  if (await gate.may(principal, everywhere)) return 'all';
  const page = await history.namespaces('all', { after: null, limit: maxNamespacesAsked }, signal);
  if (page.next !== null) {
    const detail =
      `There are more than ${maxNamespacesAsked} config namespaces: name one, or ask for the right to list configs ` +
      'in all of them.';
    throw new Refused('Forbidden', detail);
  }
  const names = page.items.map(({ name }) => name);
  return listable(call, names);
}

function exists(name: string): Refused {
  return new Refused('NamespaceExists', `Config namespace ${name} exists already; nothing needs to be done.`);
}

function notEmpty(name: string, configs: number): Refused {
  const detail =
    `Config namespace ${name} has ${configs} config${configs === 1 ? '' : 's'}. Delete ${configs === 1 ? 'it' : 'them'} ` +
    'first.';
  return new Refused('NamespaceNotEmpty', detail, { configs });
}
