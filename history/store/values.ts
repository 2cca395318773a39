/**
 * Turns types of the model into parameters of a statement. Invariant: what PostgreSQL cannot hold is refused by name
 * before it is sent, and nothing is changed on the way but remarks.
 */
import type { Actor, ConfigId, GitOrigin, ProposalRef, Source } from '../words/model.ts';
import type { Look } from '../words/save.ts';
import { StoreError } from './store-error.ts';

export type ConfigValues = readonly [namespace: string, path: string];

export const configValues = ({ namespace, path }: ConfigId): ConfigValues => [namespace, path];

export const sourceValues = ({ cluster, namespace, name }: Source) => [cluster, namespace, name];

export const actorValues = ({ name, verified }: Actor) => [name, verified];

export const gitValues = ({ commit, branch, dirty, remote, path }: GitOrigin) =>
  [commit, branch, dirty, remote, path].map(part =>
    typeof part === 'string' ? remarkValue(part) : (part ?? null),
  );

/** Everything about a proposal but its text and base. */
export const proposalValues = ({ source, uid, generation, sha256 }: Omit<ProposalRef, 'text'>) => [
  ...sourceValues(source),
  ...[uid, generation, hashValue(sha256)],
];

/** Of the statement `look`, and with a text of `lookForText`. */
export const lookValues = ({ config, source, baseVersion, sha256 }: Look) => [
  ...configValues(config),
  ...sourceValues(source),
  baseVersion,
  ...(sha256 === undefined ? [] : [hashValue(sha256)]),
];

export const hashValue = (sha256: string) => Buffer.from(sha256, 'hex');

/** pg would quietly turn half a surrogate pair into U+FFFD: another text than the one accepted. */
export function textValue(text: string, what: string): string {
  if (text.isWellFormed() && !text.includes('\0')) return text;
  throw new StoreError(
    'Unstorable',
    `${what} has a character PostgreSQL cannot store: NUL or a lone surrogate`,
  );
}

/** For remarks that are only shown, and may quote anything: no proposal fails because of a remark. */
export const remarkValue = (remark: string) => remark.toWellFormed().replaceAll('\0', '\uFFFD');

export const groupValue = (deploymentId: string | null) =>
  deploymentId === null ? null : remarkValue(deploymentId);
