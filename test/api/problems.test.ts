/** The table of refusals, the document and the pages about them say the same. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generateApi } from '../../api/generate.ts';
import { openapi } from '../../api/openapi.gen.ts';
import { Reason } from '../../history/words/reasons.ts';
import { problemOf, problemReasons, problemRoot, Refused, slugOf, typeOf } from '../../server/problems.ts';
import { assertComplete } from '../../server/route-check.ts';
import { operations } from '../../server/spec.ts';
import { dotSegmentPattern, maxPathLength, pathPattern } from '../../text/config-path.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Content {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly example?: unknown }>>;
}

const contentOf = ({ $ref, content }: Content): NonNullable<Content['content']> => {
  const name = $ref?.split('/').at(-1);
  const shared = openapi.components.responses as Readonly<Record<string, Content>>;
  return (name ? shared[name]!.content : content) ?? {};
};

describe('api/openapi.yaml', () => {
  it('is what the checked-in files were generated from', async () => {
    for (const [name, text] of Object.entries(await generateApi())) expect(read(`api/${name}`)).toBe(text);
  });

  it('allows the paths that core allows', () => {
    const { ConfigPath } = openapi.components.schemas;
    expect(ConfigPath).toMatchObject({
      maxLength: maxPathLength,
      pattern: pathPattern,
      not: { pattern: dotSegmentPattern },
    });
  });

  it('has a route for each operation and an operation for each route, or the server does not start', () => {
    const all = operations.map(({ method, path }) => ({
      method,
      url: path.replace(/\{(namespace)\}/, ':$1').replace('{path}', '*'),
    }));
    expect(() => assertComplete(operations, all)).not.toThrow();
    expect(() => assertComplete(operations, all.slice(1))).toThrow(
      /GET \/openapi.json \(getOpenApi\) has no route/,
    );
    const more = [...all, { method: 'GET', url: '/more' }];
    expect(() => assertComplete(operations, more)).toThrow(/GET \/more is not in api\/openapi.yaml/);
  });

  it('has an example of every success, which is what the schema says', () => {
    const missing = [];
    for (const { id, responses } of Object.values(openapi.paths).flatMap(item =>
      Object.values(item as Record<string, { operationId?: string; responses: Record<string, Content> }>)
        .filter(({ operationId }) => operationId)
        .map(({ operationId, responses }) => ({ id: operationId!, responses })),
    )) {
      const operation = operations.find(one => one.id === id)!;
      for (const [status, response] of Object.entries(responses)) {
        if (!status.startsWith('2')) continue;
        for (const [type, { example }] of Object.entries(contentOf(response))) {
          if (example === undefined) missing.push(`${id} ${status} ${type}`);
          expect([id, operation.checkAnswer(Number(status), type, example)]).toEqual([id, null]);
        }
      }
    }
    expect(missing).toEqual([]);
  });

  it('lets answers have new fields, and requests only those it knows', () => {
    const asked = new Set<string>();
    const ask = (schema: unknown) => {
      for (const [, name] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
        if (asked.has(name!)) continue;
        asked.add(name!);
        ask((openapi.components.schemas as Record<string, unknown>)[name!]);
      }
    };
    for (const item of Object.values(openapi.paths))
      for (const operation of Object.values(item))
        ask((operation as { requestBody?: unknown }).requestBody ?? {});
    const objects = Object.entries(openapi.components.schemas as Record<string, { type?: string }>).filter(
      ([, { type }]) => type === 'object',
    );
    const isClosed = (schema: unknown) => JSON.stringify(schema).includes('"additionalProperties":false');
    expect(
      objects.filter(([name, schema]) => isClosed(schema) !== asked.has(name)).map(([name]) => name),
    ).toEqual([]);
  });

  it('promises a problem document for every refusal of every operation', () => {
    const refusal = problemOf(new Refused('Internal', 'x'), 'id');
    for (const operation of operations) {
      for (const status of [400, 401, 403, 404, 409, 413, 415, 422, 428, 429, 500, 503]) {
        expect(operation.checkAnswer(status, 'application/problem+json', { ...refusal, status })).toBeNull();
      }
    }
  });
});

describe('problems', () => {
  it('have stable types', () => {
    expect(typeOf('VersionConflict')).toBe('https://pawl.dev/problems/version-conflict');
    expect(slugOf('IdempotencyKeyReused')).toBe('idempotency-key-reused');
  });

  it('cover every reason that a save can be refused for', () => {
    // Of these, the conditions of an object speak, and nothing that is asked for by a request.
    const others = [
      ...['Saved', 'Merged', 'Unchanged', 'Superseded', 'ReadDifferently', 'Progressing', 'Suspended'],
    ];
    const targets = ['TargetNotOwned', 'TargetRejected', 'TargetAltered', 'DriftStorm', 'NotRenderable'];
    const needed = Object.keys(Reason).filter(reason => ![...others, ...targets].includes(reason));
    expect(problemReasons).toEqual(expect.arrayContaining(needed));
  });

  it('each have a section of their name in docs/problems.md, and no section is of none', () => {
    const sections = [...read('docs/problems.md').matchAll(/^## (.+)$/gm)].map(match => match[1]);
    expect([...sections].sort()).toEqual(problemReasons.map(slugOf).sort());
  });

  it('are the ones the document speaks of', () => {
    const text = read('api/openapi.yaml');
    const slugs = problemReasons.map(slugOf);
    const spoken = [...text.matchAll(new RegExp(`${problemRoot}([a-z-]+)`, 'g'))].map(match => match[1]!);
    expect(spoken.filter(slug => !slugs.includes(slug))).toEqual([]);
  });
});
