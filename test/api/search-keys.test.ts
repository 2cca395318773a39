/** What a search may ask of the database: each ** of a key multiplies the places that it looks at. */
import { expect, it } from 'vitest';
import { startSmallServer } from './small-server.ts';

it.each(['**/**/a', '**/a/**', '/**/x/y/**'])('a key has ** once at most: %s is refused', async key => {
  await using server = await startSmallServer();
  const { status, json } = await server.ask(
    'GET',
    `/search?namespace=payments&key=${encodeURIComponent(key)}`,
  );
  expect(status).toBe(400);
  expect(json).toMatchObject({ reason: 'InvalidRequest', errors: [{ in: 'query', name: 'key' }] });
  expect(json.detail).toContain('may have ** once');
});
