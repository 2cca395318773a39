/** The tables of kubectl: what others wrote stands in them as one line that obeys nobody. */
import { expect, it } from 'vitest';
import type { ObjectFacts } from '../../server/aggregated/objects.ts';
import { tableOf } from '../../server/aggregated/table.ts';
import { aVersion, person } from '../history/core/make.ts';

const esc = '\u001b[2J\r\nReady\u202e';

it.each(['configs', 'configrevisions'] as const)('%s show no control character of anybody', resource => {
  for (const author of ['', `ada${esc}`]) {
    const version = aVersion(1n, 'a: 1\n', { author, actor: person(`bob${esc}`), comment: `raise${esc}` });
    const entry = {
      ...{
        resource,
        config: { namespace: 'payments', path: 'a' },
        format: 'yaml',
        createdAt: version.createdAt,
      },
      ...{ version: { ...version, bytes: 5 }, resourceVersion: '1', text: null },
    } as unknown as ObjectFacts;
    const table = tableOf(resource, [entry], { metadata: {}, included: 'None', now: new Date(0) });
    const { rows } = table as { rows: { cells: unknown[] }[] };
    expect(rows[0]!.cells.length).toBeGreaterThan(9);
    expect(rows[0]!.cells.join(' ')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(rows[0]!.cells.join(' ')).toContain('bob');
  }
});
