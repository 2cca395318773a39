/** Small makers of the things core decides about, with sensible facts filled in. */
import { createHash } from 'node:crypto';
import type { BodyReading } from '../../../history/core/decide.ts';
import type { Edit } from '../../../history/core/edit.ts';
import type { Law } from '../../../history/core/law.ts';
import { editOf, type Proposal } from '../../../history/core/proposal.ts';
import type { Actor, Line, Version, VersionRecord, View } from '../../../history/words/model.ts';
import type {
  ConfigVersion,
  ConfigVersionSpec,
  ConfigVersionStatus,
} from '../../../operator/object/config-version.ts';
import { readTerms } from '../../../operator/object/terms.ts';
import { defaultDiffLimits } from '../../../text/text-diff.ts';

export const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

export function anObject(
  { body = 'cap: 1\n', ...spec }: Partial<ConfigVersionSpec> = {},
  metadata: Partial<ConfigVersion['metadata']> = {},
  status: ConfigVersionStatus = { observedGeneration: -1 },
): ConfigVersion {
  return {
    metadata: {
      namespace: 'payments',
      name: 'limits',
      uid: 'uid-1',
      generation: 1,
      resourceVersion: '10',
      creationTimestamp: '2026-01-01T00:00:00Z',
      annotations: {},
      ...metadata,
    },
    spec: { path: 'limits/eu.yaml', format: 'yaml', ...spec },
    bodySha256: sha(body),
    status,
    isStatusOurs: true,
    specManager: 'kubectl',
  };
}

export const reading = { cluster: 'default', trustStamps: false };

export function aProposal(
  spec: Partial<ConfigVersionSpec> = {},
  metadata: Partial<ConfigVersion['metadata']> = {},
): Proposal {
  return { ...readTerms(anObject(spec, metadata), reading), text: spec.body ?? 'cap: 1\n' };
}

export const law: Law = { write: null, read: null, delete: null, policy: {} };

/** The edit that an object proposes. */
export function anEdit(
  spec: Partial<ConfigVersionSpec> = {},
  metadata: Partial<ConfigVersion['metadata']> = {},
): Edit {
  return editOf(aProposal(spec, metadata));
}

/** The edit that a request asks for. */
export function aRequest(text: string, facts: Partial<Edit> = {}): Edit {
  return {
    config: { namespace: 'payments', path: 'limits/eu.yaml' },
    ...{ format: null, text, baseVersion: null, unstated: 'latest', onStale: null, confirm: null },
    ...{ mustExist: false, git: {}, actor: { name: 'cem', verified: true }, carrier: null, known: null },
    diffLimits: defaultDiffLimits,
    ...facts,
  };
}

export const person = (name: string): Actor => ({ name, verified: true });

export function aVersion(version: Version, text: string, facts: Partial<VersionRecord> = {}): VersionRecord {
  return {
    version,
    sha256: sha(text),
    kind: 'direct',
    baseVersion: null,
    author: 'ada@example.com',
    actor: { name: 'kubectl', verified: false },
    comment: '',
    git: {},
    createdAt: new Date('2026-01-02T03:04:05Z'),
    ...facts,
  };
}

export function aLine(text: string, facts: Partial<Line> = {}): Line {
  return {
    uid: 'uid-1',
    generation: 1n,
    sha256: sha(text),
    baseVersion: null,
    version: 1n,
    contentSha256: sha(text),
    acceptedAs: 'Saved',
    actor: null,
    supersededBy: null,
    ...facts,
  };
}

export const emptyView: View = {
  config: null,
  head: null,
  line: null,
  base: null,
  match: null,
  headIsOwn: false,
};

export function aView(head: VersionRecord, facts: Partial<View> = {}): View {
  return {
    config: { id: '1', format: 'yaml', lastVersion: head.version },
    head,
    line: null,
    base: null,
    match: null,
    headIsOwn: false,
    ...facts,
  };
}

/** Accepts every text: what is valid is body.ts' matter and tested there. */
export function readAnything(text: string): BodyReading {
  return { ok: true, body: { text, sha256: sha(text), json: 'null', documents: 1 } };
}
