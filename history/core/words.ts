/** How Pawl speaks of configs, versions and people in messages, so that it always says the same. */
import { firstLine, personOf } from '../../text/words.ts';
import type { ConfigId, Version, VersionRecord } from '../words/model.ts';
import type { Proposal } from './proposal.ts';

/** `payments/limits/eu.yaml` */
export function configName({ namespace, path }: ConfigId): string {
  return `${namespace}/${path}`;
}

/** `version 9 by bob@example.com on 2026-01-02 at 03:04:05 UTC, "raise the cap"` */
export function savedBy(record: VersionRecord): string {
  const [day, time] = record.createdAt.toISOString().split('T');
  const comment = record.comment ? `, "${firstLine(record.comment)}"` : '';
  return `version ${record.version} by ${personOf(record)} on ${day} at ${time!.slice(0, 8)} UTC${comment}`;
}

/** `version 9 (kubectl get configmap …)`: the latest text, and the command that shows it. */
export function latestText(
  { configMap, source }: Pick<Proposal, 'configMap' | 'source'>,
  version: Version,
): string {
  const key = configMap.key.replaceAll('.', '\\.');
  return (
    `version ${version} (kubectl get configmap ${configMap.name} -n ${source.namespace} ` +
    `-o jsonpath='{.data.${key}}')`
  );
}
