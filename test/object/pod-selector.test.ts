/** Selectors of workloads in the form of a query. */
import { expect, it } from 'vitest';
import { podSelectorOf } from '../../operator/object/workload/pod-selector.ts';

it('writes labels and expressions, all of which must hold', () => {
  const matchExpressions = [
    { key: 'tier', operator: 'In', values: ['web', 'api'] },
    { key: 'track', operator: 'NotIn', values: ['canary'] },
    { key: 'team', operator: 'Exists' },
    { key: 'example.com/old', operator: 'DoesNotExist' },
  ];
  expect(podSelectorOf({ matchLabels: { app: 'a', part: 'b' }, matchExpressions })).toBe(
    'app=a,part=b,tier in (web,api),track notin (canary),team,!example.com/old',
  );
});

it.each([
  [undefined],
  [{}],
  [{ matchLabels: {} }],
  [{ matchLabels: { app: 'a' }, matchExpressions: [{ key: 'tier', operator: 'Gt', values: ['1'] }] }],
  [{ matchLabels: { app: 'a' }, matchExpressions: 'tier' }],
  [{ matchLabels: { app: 'a' }, somethingNew: {} }],
])('writes nothing rather than a selector of other pods: %j', selector => {
  expect(podSelectorOf(selector)).toBeNull();
});
