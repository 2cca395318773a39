/** What an object says while PostgreSQL is of no use. */
import { expect, it } from 'vitest';
import { StoreError } from '../../history/store/store-error.ts';
import { readyOf, World } from './world.ts';

it.each([
  [
    'does not answer',
    { reason: 'Unavailable' },
    /^PostgreSQL does not answer as it should\. Nothing is lost/,
  ],
  [
    'refuses the login, which no pause mends',
    { reason: 'Unavailable', sqlstate: '28P01' },
    /^PostgreSQL, which refuses Pawl's login \(SQLSTATE 28P01\), does not answer/,
  ],
  [
    'has no such database',
    { reason: 'Unavailable', sqlstate: '3D000' },
    /^PostgreSQL, which does not have Pawl's database \(SQLSTATE 3D000\), does not answer/,
  ],
  [
    'has lost the schema, with how to make it',
    { reason: 'SchemaMismatch', sqlstate: '42P01' },
    /^PostgreSQL, whose database lacks the schema of this build \(its migrate command makes it\), does not answer/,
  ],
] as const)('says that PostgreSQL %s', async (_, { reason, ...more }, message) => {
  await using world = new World();
  world.store.away = new StoreError(reason, 'made by the test', more);
  world.api.propose('pay', 'a', { path: 'a.yaml', body: 'a: 1\n' });
  await world.quiet();
  expect(readyOf(world.api.version('pay', 'a'))).toMatchObject({
    ...{ status: 'Unknown', reason: 'StoreUnavailable' },
    message: expect.stringMatching(message),
  });
});
