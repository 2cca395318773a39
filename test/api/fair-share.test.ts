/** Whoever uses the API, if only to read, is not held up by a tenant who has used up a share of processor time. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SmallServer, startSmallServer } from './small-server.ts';

let server: SmallServer;
beforeAll(async () => {
  server = await startSmallServer({ perSecond: 0.001, burst: 0 });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const path = '/configs/payments/limits/eu.yaml';
const save = (base_version: number) =>
  server.ask('PUT', path, { format: 'yaml', body_raw: `cap: ${base_version}\n`, base_version });

it('a tenant who is alone saves on; after somebody else has read, they are told to wait', async () => {
  server.caller = 'eve';
  for (let base = 0; base < 3; base++) expect((await save(base)).status).toBeLessThan(300);
  server.caller = 'ada';
  expect((await server.ask('GET', path)).status).toBe(200);
  server.caller = 'eve';
  expect(await save(3)).toMatchObject({ status: 429, json: { reason: 'TooManyRequests' } });
});
