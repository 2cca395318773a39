/** Whose the numbers in the status of a ConfigVersion are, by what the API server says of its fields. */
import { describe, expect, test } from 'vitest';
import { configVersionOf } from '../../operator/kube/config-versions.ts';

const pawl = { manager: 'pawl', operation: 'Apply', subresource: 'status' };
const fields = (...names: string[]) => ({
  fieldsV1: { 'f:status': Object.fromEntries(names.map(name => [`f:${name}`, {}])) },
});

function isOurs(status: object, ...managedFields: object[]): boolean {
  const metadata = { namespace: 'payments', name: 'limits', uid: 'u', resourceVersion: '1', generation: 1 };
  const spec = { path: 'limits.yaml', format: 'yaml', body: 'cap: 1\n' };
  return configVersionOf({ metadata: { ...metadata, managedFields }, spec, status }).isStatusOurs;
}

describe('a number in a status', () => {
  test('is ours where our apply to the status has it', () => {
    const status = { version: '2', supersededBy: '3' };
    expect(isOurs(status, { ...pawl, ...fields('version', 'supersededBy', 'conditions') })).toBe(true);
    expect(isOurs({})).toBe(true);
  });

  test.each([
    ['somebody else wrote', { ...pawl, manager: 'kubectl-edit', operation: 'Update' }],
    ['somebody else applied', { ...pawl, manager: 'kubectl' }],
    ['was written under our name, but not applied', { ...pawl, operation: 'Update' }],
    ['was applied to the object itself', { ...pawl, subresource: '' }],
  ])('that %s is not', (_, by) => {
    const theirs = { ...by, ...fields('version') };
    expect(isOurs({ version: '900001' }, { ...pawl, ...fields('conditions') }, theirs)).toBe(false);
  });

  test('is not ours where one of two is somebody else’s', () => {
    const theirs = { ...pawl, manager: 'kubectl', ...fields('supersededBy') };
    expect(isOurs({ version: '2', supersededBy: '77' }, { ...pawl, ...fields('version') }, theirs)).toBe(
      false,
    );
  });
});
