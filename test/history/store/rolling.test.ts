/** A rolling upgrade: replicas of the build before this one call the functions they know, beside ours. */
import { expect, it } from 'vitest';
import { edit, migrated, move, never, sha256, source } from './fixtures.ts';

it('serves the functions of the build before this one, on the same configs, as they were promised', async () => {
  await using db = await migrated();
  const call = async (name: string, ...values: unknown[]) => {
    const places = values.map((_, index) => `$${index + 1}`).join(', ');
    const [row] = await db.sql(`SELECT * FROM ${name}(${places}) AS answer`, values);
    return row;
  };
  const hash = (text: string) => Buffer.from(sha256(text), 'hex');
  const at = ['payments', 'limits/eu.yaml'];
  const object = (name: string, generation: number) => [
    'default',
    'payments',
    name,
    `uid-of-${name}`,
    generation,
  ];
  const git = ['3f2c', null, false, null, null];
  const save = (text: string, head: number, generation: number) => [
    ...[
      ...at,
      'yaml',
      head,
      ...object('limits', generation),
      hash(text),
      null,
      null,
      text,
      '{}',
      1,
      hash(text),
    ],
    ...['direct', 'ada', 'ann', true, '', ...git, null, null, []],
  ];
  expect(await call('save_version', ...save('a', 0, 1))).toMatchObject({ outcome: 'saved', version: '1' });
  expect(await db.store.save(edit({ text: 'b', head: 1n, generation: 2 }), never)).toMatchObject({
    version: 2n,
  });
  expect(await call('save_version', ...save('c', 1, 3))).toMatchObject({ outcome: 'raced', version: null });
  expect(await call('save_version_onto', hash('x'), ...save('c', 2, 3))).toMatchObject({ outcome: 'raced' });
  const onto = await call('save_version_onto', hash('b'), ...save('c', 2, 3));
  expect(onto).toMatchObject({ outcome: 'saved', version: '3', created_at: expect.any(Date) });

  const moved = [...at, 3, ...object('other', 1), hash('c'), 'c', null, 3, 'ann', true, ...git, null];
  expect(await call('move_line', ...moved)).toEqual({ answer: 'moved' });
  const ours = move({ text: 'c', head: 3n, source: source('other') }, 3n);
  expect(await db.store.moveLine(ours, never)).toMatchObject({ kind: 'moved' });

  const changes = [
    ...[
      ['payments', 'payments'],
      ['limits/eu.yaml', 'new'],
      ['unchanged', 'save'],
      [null, 'yaml'],
      [3, 0],
    ],
    ...[
      [null, 'n'],
      [null, '{}'],
      [null, 1],
      [hash('c'), hash('n')],
      [null, 'confirmed'],
      [null, 0],
    ],
    ...[['[]', '["/n"]'], ['', 'why'], 'ada', 'ann', true, ...git, 'run', null, null, null],
  ];
  const together = await call('save_changes', ...changes);
  expect(together).toMatchObject({
    outcome: 'saved',
    answer: [
      { operation: 'unchanged', version: '3' },
      { operation: 'create', version: '1', kind: 'confirmed' },
    ],
  });
  const [confirmed] = await db.sql(
    "SELECT confirmed_by, merged_paths, comment FROM config_versions WHERE body_raw = 'n'",
  );
  expect(confirmed).toEqual({ confirmed_by: 'ann', merged_paths: ['/n'], comment: 'why' });

  const deletion = (path: string, cluster = 'default') => [
    'payments',
    path,
    cluster,
    'payments',
    'limits',
    'uid',
  ];
  expect(await call('delete_config', ...deletion('new'), 'ann', true)).toEqual({ answer: '-1' });
  expect(await call('delete_config', ...deletion('limits/eu.yaml'), 'ann', true)).toEqual({ answer: '3' });
  expect(await call('delete_config', ...deletion('limits/eu.yaml'), 'ann', true)).toEqual({ answer: '0' });
});
