/** Nothing is handed out with Pawl under a licence that was not accepted. */
import { expect, it } from 'vitest';
import { handedOut, isAccepted } from '../../local/licences.ts';

it('has only accepted licences in what it hands out', () => {
  const all = handedOut();
  expect(all.filter(({ licence }) => !isAccepted(licence))).toEqual([]);
  const parts = Map.groupBy(all, ({ part }) => part);
  expect(parts.get('programs')!.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['fastify', 'pg', 'yaml']),
  );
  const page = parts.get('web page')!.map(({ name }) => name);
  // Also what the page's packages need themselves.
  expect(page).toEqual(expect.arrayContaining(['react', 'scheduler', '@codemirror/view', 'style-mod']));
  expect(all.map(({ name }) => name)).not.toContain('vitest');
});

it('reads expressions of licences', () => {
  expect(['MIT', '(MIT OR GPL-3.0)', 'MIT AND ISC', 'GPL-2.0 OR ISC'].map(isAccepted)).toEqual(
    Array(4).fill(true),
  );
  expect(['GPL-3.0', 'MIT AND GPL-3.0', 'none stated', 'SEE LICENSE IN x'].map(isAccepted)).toEqual(
    Array(4).fill(false),
  );
});
