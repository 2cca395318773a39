/** What the page says and shows: odd characters, times, diffs, manifests, commits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { unifiedDiff } from '../../../text/text-diff.ts';
import { commitLink } from '../../../ui/pure/forge.ts';
import { manifestOf } from '../../../ui/pure/manifest.ts';
import { hasOdd, partsOf } from '../../../ui/pure/odd-characters.ts';
import { allAdded, outlookOf } from '../../../ui/pure/outlook.ts';
import { shortOf } from '../../../ui/pure/people.ts';
import { countOf, readUnified } from '../../../ui/pure/unified.ts';
import { ago, exact } from '../../../ui/pure/when.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 80 });

describe('a text with characters that cannot be seen', () => {
  it('is shown whole, each such character with its mark', () => {
    fc.assert(
      fc.property(anyText, text => {
        const parts = partsOf(text);
        expect(parts.map(part => part.text).join('')).toBe(text);
        for (const part of parts) expect(hasOdd(part.text)).toBe(part.mark !== null);
      }),
    );
  });

  it.each([
    ['\u202e', 'U+202E'],
    ['\u001b[31m', 'U+001B'],
    ['\u200b', 'U+200B'],
    ['\u0000', 'U+0000'],
    ['\ufeff', 'U+FEFF'],
    ['\u2066', 'U+2066'],
  ])('names %j', (text, code) => {
    expect(partsOf(`a${text}b`).find(({ mark }) => mark)?.mark?.code).toBe(code);
  });

  it('takes line ends, tabs, and letters of any script for what they are', () => {
    expect(hasOdd('größe: 日本\tعربي 👍\r\n')).toBe(false);
  });
});

describe('a manifest', () => {
  it('holds the very text, for any text', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .array(fc.constantFrom('a: 1', '  b: 2', '', ' ', '# c', '\t', '---', 'x:\r'), { maxLength: 6 })
        .map(all => `${all.join('\n')}\n`),
    );
    fc.assert(
      fc.property(texts, text => {
        const manifest = manifestOf({
          namespace: 'payments',
          path: 'limits/eu.yaml',
          format: 'yaml',
          text,
          base: 7,
        });
        expect(parse(manifest).spec).toEqual({
          path: 'limits/eu.yaml',
          format: 'yaml',
          baseVersion: 7,
          body: text,
        });
      }),
    );
  });

  it('is as one writes it by hand, for a text that can be', () => {
    const text = '# caps\ncap: 1\n';
    expect(
      manifestOf({ namespace: 'payments', path: 'limits/eu.yaml', format: 'yaml', text, base: 7 }),
    ).toContain('  body: |\n    # caps\n    cap: 1\n');
  });
});

describe('a unified diff', () => {
  it('is read line by line: what is left of it is the old text, what is right the new one', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', '--- c', '+++ d', '', '@@ e'), { maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const [from, to] = [before, after].map(all => all.map(line => `${line}\n`).join(''));
        const diff = unifiedDiff(from!, to!, { from: 'version 1', to: 'proposed' }).text;
        const read = readUnified(diff);
        const lineAt = (all: readonly string[], number: number | null) =>
          number === null ? undefined : all[number - 1];
        for (const { kind, text, left, right } of read) {
          if (kind === 'removed' || kind === 'same') expect(lineAt(before, left)).toBe(text);
          if (kind === 'added' || kind === 'same') expect(lineAt(after, right)).toBe(text);
        }
        expect(after.length - before.length).toBe(countOf(read).added - countOf(read).removed);
      }),
    );
  });

  it('of a new config has every line added', () => {
    const lines = readUnified(allAdded('a: 1\nb: 2\n'));
    expect(countOf(lines)).toEqual({ added: 2, removed: 0 });
  });
});

describe('a time', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  it.each([
    ['2026-11-21T11:59:30Z', 'just now'],
    ['2026-11-21T11:57:00Z', '3 minutes ago'],
    ['2026-11-21T07:00:00Z', '5 hours ago'],
    ['2026-11-20T11:00:00Z', 'yesterday'],
    ['2026-03-01T11:00:00Z', '2026-03-01'],
    ['nonsense', 'nonsense'],
  ])('%s is said as %s', (at, said) => expect(ago(at, now)).toBe(said));

  it('is exact to the second where one looks closely', () => {
    expect(exact('2026-11-21T12:01:26.123Z')).toBe('2026-11-21 12:01:26 UTC');
  });
});

describe('a commit', () => {
  const commit = '3f2c9d1aa0';
  it.each([
    ['https://github.com/acme/config.git', 'https://github.com/acme/config/commit/3f2c9d1aa0'],
    ['git@github.com:acme/config.git', 'https://github.com/acme/config/commit/3f2c9d1aa0'],
    [
      'https://token:secret@gitlab.com/acme/sub/config',
      'https://gitlab.com/acme/sub/config/-/commit/3f2c9d1aa0',
    ],
    ['ssh://git@codeberg.org/acme/config', 'https://codeberg.org/acme/config/commit/3f2c9d1aa0'],
    ['https://example.com/acme/config', null],
    ['javascript:alert(1)//github.com/a/b', null],
    ['https://github.com/a"b/c', null],
    [undefined, null],
  ])('of %s is at %s', (remote, link) => expect(commitLink(remote, commit)).toBe(link));
});

describe('an answer of the server', () => {
  const problem = { title: '', status: 409, detail: '', reason: '', request_id: '' };
  it.each([
    [
      {
        type: 'https://pawl.dev/problems/confirmation-required',
        merged: 'a',
        token: 't',
        current_version: 9,
      },
      'merge',
    ],
    [{ type: 'https://pawl.dev/problems/version-conflict', current_version: 9 }, 'clash'],
    [{ type: 'https://pawl.dev/problems/invalid-body', line: 3 }, 'mistake'],
    [{ type: 'https://pawl.dev/problems/schema-violation', line: 3 }, 'mistake'],
    [{ type: 'https://pawl.dev/problems/schema-violation' }, 'refused'],
    [{ type: 'https://pawl.dev/problems/forbidden' }, 'refused'],
  ] as const)('%j is a %s', (given, kind) => expect(outlookOf({ ...problem, ...given }).kind).toBe(kind));

  it('a merge that a schema does not allow has no places to decide about', () => {
    const type = 'https://pawl.dev/problems/version-conflict';
    expect(outlookOf({ ...problem, type, current_version: 3, violations: [] }).kind).toBe('refused');
  });
});

describe('a name', () => {
  it('of a service account is its namespace and name; any other stays', () => {
    expect(shortOf('system:serviceaccount:payments:ada')).toBe('payments/ada');
    expect(shortOf('ada@example.com')).toBe('ada@example.com');
  });
});
