/** Turns changes that wait for an approval into the API's JSON: the latest text against the new one, never an older one. */
import type { Approval, ApprovalRead } from '../api/types.gen.ts';
import type { Awaited, Written } from '../history/settle/requests.ts';
import type { Approver, Judgements } from '../history/words/model.ts';
import type { KeptProposal } from '../history/words/save.ts';
import type { ConfigVersion } from '../operator/object/config-version.ts';
import { proposedConfig } from '../operator/object/terms.ts';
import type { Answer } from './call.ts';
import type { AwaitedObject } from './ports.ts';
import type { Refused } from './problems.ts';

export interface Looked extends Omit<Awaited, 'token'> {
  /** null: it cannot be approved as it stands. */
  readonly token: string | null;
  readonly refused?: Refused;
}

/** Names an object among what waits in a config namespace. */
export const idOf = ({ metadata }: ConfigVersion): string => `${metadata.namespace}.${metadata.name}`;

/** Of a save that waits, 202: where it is, and what it would change. */
export function waitingAnswer({ proposal, ...awaited }: Extract<Written, { kind: 'waiting' }>): Answer {
  return {
    status: 202,
    headers: { location: `/approvals/${proposal.namespace}/${proposal.id}` },
    json: keptRead(proposal, awaited),
  };
}

export function judged({ needed, approvers }: Pick<Looked, 'needed' | 'approvers'>) {
  return { needed, approved_by: approvers.map(approverOf) };
}

const unjudged: Judgements = { approvals: null, rejection: null };

const approverOf = ({ name, at }: Approver) => ({ name, at: at.toISOString() });

export function keptItem({ id, namespace, paths, proposer, createdAt, approvals }: KeptProposal): Approval {
  return {
    ...{ id, namespace, paths: [...paths], proposed_by: proposer, proposer_verified: true },
    ...{ since: createdAt.toISOString(), approved_by: (approvals?.by ?? []).map(approverOf) },
  };
}

export function keptRead(proposal: KeptProposal, looked: Looked): ApprovalRead {
  const { answers, token, needed, approvers, refused } = looked;
  return {
    ...keptItem({ ...proposal, approvals: { token: '', by: approvers } }),
    ...(token !== null && { token }),
    ...(refused && { problem: { reason: refused.reason, detail: refused.message } }),
    needed,
    changes: answers.map(answer => {
      const { namespace, path } = answer.config;
      if (answer.kind !== 'ready') return { namespace, path, operation: 'unchanged' as const };
      const { previous, text, sha256, awaits } = answer;
      return {
        ...{ namespace, path, operation: previous === null ? ('create' as const) : ('update' as const) },
        ...(previous !== null && { current_version: Number(previous) }),
        ...{ content_sha256: sha256, body_raw: text },
        ...(awaits && { change: awaits.change }),
      };
    }),
  };
}

/** @param said of its generation; what the status says is not believed */
export function objectItem(object: ConfigVersion, said: Judgements = unjudged): Approval {
  const { namespace, path } = proposedConfig(object);
  const { token } = object.status.approval!;
  const by = said.approvals?.token === token ? said.approvals.by : [];
  const no = said.rejection?.token === token ? said.rejection : null;
  const ready = object.status.conditions?.find(({ type }) => type === 'Ready');
  return {
    ...{
      id: idOf(object),
      namespace,
      paths: [path],
      proposed_by: object.spec.author ?? '',
      proposer_verified: false,
    },
    object: { namespace: object.metadata.namespace, name: object.metadata.name },
    since: ready?.lastTransitionTime ?? object.metadata.creationTimestamp,
    approved_by: by.map(approverOf),
    ...(no && { rejected_by: { ...approverOf(no), reason: no.reason } }),
  };
}

export function objectRead(object: ConfigVersion, awaited: AwaitedObject | null): ApprovalRead {
  const { namespace, path } = proposedConfig(object);
  const item = objectItem(object, awaited ? { approvals: null, rejection: awaited.rejection } : unjudged);
  if (!awaited) {
    const detail = 'It is being looked at again. Ask again in a moment.';
    return { ...item, needed: 0, problem: { reason: 'ApprovalMoved', detail }, changes: [] };
  }
  const { token, change, head, text, sha256, needed, approvers, proposer } = awaited;
  return {
    ...item,
    ...(proposer.verified && { proposed_by: proposer.name, proposer_verified: true }),
    ...{ token, needed, approved_by: approvers.map(approverOf) },
    changes: [
      {
        ...{ namespace, path, operation: head ? ('update' as const) : ('create' as const) },
        ...(head && { current_version: Number(head.version) }),
        ...{ content_sha256: sha256, body_raw: text, change },
      },
    ],
  };
}
