/**
 * Anchors, aliases and merge keys: what they stand for is part of what a merge may not change behind anyone's back.
 * And the comparison with Git: what Git merges rightly, the engine merges or names.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { merge } from '../../merge/merge.ts';
import { applyEdits, documents, edits, printYaml, styles } from './generate.ts';
import { canon, expected, plain } from './oracle.ts';

vi.setConfig({ testTimeout: 1_800_000 });

const numRuns = Number(process.env.PAWL_DEEP_RUNS ?? 300);
const options = { endOnFailure: process.env.PAWL_FAST !== undefined };

interface Graph {
  /** Values under the keys of each of three anchored maps. */
  sources: number[][];
  /** What each of four users is: an alias, a merge key with an own value, or a plain value. */
  users: { kind: 'alias' | 'merge' | 'plain'; source: number; own: number }[];
}

const graphs: fc.Arbitrary<Graph> = fc.record({
  sources: fc.array(fc.array(fc.nat(3), { minLength: 2, maxLength: 2 }), { minLength: 3, maxLength: 3 }),
  users: fc.array(
    fc.record({
      kind: fc.constantFrom<'alias' | 'merge' | 'plain'>('alias', 'merge', 'plain'),
      source: fc.nat(2),
      own: fc.nat(3),
    }),
    { minLength: 4, maxLength: 4 },
  ),
});

const changes = fc.array(
  fc.record({
    where: fc.nat(9),
    value: fc.nat(3),
    kind: fc.constantFrom<'alias' | 'merge' | 'plain'>('alias', 'merge', 'plain'),
  }),
  { minLength: 1, maxLength: 2 },
);

function change(
  graph: Graph,
  list: readonly { where: number; value: number; kind: 'alias' | 'merge' | 'plain' }[],
): Graph {
  const copy = structuredClone(graph);
  for (const { where, value, kind } of list) {
    if (where < 6) copy.sources[where % 3]![where < 3 ? 0 : 1] = value + 10;
    else copy.users[where - 6] = { kind, source: value % 3, own: value };
  }
  return copy;
}

function print(graph: Graph): string {
  const sources = graph.sources.map(([x, y], index) => `s${index}: &a${index}\n  x: ${x}\n  y: ${y}\n`);
  const users = graph.users.map(({ kind, source, own }, index) =>
    kind === 'alias'
      ? `u${index}: *a${source}\n`
      : kind === 'merge'
        ? `u${index}:\n  <<: *a${source}\n  y: ${own}\n`
        : `u${index}: ${own}\n`,
  );
  return [...sources, ...users].join('');
}

/** Values with aliases and merge keys expanded. */
const values = (text: string): Record<string, unknown> =>
  parseAllDocuments(text, { merge: true })[0]!.toJS() as Record<string, unknown>;

test('with aliases and merge keys expanded, every key is what only one side made of it', () => {
  let clean = 0;
  fc.assert(
    fc.property(graphs, changes, changes, (graph, mine, theirs) => {
      const [base, current, proposed] = [graph, change(graph, mine), change(graph, theirs)].map(print) as [
        string,
        string,
        string,
      ];
      const result = merge(base, current, proposed, { format: 'yaml' });
      if (result.kind !== 'clean') return;
      clean++;
      const [b, c, p, r] = [base, current, proposed, result.text].map(values) as Record<string, unknown>[];
      const walk = (x: unknown, y: unknown, z: unknown, w: unknown, path: string): void => {
        const [sx, sy, sz, sw] = [x, y, z, w].map(value => JSON.stringify(value));
        const say = `${path}\n${base}\n---\n${current}\n---\n${proposed}\n---\n${result.text}`;
        if (sy === sz || sx === sz) return expect(sw, say).toBe(sy);
        if (sx === sy) return expect(sw, say).toBe(sz);
        expect(
          [x, y, z, w].every(value => typeof value === 'object' && value !== null),
          say,
        ).toBe(true);
        for (const key of new Set([x, y, z, w].flatMap(value => Object.keys(value as object)))) {
          const at = (value: unknown) => (value as Record<string, unknown>)[key];
          walk(at(x), at(y), at(z), at(w), `${path}/${key}`);
        }
      };
      walk(b, c, p, r, '');
    }),
    { numRuns, ...options },
  );
  expect(clean).toBeGreaterThan(numRuns / 10);
});

test('what Git merges rightly the engine merges, or names a place; what Git merges wrongly it never does', () => {
  const folder = mkdtempSync(join(tmpdir(), 'merge-'));
  const [b, c, p] = ['base', 'current', 'proposed'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ];
  let worse = 0;
  let better = 0;
  try {
    fc.assert(
      fc.property(
        documents({ json: false, comments: true }),
        styles,
        edits(2),
        edits(2),
        (ast, style, mine, theirs) => {
          const [base, current, proposed] = [
            ast,
            applyEdits(ast, mine, 'c', false).ast,
            applyEdits(ast, theirs, 'p', false).ast,
          ].map(tree => printYaml(tree, style)) as [string, string, string];
          if (current === base || proposed === base || current === proposed) return;
          const own = merge(base, current, proposed, { format: 'yaml' });
          writeFileSync(b, base);
          writeFileSync(c, current);
          writeFileSync(p, proposed);
          const git = spawnSync('git', ['merge-file', '-p', c, b, p], { encoding: 'utf8' });
          const want = expected(plain(base), plain(current), plain(proposed));
          let right = git.status === 0;
          if (right) {
            try {
              right = want.kind === 'value' && canon(plain(git.stdout), true) === want.canon;
            } catch {
              right = false;
            }
          }
          if (own.kind === 'clash') {
            expect(own.places.length).toBeGreaterThan(0);
            if (right) worse++;
          } else if (!right) better++;
        },
      ),
      { numRuns: Math.min(numRuns, 1_000), ...options },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(worse).toBeLessThan(better / 4);
});
