/** The SQL of writes by request: one function each, so that one round trip is one transaction. */
import { git, parameters } from './statements.ts';

export type RequestStatements = ReturnType<typeof requestStatements>;

/** Types of an idempotency key's parts: principal, key, hash of the request. */
const key = ['text', 'text', 'bytea'] as const;

/** @param schema quoted where it needs to be */
export function requestStatements(schema: string) {
  const call = (name: string, types: readonly string[]) =>
    `SELECT * FROM ${schema}.${name}(${parameters(types)})`;
  return {
    recall: call('recall_key', key),
    save: call('save_changes', [
      ...['text[]', 'text[]', 'text[]', 'text[]', 'bigint[]', 'text[]', 'jsonb[]', 'integer[]', 'bytea[]'],
      ...['text[]', 'bigint[]', 'jsonb[]', 'text[]', 'text', 'text', 'boolean', ...git, 'text', ...key],
    ]),
    createNamespace: call('create_namespace', ['text', ...key]),
    deleteNamespace: call('delete_namespace', ['text', ...key]),
    deleteConfig: call('delete_config_by_request', ['text', 'text', 'bigint', 'text', 'boolean', ...key]),
    deleteVersion: call('delete_version_by_request', ['text', 'text', 'bigint', 'text', 'boolean', ...key]),
    rotateKeys: `SELECT ${schema}.rotate_keys($1 * interval '1 ms', $2::integer) AS gone`,
    rotateChanges: `SELECT ${schema}.rotate_changes($1::bigint, $2 * interval '1 ms', $3::integer) AS gone`,
  };
}
