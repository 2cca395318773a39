/**
 * ConfigVersion objects that a person has to do something about, and confirming the merge that one of them waits for.
 * Rights are those on the objects themselves. Invariant: what is confirmed is exactly what the object's status shows,
 * and the history names who confirmed it.
 */
import type { Confirmation, Drift, Proposal } from '../../api/types.gen.ts';
import type { ConfigVersion } from '../../operator/object/config-version.ts';
import { readyOf } from '../../operator/object/status.ts';
import { proposedConfig } from '../../operator/object/terms.ts';
import type { Answer, Call, Handler } from '../call.ts';
import { nextOf } from '../call.ts';
import type { Deed } from '../gate.ts';
import { Refused } from '../problems.ts';
import { type Candidate, seenBy } from '../seen.ts';
import type { Target } from '../target.ts';

export const listProposals: Handler = {
  answer: call =>
    listObjects(call, call.proposals.refused(), proposalOf, ({ status: { conflict } }) => {
      const { diff = '', merged = '' } = conflict ?? {};
      return diff.length + merged.length;
    }),
};

export const listDrift: Handler = {
  answer: call => listObjects(call, call.proposals.drifted(), object => driftOf(call, object)),
};

/** A page of those that the caller may get, in the order of their names. */
async function listObjects<Item>(
  call: Call,
  objects: readonly ConfigVersion[],
  itemOf: (object: ConfigVersion) => Item,
  lettersOf: (object: ConfigVersion) => number = () => 0,
): Promise<Answer> {
  const namespace = call.query.namespace as string | undefined;
  const candidates = objects
    .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
    .map((object): Candidate<Item> => {
      const { namespace: where, name } = object.metadata;
      const deed = { ...onObjects('get', where), path: name };
      return { key: `${where}/${name}`, deed, letters: lettersOf(object), item: () => itemOf(object) };
    });
  const { items, next } = await seenBy(call, candidates);
  const { fields, headers } = nextOf(call, next);
  return { status: 200, headers, json: { items, ...fields } };
}

export const confirmProposal: Handler = {
  deeds: target => {
    const { namespace, name } = named(target, 'confirm');
    return [{ ...onObjects('update', namespace), path: name }];
  },
  async answer(call) {
    const { namespace, name } = named(call.target!, 'confirm');
    await call.gate.demand(call.principal, { ...onObjects('get', namespace), path: name });
    const { token } = call.body as Confirmation;
    const object = call.proposals.find(namespace, name);
    if (!object) throw missing(namespace, name);
    const waiting = call.proposals.refused().find(({ metadata }) => metadata.uid === object.metadata.uid);
    if (!waiting || waiting.status.conflict?.token !== token) throw notWaiting(object);
    if (waiting.status.conflict.confirmedBy === undefined) await confirm(call, waiting);
    return { status: 202, json: proposalOf(waiting) };
  },
};

async function confirm({ proposals, principal, signal }: Call, object: ConfigVersion): Promise<void> {
  const done = await proposals.confirm(object, principal.name, signal).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    const detail =
      'The API server gave no answer, so it is not known whether this was confirmed. Send it again.';
    throw new Refused('ApiUnavailable', detail, { retry_after: 2 }, { cause });
  });
  if (done === 'moved') throw notWaiting(object);
}

export const onObjects = (verb: Deed['verb'], namespace: string) =>
  ({ verb, of: 'configversions', namespace }) as const;

/** `/proposals/payments/limits/confirm`: an object's name has no slash. Throws Refused. */
export function named(
  { namespace, path }: Target,
  deed: 'confirm' | 'preview',
): { namespace: string; name: string } {
  const [name = '', said, ...rest] = (path ?? '').split('/');
  if (said === deed && rest.length === 0 && /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/.test(name))
    return { namespace, name };
  throw new Refused('NotFound', 'There is nothing at this URL; see /openapi.json.');
}

function missing(namespace: string, name: string): Refused {
  return new Refused(
    'ProposalNotFound',
    `There is no ConfigVersion ${name} in Kubernetes namespace ${namespace}.`,
  );
}

/** Includes the merge it waits for now, if any. */
function notWaiting({ metadata: { namespace, name }, status }: ConfigVersion): Refused {
  const ready = readyOf(status);
  const detail =
    `ConfigVersion ${namespace}/${name} is not waiting for this token: it is ${ready?.reason ?? 'not looked at yet'}. ` +
    'Nothing was confirmed. Look at it again: GET /proposals.';
  return new Refused('NotWaiting', detail);
}

function proposalOf(object: ConfigVersion): Proposal {
  const { metadata, spec, status } = object;
  const { namespace, name, uid, creationTimestamp } = metadata;
  const { conflict } = status;
  const { reason = '', message = '' } = readyOf(status) ?? {};
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return {
    ...{ namespace, name, uid, config: proposedConfig(object), format: spec.format, reason, message },
    ...(spec.author !== undefined && { author: spec.author }),
    ...(spec.comment !== undefined && { comment: spec.comment }),
    ...(spec.git && { git: spec.git }),
    created_at: creationTimestamp,
    ...(ready && { since: ready.lastTransitionTime }),
    ...(conflict && conflictMembers(conflict)),
  };
}

/** As far as the object and its ConfigMap tell: with whom to speak stands in the message. */
function driftOf({ proposals }: Call, object: ConfigVersion): Drift {
  const { metadata, spec, status } = object;
  const { namespace, name, uid } = metadata;
  const told = (wanted: string) => status.conditions?.find(({ type }) => type === wanted);
  const condition = told('Superseded') ?? told('Ready');
  const live = proposals.shownBy(object);
  return {
    ...{ namespace, name, uid, config: proposedConfig(object), format: spec.format },
    ...{ reason: condition?.reason ?? '', message: condition?.message ?? '' },
    ...(spec.author !== undefined && { author: spec.author }),
    ...(spec.git && { git: spec.git }),
    version: Number(status.version),
    ...(status.supersededBy !== undefined && { superseded_by: Number(status.supersededBy) }),
    ...(live !== null && { live_version: Number(live) }),
    ...(condition && { since: condition.lastTransitionTime }),
  };
}

export function conflictMembers(
  conflict: NonNullable<ConfigVersion['status']['conflict']>,
): Partial<Proposal> {
  const { baseVersion, currentVersion, currentAuthor, currentActor, diff, merged, token, confirmedBy } =
    conflict;
  const { places = [], morePlaces } = conflict;
  return {
    ...(baseVersion !== undefined && { base_version: Number(baseVersion) }),
    ...(currentVersion !== undefined && { current_version: Number(currentVersion) }),
    ...(currentAuthor !== undefined && { current_author: currentAuthor }),
    ...(currentActor !== undefined && { current_actor: currentActor }),
    ...(diff !== undefined && { diff }),
    ...(merged !== undefined && { merged }),
    ...(places.length > 0 && { places: places.map(placeOf) }),
    ...(morePlaces !== undefined && { more_places: morePlaces }),
    ...(token !== undefined && { token }),
    ...(confirmedBy !== undefined && { confirmed_by: confirmedBy }),
  };
}

type StatusPlace = NonNullable<NonNullable<ConfigVersion['status']['conflict']>['places']>[number];

function placeOf({ kind, path = '', changedIn, changedBy = '', ...sides }: StatusPlace) {
  return { kind, path, changed_in: Number(changedIn), changed_by: changedBy, ...sides };
}
