/**
 * Who is asking, and whether they may do it: bearer token → TokenReview, deed → SubjectAccessReview, each remembered
 * for a few seconds. A whole namespace is asked about before one of its paths is, so that reading a thousand configs
 * costs one question. Invariant: nobody gets past without a yes from the API server, not even when it does not answer.
 */
import { hash } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';
import { Refused } from './problems.ts';
import { Remembered } from './remembered.ts';
import { Strangers } from './strangers.ts';

export interface Principal {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'delete'
  | 'import'
  | 'freeze'
  | 'purge'
  | 'bypass'
  | 'approve';

/** By which a request comes. */
export interface Connection {
  readonly remoteAddress?: string | undefined;
}

/** Something done to configs, to Pawl's diagnosis, to objects of Pawl, to what shows them, or to workloads. */
export interface Deed {
  readonly verb: Verb;
  /** Default: configs. */
  readonly of?: keyof typeof groups;
  /** Config namespace, or the object's own namespace; null: in all of them. */
  readonly namespace: string | null;
  /** Path of a config, or name of an object; null: of the namespace as a whole. */
  readonly path: string | null;
}

/** The API server's answers, or rejects with an error whose name is KubeError. */
export interface Reviews {
  token(token: string, signal: AbortSignal): Promise<Principal | null>;
  access(
    principal: Principal,
    deed: { verb: string; group: string; resource: string; namespace?: string; name?: string },
    signal: AbortSignal,
  ): Promise<boolean>;
}

/** What RBAC knows them by. */
const groups = {
  configs: 'store.pawl.dev',
  configrevisions: 'store.pawl.dev',
  diagnoses: 'store.pawl.dev',
  configversions: 'pawl.dev',
  configprojections: 'pawl.dev',
  configmaps: '',
  pods: '',
  secrets: '',
  deployments: 'apps',
  statefulsets: 'apps',
  daemonsets: 'apps',
  rollouts: 'argoproj.io',
} as const;

const yesMs = 10_000;
/** Somebody who was just given a right should not have to wait long for it. */
const noMs = 3_000;
/** A question is asked on behalf of everybody who waits for it, so it ends by its own time only. */
const questionMs = 5_000;

/** Of a list of namespaces, each of which costs a question: who was given a right there, or lost it, sees so as late. */
const listedMs = 30_000;

/** More namespaces than this are not looked through for the ones somebody may list. */
export const maxNamespacesAsked = 1_000;

export class Gate {
  readonly #reviews: Reviews;
  readonly #isOpen: (namespace: string) => Promise<boolean> | boolean;
  readonly #principals: Remembered<Principal | null>;
  readonly #answers: Remembered<boolean>;
  /** Of whoever lists many namespaces, again and again. */
  readonly #listed: Remembered<boolean>;
  readonly #strangers: Strangers;
  /** Digests of everything known about a user, which may be long and is part of every question's key. */
  readonly #keys = new WeakMap<Principal, string>();
  /**
   * The last accepted one of each connection, while the connection lasts: a digest takes a twentieth of a read's time.
   */
  readonly #shown = new WeakMap<object, { readonly authorization: string; readonly digest: string }>();

  /** @param isOpen whether what rights in a namespace say is enough there */
  constructor(
    reviews: Reviews,
    clock: Clock,
    isOpen: (namespace: string) => Promise<boolean> | boolean = () => true,
  ) {
    this.#reviews = reviews;
    this.#isOpen = isOpen;
    this.#strangers = new Strangers(clock);
    this.#principals = new Remembered({ clock, max: 10_000, keepMs: found => (found ? yesMs : noMs) });
    this.#answers = new Remembered({ clock, max: 100_000, keepMs: yes => (yes ? yesMs : noMs) });
    this.#listed = new Remembered({ clock, max: 100_000, keepMs: () => listedMs });
  }

  /**
   * Throws Refused.
   * @param authorization the header
   * @param connection the request's; a token that it shows again is checked once
   */
  async identify(authorization = '', connection?: Connection): Promise<Principal> {
    const known = connection && this.#shown.get(connection);
    const same = known?.authorization === authorization;
    const key = same ? known.digest : digest(authorization);
    const principal = await this.#principals.get(key, () => {
      const token = tokenIn(authorization);
      return this.#strangers.ask(connection?.remoteAddress ?? '', key, () =>
        answered(this.#reviews.token(token, AbortSignal.timeout(questionMs))),
      );
    });
    if (principal) {
      if (connection && !same) this.#shown.set(connection, { authorization, digest: key });
      return principal;
    }
    const detail =
      "The API server does not accept this token for Pawl's audience, or it has expired. Get a new one.";
    const headers = { 'www-authenticate': 'Bearer error="invalid_token"' };
    throw new Refused('Unauthenticated', detail, {}, { headers });
  }

  /**
   * A right that names nothing is one on everything there, so it answers for each path: Kubernetes says so of the empty
   * name in a SubjectAccessReview. A caller without it may still have a right on this path.
   */
  async may(principal: Principal, deed: Deed): Promise<boolean> {
    if (deed.namespace !== null && !(await this.#isOpen(deed.namespace))) {
      // Rights there were given to whoever is there now; those on all namespaces are an administrator's.
      return this.may(principal, { ...deed, namespace: null });
    }
    if (deed.path === null) return this.#asked(principal, deed, null);
    return (await this.#asked(principal, deed, null)) || this.#asked(principal, deed, deed.path);
  }

  #asked(
    principal: Principal,
    { verb, namespace, of = 'configs' }: Deed,
    path: string | null,
  ): Promise<boolean> {
    // As JSON, because a namespace comes from a URL and may hold whatever would separate the parts.
    const key = JSON.stringify([this.#keyOf(principal), verb, of, namespace, path && digest(path)]);
    return this.#answers.get(key, () => {
      const deed = {
        ...{ verb, group: groups[of], resource: of },
        ...(namespace !== null && { namespace }),
        ...(path !== null && { name: path.replaceAll('/', ':') }),
      };
      return answered(this.#reviews.access(principal, deed, AbortSignal.timeout(questionMs)));
    });
  }

  #keyOf(principal: Principal): string {
    const known = this.#keys.get(principal);
    if (known !== undefined) return known;
    const key = digest(JSON.stringify(principal));
    this.#keys.set(principal, key);
    return key;
  }

  /** Throws Refused. */
  async demand(principal: Principal, ...deeds: readonly [Deed, ...Deed[]]): Promise<void> {
    for (const deed of deeds) if (await this.may(principal, deed)) return;
    const [{ namespace }] = deeds;
    if (namespace !== null && !(await this.#isOpen(namespace))) throw closed(namespace);
    throw forbidden(principal, deeds[0]);
  }

  /** For somebody whose rights the API server has asked about. Throws Refused where those are not enough. */
  async demandOpen(principal: Principal, deed: Deed): Promise<void> {
    if (deed.namespace !== null && !(await this.#isOpen(deed.namespace))) await this.demand(principal, deed);
  }

  async #mayList(principal: Principal, namespace: string): Promise<boolean> {
    const deed = { verb: 'list', namespace, path: null } as const;
    // Never from memory that it is open.
    if (!(await this.#isOpen(namespace))) return this.may(principal, deed);
    const key = JSON.stringify([this.#keyOf(principal), namespace]);
    return this.#listed.get(key, () => this.may(principal, deed));
  }

  /** Of these names, in their order, those whose configs somebody may list. */
  async listable(principal: Principal, names: readonly string[]): Promise<string[]> {
    const allowed = new Set<string>();
    const queue = [...names];
    const worker = async () => {
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
        if (await this.#mayList(principal, name)) allowed.add(name);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    return names.filter(name => allowed.has(name));
  }
}

export function forbidden({ name }: Principal, { verb, of = 'configs', namespace, path }: Deed): Refused {
  const where = namespace === null ? 'in all namespaces' : `in namespace ${namespace}`;
  const what = path === null ? of : `${of === 'configs' ? 'config' : 'ConfigVersion'} ${path}`;
  const named = path === null ? '' : ` with resourceName ${path.replaceAll('/', ':')} or none`;
  return new Refused(
    'Forbidden',
    `${name} may not ${verb} ${what} ${where}. Ask for a Role with verb ${verb} on ${of}.${groups[of]}${named}.`,
  );
}

function closed(namespace: string): Refused {
  const detail =
    `The history of config namespace ${namespace} is that of an earlier Kubernetes namespace of its name, or Pawl has not ` +
    `heard of the present one. An administrator opens it: spec.claimedBy of ConfigNamespace ${namespace}.`;
  return new Refused('Forbidden', detail);
}

async function answered<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (cause) {
    const detail = 'The API server cannot be asked who you are and what you may do. Try again soon.';
    throw new Refused('ApiUnavailable', detail, { retry_after: 2 }, { cause });
  }
}

/** Throws Refused. */
function tokenIn(authorization: string): string {
  const token = /^Bearer +([!-~]{1,16384})$/i.exec(authorization)?.[1];
  if (token) return token;
  const detail = 'Send a token in the header Authorization: Bearer …, made with kubectl create token.';
  throw new Refused('Unauthenticated', detail, {}, { headers: { 'www-authenticate': 'Bearer' } });
}

/** Tokens are not kept beyond their connection, and neither are keys of any length. */
function digest(text: string): string {
  return hash('sha256', text, 'base64');
}
