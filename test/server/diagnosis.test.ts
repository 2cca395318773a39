/** What the server finds around it, from facts that are well and from planted faults. */
import { expect, test } from 'vitest';
import type { StoreFacts } from '../../history/words/store-facts.ts';
import { diagnose, type Surroundings } from '../../server/diagnosis.ts';

const nowMs = Date.parse('2026-11-01T00:00:00Z');
const day = 86_400_000;
const store: StoreFacts = {
  ...{ serverVersion: '18.1', major: 18, role: 'pawl', roleIs: 'restricted', mayDeleteVersions: false },
  ...{ unsafe: [], sizeBytes: 12 << 20, versions: 1_203, connections: 10, maxConnections: 100, nowMs },
};
const well: Surroundings = { store, storeFault: '', certificateEnd: nowMs + 90 * day, nowMs };
const levels = (surroundings: Surroundings) =>
  Object.fromEntries(diagnose(surroundings).map(({ name, level }) => [name, level]));
const worse = (surroundings: Surroundings) => diagnose(surroundings).filter(({ level }) => level !== 'ok');

test('all is well', () => {
  expect(worse(well)).toEqual([]);
  expect(diagnose(well).map(({ message }) => message)).toContain(
    'PostgreSQL 18.1 answers; 12 MiB, about 1203 versions.',
  );
});

test.each<[string, Partial<StoreFacts>, string, string]>([
  ['fsync off', { unsafe: ['fsync'] }, 'durability', 'failure'],
  ['a superuser', { roleIs: 'superuser' }, 'role', 'warning'],
  ['the owner of the schema', { roleIs: 'owner' }, 'role', 'warning'],
  ['a role that deletes', { mayDeleteVersions: true }, 'role', 'warning'],
  ['an old PostgreSQL', { serverVersion: '14.9', major: 14 }, 'database', 'failure'],
  ['few connections left', { connections: 81 }, 'connections', 'warning'],
  ['a clock that is wrong', { nowMs: nowMs - 60_000 }, 'clock', 'warning'],
])('%s is found, and nothing else', (_, fault, name, level) => {
  expect(worse({ ...well, store: { ...store, ...fault } })).toMatchObject([{ name, level }]);
});

test('a certificate is told of before it ends, and after', () => {
  expect(levels({ ...well, certificateEnd: nowMs + 15 * day }).certificate).toBe('ok');
  expect(levels({ ...well, certificateEnd: nowMs + 13 * day }).certificate).toBe('warning');
  expect(levels({ ...well, certificateEnd: nowMs }).certificate).toBe('failure');
});

test('a database that does not answer is the finding', () => {
  const found = worse({ ...well, store: null, storeFault: 'connection refused' });
  expect(found).toMatchObject([
    { name: 'database', level: 'failure', message: expect.stringMatching('refused') },
  ]);
});
