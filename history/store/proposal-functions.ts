/** The schema's functions of proposals that wait for an approval. */
import { sha256 } from '../../text/sha256.ts';
import type { Actor, Approvals } from '../words/model.ts';
import type { JudgementToKeep, KeptProposal, ProposalToKeep } from '../words/save.ts';
import { actorParts } from './function-parts.ts';
import { type Parts, type SqlCall, scalar, sqlCall } from './parameters.ts';
import { hashValue, remarkValue, textValue } from './values.ts';

export const keepProposal: SqlCall<ProposalToKeep> = sqlCall('keep_proposal', {
  namespace: scalar('text', ({ namespace }) => namespace),
  paths: scalar('text[]', ({ paths }) => paths),
  subject: scalar('bytea', ({ paths }) => hashValue(sha256(paths.join('\n')))),
  proposer: scalar('text', ({ proposer }) => textValue(proposer, 'the user')),
  sha256s: scalar('bytea[]', ({ sha256s }) => sha256s.map(hashValue)),
  request: scalar('text', ({ request }) => textValue(request, 'the request')),
  content_sha256: scalar('bytea', ({ contentSha256 }) => hashValue(contentSha256)),
  max_count: scalar('bigint', ({ limits }) => limits.count),
  max_bytes: scalar('bigint', ({ limits }) => limits.bytes),
  max_of_one: scalar('bigint', ({ limits }) => limits.ofOne),
});

export const judgeObject: SqlCall<JudgementToKeep> = sqlCall('judge_object', {
  uid: scalar('text', ({ uid }) => uid),
  generation: scalar('bigint', ({ generation }) => generation),
  token: scalar('text', ({ token }) => token),
  name: scalar('text', ({ name }) => textValue(name, 'the user')),
  rejected: scalar('text', ({ rejected }) => (rejected === null ? null : remarkValue(rejected))),
});

type KeptName = Pick<KeptProposal, 'id' | 'contentSha256'>;
const keptParts: Parts<KeptName> = {
  id: scalar('bigint', ({ id }) => id),
  content_sha256: scalar('bytea', ({ contentSha256 }) => hashValue(contentSha256)),
};
const approvalsValue = (approvals: Approvals | null) =>
  approvals && JSON.stringify({ token: approvals.token, by: approvals.by });

export const approveProposal: SqlCall<KeptName & { seen: Approvals | null; approvals: Approvals }> = sqlCall(
  'approve_proposal',
  {
    ...keptParts,
    seen: scalar('jsonb', ({ seen }) => approvalsValue(seen)),
    approvals: scalar('jsonb', ({ approvals }) => approvalsValue(approvals)),
  },
);

export const endProposal: SqlCall<KeptName & { actor: Actor; reason: string; message: string }> = sqlCall(
  'end_proposal',
  {
    ...keptParts,
    ...actorParts,
    reason: scalar('text', ({ reason }) => reason),
    message: scalar('text', ({ message }) => remarkValue(message)),
  },
);
