/**
 * Changes of protected configs that wait until others have approved them: requests that are kept here, and ConfigVersion
 * objects. Rights are those on the configs. Invariant: what is approved is exactly what was shown, the latest text
 * against the new one, and nobody approves what they proposed themselves where that does not count.
 */
import type { Approval, ApprovalState, Judgement, Rejection } from '../../api/types.gen.ts';
import { approversOf } from '../../history/core/approval.ts';
import type { ChangeAnswer, WriteRequest } from '../../history/settle/change.ts';
import { takenUp } from '../../history/settle/keeping.ts';
import type { Approvals, Approver, Judgements } from '../../history/words/model.ts';
import { neededApproval } from '../../history/words/policy.ts';
import type { Sender } from '../../history/words/request.ts';
import type { KeptProposal } from '../../history/words/save.ts';
import type { ConfigVersion } from '../../operator/object/config-version.ts';
import { proposedConfig } from '../../operator/object/terms.ts';
import { lawOfChange } from '../bypass.ts';
import { type Answer, actorOf, type Call, type Handler, nextOf, writingOf } from '../call.ts';
import type { ObjectJudgement } from '../ports.ts';
import {
  idOf,
  judged,
  keptItem,
  keptRead,
  type Looked,
  objectItem,
  objectRead,
} from '../present-approval.ts';
import { Refused, refusedBy } from '../problems.ts';
import { type Candidate, seenBy } from '../seen.ts';
import type { Target } from '../target.ts';
import { itemOf, refusedTogether } from './deployments.ts';
import { answersOf } from './saving.ts';

/** As long as nobody else is at it. */
const maxTries = 5;
/** Requests that wait are looked through in so many. */
const listed = 1_000;
const maxListed = 10_000;

type TakenUp = WriteRequest & ReturnType<typeof takenUp>;

type Waiting = { readonly object: ConfigVersion } | { readonly proposal: KeptProposal };

export const listApprovals: Handler = {
  readsMuch: true,
  async answer(call) {
    const namespace = (call.query.namespace as string | undefined) ?? null;
    const path = (call.query.path as string | undefined) ?? null;
    if (path !== null && namespace === null)
      throw new Refused('Contradiction', 'A path belongs to one namespace: send namespace, too.');
    const deedOn = (where: string, what: string | null) =>
      ({ verb: 'get', namespace: where, path: what }) as const;
    const objects = call.proposals.refused().flatMap((object): Candidate<Waiting>[] => {
      const config = proposedConfig(object);
      if (object.status.approval === undefined) return [];
      if ((namespace ?? config.namespace) !== config.namespace || (path ?? config.path) !== config.path)
        return [];
      const key = `${config.namespace}/${idOf(object)}`;
      const deed = deedOn(config.namespace, config.path);
      return [{ key, deed, letters: 0, item: () => ({ object }) }];
    });
    const kept = (await keptIn(call, { namespace, path })).map((proposal): Candidate<Waiting> => {
      const { namespace: where, id, paths } = proposal;
      // Of several configs, even the names are for whoever may see all of them.
      const deed = deedOn(where, paths.length === 1 ? paths[0]! : null);
      return { key: `${where}/${id}`, deed, letters: 0, item: () => ({ proposal }) };
    });
    const { items: seen, next } = await seenBy(call, [...objects, ...kept]);
    const judged = await call.proposals.judged(
      seen.flatMap(item => ('object' in item ? [item.object] : [])),
      call.signal,
    );
    const items = seen.map(
      (item): Approval =>
        'proposal' in item
          ? keptItem(item.proposal)
          : objectItem(item.object, judged.get(item.object.metadata.uid)),
    );
    const { fields, headers } = nextOf(call, next);
    return { status: 200, headers, json: { items, ...fields } };
  },
};

async function keptIn(
  { waiting, signal }: Call,
  asked: { readonly namespace: string | null; readonly path: string | null },
): Promise<KeptProposal[]> {
  const all: KeptProposal[] = [];
  let after: string | null = null;
  do {
    const page = await waiting.list(asked, { after, limit: listed }, signal);
    all.push(...page.items);
    after = page.next;
  } while (after !== null && all.length < maxListed);
  return all;
}

export const getApproval: Handler = {
  readsMuch: true,
  async answer(call) {
    const { namespace, id } = named(call.target!, null);
    const object = objectOf(call, namespace, id);
    if (object) {
      await demandOn(call, 'get', namespace, [proposedConfig(object).path]);
      return { status: 200, json: objectRead(object, await call.proposals.examine(object, call.signal)) };
    }
    const { proposal, request } = await found(call, namespace, id);
    const looked = await look(call, proposal, requestOf(call, proposal, request));
    return { status: 200, json: keptRead(proposal, looked) };
  },
};

export const approveChange: Handler = {
  async answer(call) {
    const { namespace, id } = named(call.target!, 'approve');
    const { token } = call.body as Judgement;
    const object = objectOf(call, namespace, id);
    return object ? approveObject(call, object, token) : approveKept(call, namespace, id, token);
  },
};

export const rejectChange: Handler = {
  async answer(call) {
    const { namespace, id } = named(call.target!, 'reject');
    const { reason, token } = call.body as Rejection;
    const object = objectOf(call, namespace, id);
    if (object) return rejectObject(call, object, reason, token);
    const { proposal } = await found(call, namespace, id);
    const { principal, waiting, signal } = call;
    const isOwn = proposal.proposer === principal.name;
    if (!isOwn) await demandOn(call, 'approve', namespace, protectedOf(call, namespace, proposal.paths));
    const message = `${isOwn ? 'Withdrawn' : 'Rejected'} by ${principal.name}: ${reason}`;
    const why = { actor: actorOf(principal), reason: isOwn ? 'Withdrawn' : 'Rejected', message };
    if (!(await waiting.end(proposal, why, signal))) throw missing(namespace, id);
    return { status: 204 };
  },
};

async function approveKept(call: Call, namespace: string, id: string, token: string): Promise<Answer> {
  const { principal, waiting, writing, signal, clock } = call;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const { proposal, request } = await found(call, namespace, id);
    const places = protectedOf(call, namespace, proposal.paths);
    await demandOn(call, 'approve', namespace, places);
    const mayOwn = places.every(
      path => neededApproval(call.namespaces.policy(namespace), path)?.authorMayApprove !== false,
    );
    if (proposal.proposer === principal.name && !mayOwn) throw ownChange(principal.name);
    const asked = requestOf(call, proposal, request);
    const looked = await look(call, proposal, asked);
    if (looked.refused) throw looked.refused;
    if (looked.token !== token) throw another(namespace, id);
    const approvals = withApprover(proposal.approvals, token, { name: principal.name, at: clock.now() });
    // Somebody else approved it meanwhile, or this was sent twice.
    if (approvals !== proposal.approvals && !(await waiting.approve(proposal, approvals, signal))) continue;
    const waited = { ...asked.waited!, approvals };
    const written = await writing.write({ ...asked, waited }, writingOf(call, false), signal);
    if (written.kind === 'unapproved') {
      if (written.token !== token) throw another(namespace, id);
      const json: ApprovalState = { state: 'waiting', ...judged(written) };
      return { status: 200, json };
    }
    const answers = answersOf(written);
    if (written.kind === 'refused') throw refusedOf(call, asked, answers);
    call.hub.nudge();
    const items = answers.map((answer, index) => itemOf(call, answer, asked.changes[index]!));
    const state: ApprovalState = { state: 'saved', ...judged({ ...looked, approvers: approvals.by }), items };
    return { status: 200, json: state };
  }
  throw new Refused('Busy', 'Others approve this at the same moment. Try again.', { retry_after: 1 });
}

async function approveObject(call: Call, object: ConfigVersion, token: string): Promise<Answer> {
  const { principal } = call;
  const { namespace, path } = proposedConfig(object);
  await demandOn(call, 'approve', namespace, [path]);
  const awaited = await call.proposals.examine(object, call.signal);
  if (!awaited || awaited.token !== token || object.status.approval!.token !== token)
    throw another(namespace, idOf(object));
  const { proposer, authorMayApprove } = awaited;
  if (proposer.verified && proposer.name === principal.name && !authorMayApprove)
    throw ownChange(principal.name);
  const said = await judge(call, object, { token, name: principal.name, rejected: null });
  const approvers = approversOf(
    { token, rule: { count: awaited.needed, authorMayApprove } },
    proposer,
    said.approvals,
  );
  const json: ApprovalState = {
    state: approvers.length < awaited.needed ? 'waiting' : 'approved',
    ...judged({ needed: awaited.needed, approvers }),
  };
  return { status: 200, json };
}

async function rejectObject(
  call: Call,
  object: ConfigVersion,
  reason: string,
  stated: string | undefined,
): Promise<Answer> {
  const { namespace, path } = proposedConfig(object);
  await demandOn(call, 'approve', namespace, [path]);
  const token = (await call.proposals.examine(object, call.signal))?.token;
  const isShown = token !== undefined && token === object.status.approval!.token;
  if (!isShown || (stated ?? token) !== token) throw another(namespace, idOf(object));
  await judge(call, object, { token, name: call.principal.name, rejected: reason });
  return { status: 204 };
}

/** Throws Refused. */
async function judge(
  { proposals, signal }: Call,
  object: ConfigVersion,
  judgement: ObjectJudgement,
): Promise<Judgements> {
  const said = await answeredBy(proposals.judge(object, judgement, signal), signal);
  if (said === 'moved') throw another(proposedConfig(object).namespace, idOf(object));
  return said;
}

async function answeredBy<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return answer.catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    const detail = 'The API server gave no answer, so it is not known whether this was done. Send it again.';
    throw new Refused('ApiUnavailable', detail, { retry_after: 2 }, { cause });
  });
}

/** The same object where nothing is added. */
function withApprover(before: Approvals | null, token: string, approver: Approver): Approvals {
  const by = before?.token === token ? before.by : [];
  if (before && by.some(({ name }) => name === approver.name)) return before;
  return { token, by: [...by, approver] };
}

/** What a kept request would change now. */
async function look(call: Call, { proposer }: KeptProposal, request: TakenUp): Promise<Looked> {
  const unable = await withoutRight(call, proposer, request);
  const written = await call.writing.write(request, writingOf(call, true), call.signal);
  const answers = answersOf(written);
  if (unable) return { answers, token: null, needed: 0, approvers: [], refused: unable };
  if (written.kind === 'unapproved') return written;
  if (written.kind === 'refused') {
    return { answers, token: null, needed: 0, approvers: [], refused: refusedOf(call, request, answers) };
  }
  // Nothing asks for an approval any more: whoever may approve may have it saved.
  return { answers, token: unasked, needed: 0, approvers: [] };
}

const unasked = 'none-needed';

/**
 * Whoever proposed it must have the right when it is saved, not only when it came. Throws Refused where the API server does not
 * tell: nothing is approved then.
 * @returns null: they may
 */
async function withoutRight(
  { gate, principal }: Call,
  proposer: string,
  { changes, sender = derived(proposer) }: TakenUp,
): Promise<Refused | null> {
  const who = proposer === principal.name ? principal : { name: proposer, ...sender };
  for (const { config, baseVersion } of changes) {
    const verb = baseVersion === 0n ? 'create' : 'update';
    if (await gate.may(who, { verb, ...config })) continue;
    const detail =
      `${proposer}, who proposed this, may not ${verb} config ${config.path} in namespace ${config.namespace} now. It waits ` +
      'until they may; or they withdraw it and send it again, or somebody rejects it.';
    return new Refused('ProposerForbidden', detail);
  }
  return null;
}

/** Of a request that an earlier Pawl kept: of a service account, its groups follow from its name. */
function derived(name: string): Sender {
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(name) ?? [];
  const accounts = namespace ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`] : [];
  return { uid: '', groups: [...accounts, 'system:authenticated'], extra: {} };
}

function refusedOf(call: Call, { changes }: WriteRequest, answers: readonly ChangeAnswer[]): Refused {
  const [only] = answers;
  return answers.length === 1 && only?.kind === 'refused'
    ? refusedBy(only.refusal, changes[0]!.baseVersion)
    : refusedTogether(call, changes, answers);
}

function requestOf(call: Call, proposal: KeptProposal, request: string): TakenUp {
  const { id, contentSha256, approvals, createdAt: proposedAt, proposer } = proposal;
  const lawOf = (config: { namespace: string; path: string }) => lawOfChange(call, config);
  return {
    ...takenUp({ namespace: proposal.namespace, request }, lawOf),
    ...{ actor: { name: proposer, verified: true }, idempotency: null },
    waited: { id, contentSha256, approvals, proposedAt },
  };
}

/** Throws Refused. */
async function found(call: Call, namespace: string, id: string) {
  const kept = /^[1-9][0-9]{0,17}$/.test(id) ? await call.waiting.find(namespace, id, call.signal) : null;
  if (!kept) throw missing(namespace, id);
  await demandOn(call, 'get', namespace, kept.proposal.paths);
  if (kept.request.length > 16_384) call.hold(2 * kept.request.length);
  return kept;
}

/** Throws Refused where the right to one of them is missing. */
async function demandOn(
  { gate, principal }: Call,
  verb: 'get' | 'approve',
  namespace: string,
  paths: readonly string[],
) {
  for (const path of paths) await gate.demand(principal, { verb, namespace, path });
}

/** Those that need an approval; all of them where none does any more. */
function protectedOf({ namespaces }: Call, namespace: string, paths: readonly string[]): readonly string[] {
  const policy = namespaces.policy(namespace);
  const needing = paths.filter(path => neededApproval(policy, path));
  return needing.length > 0 ? needing : paths;
}

/** Undefined: it names a request that is kept. An object's name may have dots, its namespace has none. */
function objectOf({ proposals }: Call, namespace: string, id: string): ConfigVersion | undefined {
  const dot = id.indexOf('.');
  if (dot < 0) return undefined;
  const object = proposals.find(id.slice(0, dot), id.slice(dot + 1));
  const isAsked = object && proposedConfig(object).namespace === namespace && object.status.approval;
  if (!isAsked) throw missing(namespace, id);
  return object;
}

/** `/approvals/payments/12/approve` */
function named(
  { namespace, path }: Target,
  deed: 'approve' | 'reject' | null,
): { namespace: string; id: string } {
  const [id = '', said, ...rest] = (path ?? '').split('/');
  if ((said ?? null) === deed && rest.length === 0 && id !== '') return { namespace, id };
  throw new Refused('NotFound', 'There is nothing at this URL; see /openapi.json.');
}

function missing(namespace: string, id: string): Refused {
  const detail = `Nothing of that id (${id.slice(0, 80)}) waits for an approval in config namespace ${namespace}. GET /approvals lists what does.`;
  return new Refused('ApprovalNotFound', detail);
}

function another(namespace: string, id: string): Refused {
  const detail =
    'What would be saved is another change than the one that was shown, so nothing was approved. Look at it again: ' +
    `GET /approvals/${namespace}/${id.slice(0, 80)}.`;
  return new Refused('ApprovalMoved', detail);
}

function ownChange(name: string): Refused {
  const detail = `${name} proposed this change, and somebody else has to approve it (policy.approval of the config namespace).`;
  return new Refused('Forbidden', detail);
}
