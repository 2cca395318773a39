/** The tables that the campaign ends with: every fault and every attack that happened is in them, and no other. */
import { expect, it } from 'vitest';
import { tablesOf } from '../../local/campaign.ts';

it('the tables say what was broken how often, and what was saved meanwhile', () => {
  const tables = tablesOf([
    { fault: 'b', saves: 2, attempts: 3 },
    { fault: 'a', saves: 0, attempts: 1 },
    { fault: 'b', saves: 5, attempts: 5 },
    { attack: 'read', got: 403 },
    { summary: { versions: 9 } },
  ]);
  expect(tables.split('\n')).toEqual([
    '| fault | times | saves tried | saves acknowledged |',
    '|---|---|---|---|',
    '| a | 1 | 1 | 0 |',
    '| b | 2 | 8 | 7 |',
    '| in all | 3 | 9 | 7 |',
    '',
    '| attack | seen |',
    '|---|---|',
    '| read | 403 |',
    '',
    '{"versions":9}',
  ]);
});
