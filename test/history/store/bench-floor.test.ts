/** The floor of the doors' measurement speaks the store's own statements: it must go on working as they change. */
import { expect, test } from 'vitest';
import { doorsNamespace } from '../../../bench/door.ts';
import { openPostgresDoor } from '../../../bench/door-postgres.ts';
import { edit, migrated, never } from './fixtures.ts';

test('the floor of the doors saves a version and reads it', async () => {
  await using fixture = await migrated();
  const config = { namespace: doorsNamespace, path: 'limits/eu.yaml' };
  await fixture.store.save(edit({ config, text: 'cap: 1\n' }), never);
  await using door = await openPostgresDoor(fixture.url);
  await door.save!('limits/eu.yaml', 1, 'cap: 2\n');
  await door.read('limits/eu.yaml');

  const versions = await fixture.sql(`
    SELECT v.version, v.body_raw FROM configs c JOIN config_versions v ON v.config_id = c.id
    WHERE c.namespace = '${doorsNamespace}' ORDER BY v.version`);

  expect(versions.map(({ version, body_raw: text }) => [version, text])).toEqual([
    ['1', 'cap: 1\n'],
    ['2', 'cap: 2\n'],
  ]);
});
