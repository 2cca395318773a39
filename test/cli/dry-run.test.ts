/** How a dry run ends for a change that others would have to approve. */
import { expect, test } from 'vitest';
import type { Context } from '../../cli/context.ts';
import { endOfDryRun } from '../../cli/dry-run.ts';

const told: string[] = [];
const context = { terminal: { tell: (line: string) => void told.push(line) } } as unknown as Context;

test('a dry run ends with 3 where an approval is missing, and with 0 where nothing is in the way', () => {
  expect(endOfDryRun(context, [{}, { approval_required: true }])).toBe(3);
  expect(endOfDryRun(context, [{}], 'deleted')).toBe(0);
  expect(told).toEqual([
    'Nothing was saved: this was a dry run. Without --dry-run, it is kept until others have approved it.',
    'Nothing was deleted: this was a dry run.',
  ]);
});
