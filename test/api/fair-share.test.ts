/** Whoever uses the API, if only to read, is not held up by a tenant who has used up a share, with however many accounts. */
import { expect, it } from 'vitest';
import { type SmallServer, startSmallServer } from './small-server.ts';

const path = '/configs/payments/limits/eu.yaml';
/** Reading it takes several ticks, by which Linux counts a thread's time. */
const many = Array.from({ length: 4_000 }, (_, index) => `key${index}: ${index}\n`).join('');
const save = (server: SmallServer, base_version: number) =>
  server.ask('PUT', path, { format: 'yaml', body_raw: `cap: ${base_version}\n${many}`, base_version });

it('a tenant who is alone saves on; after somebody else has read, they are told to wait', async () => {
  await using server = await startSmallServer({ share: { perSecond: 0.001, burst: 0 } });
  server.caller = 'eve';
  for (let base = 0; base < 3; base++) expect((await save(server, base)).status).toBeLessThan(300);
  server.caller = 'ada';
  expect((await server.ask('GET', path)).status).toBe(200);
  server.caller = 'eve';
  expect(await save(server, 3)).toMatchObject({ status: 429, json: { reason: 'TooManyRequests' } });
});

it('the service accounts of a namespace send so many requests together, whatever each of them may send', async () => {
  await using server = await startSmallServer({ requestsPerMinute: 3 });
  const told: number[] = [];
  for (let account = 0; account < 14; account++) {
    server.caller = `system:serviceaccount:eves:account-${account}`;
    told.push((await server.ask('GET', path)).status);
  }
  expect(told).toEqual([...Array(12).fill(404), 429, 429]);
  server.caller = 'system:serviceaccount:adas:reader';
  expect((await server.ask('GET', path)).status).toBe(404);
});
