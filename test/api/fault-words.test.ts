/** What a request must be like is said in words, for everything that api/openapi.yaml asks of one. */
import { describe, expect, it } from 'vitest';
import { openapi } from '../../api/openapi.gen.ts';
import { forbiddenWords, formatWords, patternWords } from '../../server/fault-words.ts';
import { operations } from '../../server/spec.ts';

type Node = { readonly [key: string]: unknown };

/** All schemas of parameters and of bodies that are sent, with what they refer to. */
function asked(): Node[] {
  const found = new Set<Node>();
  const walk = (node: unknown): void => {
    if (node === null || typeof node !== 'object' || found.has(node as Node)) return;
    found.add(node as Node);
    const { $ref, ...rest } = node as Node;
    if (typeof $ref === 'string') {
      const [, , kind, name] = $ref.split('/') as [string, string, string, string];
      walk((openapi.components as unknown as Record<string, Node>)[kind]![name]);
    }
    for (const [key, value] of Object.entries(rest)) if (!key.startsWith('example')) walk(value);
  };
  for (const item of Object.values(openapi.paths as unknown as Record<string, Node>)) {
    walk(item.parameters);
    for (const method of ['get', 'post', 'put', 'delete'])
      for (const part of ['parameters', 'requestBody']) walk((item[method] as Node | undefined)?.[part]);
  }
  return [...found];
}

describe('every expression that a request is held against', () => {
  const all = asked();
  const forbidden = all.flatMap(({ not }) => (not ? [not as Node] : []));
  const texts = (nodes: readonly Node[], key: string) =>
    [...new Set(nodes.map(node => node[key]).filter(value => typeof value === 'string'))].toSorted();

  it('has words, and no words are left over', () => {
    const patterns = texts(
      all.filter(node => !forbidden.includes(node)),
      'pattern',
    );
    expect(Object.keys(patternWords).toSorted()).toEqual(patterns);
    expect(Object.keys(forbiddenWords)).toEqual(texts(forbidden, 'pattern'));
    expect(Object.keys(formatWords)).toEqual(
      texts(all, 'format').filter(format => !/^int(32|64)$/.test(format)),
    );
  });

  it.each([
    ['"1-gzip"', 'must be one version, such as "7" or W/"7", or *'],
    ['"1", "7"', 'must be one version, such as "7" or W/"7", or *'],
    ['latest', 'must be one version, such as "7" or W/"7", or *'],
  ])('is answered with them: If-Match: %s', (value, detail) => {
    const { faults } = operations
      .find(({ id }) => id === 'saveConfig')!
      .read('header', { 'if-match': value });
    expect(faults).toEqual([{ in: 'header', name: 'if-match', detail }]);
  });
});
