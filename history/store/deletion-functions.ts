/** The schema's functions that delete, by request: namespaces, configs and versions; and bring back. */
import type { Actor, ConfigId, Version } from '../words/model.ts';
import type { Idempotency } from '../words/request.ts';
import { actorParts, configParts, keepParts, keyParts, type TrashTime } from './function-parts.ts';
import { type Parts, type SqlCall, scalar, sqlCall } from './parameters.ts';
import { textValue } from './values.ts';

interface NamespaceWrite {
  readonly name: string;
  readonly idempotency: Idempotency | null;
}
const namespaceParts: Parts<NamespaceWrite> = {
  name: scalar('text', ({ name }) => textValue(name, 'the name')),
  ...keyParts<NamespaceWrite>(({ idempotency }) => idempotency),
};
export const createNamespace = sqlCall('create_namespace', namespaceParts);
export const deleteNamespace = sqlCall('delete_namespace', namespaceParts);

interface DeletionByRequest {
  readonly config: ConfigId;
  readonly actor: Actor;
  readonly idempotency: Idempotency | null;
}
const deletionParts: Parts<DeletionByRequest> = {
  ...configParts,
  ...actorParts,
  ...keyParts<DeletionByRequest>(({ idempotency }) => idempotency),
};

type HeadDeletion = DeletionByRequest & { readonly expectedHead: Version | null };
const headDeletionParts: Parts<HeadDeletion> = {
  ...deletionParts,
  expected_head: scalar('bigint', ({ expectedHead }) => expectedHead),
};
export const deleteConfig: SqlCall<HeadDeletion & TrashTime> = sqlCall('delete_config_keeping', {
  ...headDeletionParts,
  ...keepParts(),
});
export const purgeConfig: SqlCall<HeadDeletion> = sqlCall('purge_config_by_request', headDeletionParts);

export const undeleteConfig: SqlCall<DeletionByRequest> = sqlCall('undelete_config', deletionParts);

export const deleteVersion: SqlCall<DeletionByRequest & { readonly version: Version }> = sqlCall(
  'delete_version_by_request',
  { ...deletionParts, version: scalar('bigint', ({ version }) => version) },
);

export const purgeVersion: SqlCall<
  DeletionByRequest & { readonly version: Version; readonly reason: string }
> = sqlCall('purge_version_by_request', {
  ...deletionParts,
  version: scalar('bigint', ({ version }) => version),
  reason: scalar('text', ({ reason }) => textValue(reason, 'the reason')),
});
