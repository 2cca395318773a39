/** Several changes as one deployment, and the log of all deployments, through any door. */
import type { DeployedChange, DeploymentItem, NewDeployment } from '../../api/types.gen.ts';
import type { ChangeAnswer, RequestedChange, RequestedDelete } from '../../history/settle/change.ts';
import type { DeploymentRecord } from '../../history/words/history.ts';
import { bypassedBy, lawOfChange, remarkOf } from '../bypass.ts';
import {
  type Call,
  demandNamespace,
  type Handler,
  momentsOf,
  nextOf,
  noConfig,
  pageOf,
  signedBy,
} from '../call.ts';
import type { Gate, Principal } from '../gate.ts';
import { idempotencyOf, refusalOf, replayedHeaders, writeUnless } from '../idempotency.ts';
import { deploymentOf, noticesOf, resultOf } from '../present.ts';
import { waitingAnswer } from '../present-approval.ts';
import { problemOf, Refused, refusedBy } from '../problems.ts';
import { configIn, targetOfUrl } from '../target.ts';
import { visibleTo } from './namespaces.ts';
import { aimOf, answersOf, baseAllowed, changeOf, demandClearPath, originOf } from './saving.ts';

export const listDeployments: Handler = {
  readsMuch: true,
  async answer(call) {
    const { namespace, path, deployer, commit, result } = call.query;
    if (path !== undefined && namespace === undefined) {
      throw new Refused('Contradiction', 'A path belongs to one namespace: send namespace, too.');
    }
    const { gate, principal } = call;
    if (namespace !== undefined) {
      await gate.demand(principal, { verb: 'list', namespace: String(namespace), path: null });
      await demandNamespace(call, String(namespace));
    }
    const visible = namespace === undefined ? await visibleTo(call) : [String(namespace)];
    const filter = {
      ...(namespace !== undefined && { namespace: String(namespace) }),
      ...(path !== undefined && { path: String(path) }),
      ...(deployer !== undefined && { deployer: String(deployer) }),
      ...(commit !== undefined && { commit: String(commit) }),
      ...(result !== undefined && { result: result as DeploymentRecord['result'] }),
      ...momentsOf(call),
    };
    const page = await call.history.deployments(filter, visible, pageOf(call), call.signal);
    const { fields, headers } = nextOf(call, page.next);
    return { status: 200, headers, json: { items: page.items.map(deploymentOf), ...fields } };
  },
};

/**
 * Namespaces named for a deployment whose body is larger than a single text's; each is a question to the API server.
 */
const maxNamed = 20;

/**
 * Checked before the body is read: whether the query names every namespace it may be about, and whether the caller may
 * write there. A caller who may write only single paths sends smaller deployments.
 */
export async function mayDeployTo(
  gate: Gate,
  { principal, query }: { principal: Principal | null; query: unknown },
): Promise<boolean> {
  const names = namedIn((query as Record<string, unknown>).namespaces);
  if (!principal || names.length === 0 || names.length > maxNamed) return false;
  for (const namespace of names) {
    const deeds = (['update', 'create', 'delete'] as const).map(verb => ({ verb, namespace, path: null }));
    const may = await Promise.all(deeds.map(deed => gate.may(principal, deed)));
    if (!may.includes(true)) return false;
  }
  return true;
}

const namedIn = (text: unknown): string[] => (typeof text === 'string' && text !== '' ? text.split(',') : []);

/** Throws Refused when a change is about a namespace that was not named. */
function demandNamed({ query }: Call, changes: readonly DeployedChange[]): void {
  const names = namedIn(query.namespaces);
  if (names.length === 0) return;
  const other = changes.find(({ namespace }) => !names.includes(namespace));
  if (!other) return;
  const detail = `The query names ${names.join(', ')}, and a change is about ${other.namespace}. Name all or none.`;
  throw new Refused('Contradiction', detail);
}

export const deploy: Handler = {
  // Which configs they are stands in the body.
  async answer(call) {
    const body = call.body as NewDeployment;
    demandNamed(call, body.changes);
    const rights = await rightsTo(call, body.changes);
    for (const change of body.changes)
      if (!('operation' in change)) await demandClearPath(call, configOf(change));
    const refused = rights.missing ?? (await missingNamespace(call, body.changes));
    const changes = await Promise.all(rights.changes.map(change => wishOf(call, change, body)));
    const request = {
      changes,
      ...signedBy(call.principal),
      author: body.author ?? call.principal.name,
      git: originOf(body.git),
      group: body.group ?? null,
      idempotency: idempotencyOf(call),
    };
    const written = await writeUnless(refused, call, request);
    if (written.kind === 'waiting') return waitingAnswer(written);
    const answers = answersOf(written);
    if (written.kind === 'refused') throw refusedTogether(call, changes, answers);
    if (written.kind === 'written') call.hub.nudge();
    const items = answers.map((answer, index) => itemOf(call, answer, changes[index]!));
    const replayed = written.kind === 'written' && written.replayed;
    return {
      status: 200,
      headers: { ...(replayed && replayedHeaders) },
      json: { items, dry_run: call.query.dry_run === true },
    };
  },
};

/** A change as its author's rights allow it. */
type AllowedChange = DeployedChange & { readonly mustExist?: boolean };

async function wishOf(
  call: Call,
  change: AllowedChange,
  { comment = '', bypass }: Pick<NewDeployment, 'comment' | 'bypass'>,
): Promise<RequestedChange | RequestedDelete> {
  const config = configOf(change);
  const bypassed = await bypassedBy(call, config, bypass);
  if ('operation' in change) {
    const { base_version: base } = change;
    const law = lawOfChange(call, config, bypassed);
    const remark = bypassed ? remarkOf(bypassed) : '';
    return { kind: 'delete', config, baseVersion: base === undefined ? null : BigInt(base), law, remark };
  }
  const wish = { ...change, comment: change.comment ?? comment, bypassed };
  return changeOf(call, config, wish, change.body_raw, false);
}

function configOf({ namespace, path }: DeployedChange) {
  // As any URL is read, so that a path has one spelling at every door.
  return configIn(targetOfUrl(`/configs/${namespace}/${path}`));
}

/**
 * As for a single change: a delete needs `delete`, a change `update`, a new config `create`. Throws Refused when a
 * right is missing whatever exists.
 * @returns `missing`: because of what exists now, or is said to; `changes`: for a caller who may only create, each says
 * that it creates
 */
async function rightsTo(
  call: Call,
  changes: readonly DeployedChange[],
): Promise<{ missing: Refused | null; changes: readonly AllowedChange[] }> {
  const { gate, principal } = call;
  let missing: Refused | null = null;
  const stated: AllowedChange[] = [];
  for (const change of changes) {
    const config = configOf(change);
    if ('operation' in change) {
      await gate.demand(principal, { verb: 'delete', ...config });
      stated.push(change);
      continue;
    }
    await gate.demand(principal, { verb: 'update', ...config }, { verb: 'create', ...config });
    const { base_version, overwrite = false } = change;
    if (overwrite && base_version !== undefined) {
      const both = 'asks to overwrite whatever is the latest, and names a base, too';
      throw new Refused(
        'Contradiction',
        `The change of ${change.namespace}/${change.path} ${both}. Send one of them.`,
      );
    }
    const wanted = base_version === undefined ? null : BigInt(base_version);
    const allowed = await baseAllowed(call, config, wanted);
    missing ??= allowed.refused;
    stated.push({ ...change, ...aimOf(allowed, overwrite) });
  }
  return { missing, changes: stated };
}

/** @returns what is refused because a namespace is not there now; null: nothing */
async function missingNamespace(call: Call, changes: readonly DeployedChange[]): Promise<Refused | null> {
  for (const namespace of new Set(changes.map(change => change.namespace))) {
    const refused = await refusalOf(demandNamespace(call, namespace));
    if (refused) return refused;
  }
  return null;
}

export function refusedTogether(
  call: Call,
  changes: readonly (RequestedChange | RequestedDelete)[],
  answers: readonly ChangeAnswer[],
): Refused {
  const items = answers.map((answer, index) => itemOf(call, answer, changes[index]!));
  const refused = items.filter(({ problem }) => problem);
  const named = refused
    .slice(0, 3)
    .map(({ namespace, path, problem }) => `${namespace}/${path}: ${problem!.title}`);
  const more = refused.length > 3 ? `; and ${refused.length - 3} more` : '';
  const detail = `Nothing was deployed, because ${refused.length} of ${items.length} changes cannot be: ${named.join('; ')}${more}.`;
  return new Refused('DeploymentRefused', detail, { items });
}

export function itemOf(
  { requestId }: Call,
  answer: ChangeAnswer,
  change: RequestedChange | RequestedDelete,
): DeploymentItem {
  const { namespace, path } = answer.config;
  const config = { namespace, path };
  switch (answer.kind) {
    case 'refused': {
      const problem = problemOf(refusedBy(answer.refusal, change.baseVersion), requestId);
      return { ...config, operation: 'refused', problem };
    }
    case 'missing': {
      const problem = problemOf(noConfig(config), requestId);
      return { ...config, operation: 'refused', problem };
    }
    case 'deletable':
      return { ...config, operation: 'delete', old_version: Number(answer.version) };
    case 'deleted':
      return { ...config, operation: 'delete', old_version: Number(answer.previous) };
    case 'ready': {
      const { version, previous, versionKind, sha256 } = answer;
      return {
        ...{ ...config, operation: previous === null ? 'create' : 'update', result: resultOf(versionKind) },
        ...(previous !== null && { old_version: Number(previous) }),
        ...{ new_version: Number(version), content_sha256: sha256, ...noticesOf(answer) },
        ...(answer.awaits && { approval_required: true }),
      };
    }
    default: {
      const { operation, version, previous, versionKind, sha256 } = answer;
      return {
        ...{ ...config, operation },
        result: answer.kind === 'unchanged' ? 'unchanged' : resultOf(versionKind),
        ...(previous !== null && { old_version: Number(previous) }),
        ...{ new_version: Number(version), content_sha256: sha256, ...noticesOf(answer) },
      };
    }
  }
}
