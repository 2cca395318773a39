/** What a list of namespaces costs the API server that says who may see them. */
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, everything, startApi } from '../setup/api.ts';

let api: Api;
const many = 250;

beforeAll(async () => {
  api = await startApi();
  const client = new pg.Client(api.databaseUrl);
  await client.connect();
  await client.query('INSERT INTO pawl.namespaces (name) VALUES ($1)', [api.namespace]);
  await client.query(
    "INSERT INTO pawl.namespaces (name) SELECT format('n%s', n) FROM generate_series(1, $1::int) n",
    [many],
  );
  await client.end();
});
afterAll(() => api?.[Symbol.asyncDispose]());

/** All of them, page by page. */
async function list(token: string) {
  const [names, reviews]: [string[], number[]] = [[], []];
  for (let cursor = ''; ; ) {
    const before = api.reviews;
    const { json } = await api.ask(`/namespaces?limit=500${cursor && `&cursor=${cursor}`}`, { token });
    reviews.push(api.reviews - before);
    names.push(...json.items.map(({ name }: { name: string }) => name));
    if (json.next_cursor === undefined) return { names, reviews };
    cursor = encodeURIComponent(json.next_cursor);
  }
}

it('asks about at most 100 namespaces for each request, and about each once in half a minute', async () => {
  const token = await api.person([everything]);
  const first = await list(token);
  expect(first.names).toEqual([api.namespace]);
  expect(first.reviews).toHaveLength(Math.ceil((many + 1) / 100));
  // One more, about all namespaces, which a no answers for three seconds.
  for (const reviews of first.reviews) expect(reviews).toBeLessThanOrEqual(101);
  const again = await list(token);
  expect(again.names).toEqual([api.namespace]);
  for (const reviews of again.reviews) expect(reviews).toBeLessThanOrEqual(1);
});
