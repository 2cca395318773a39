/** Values and texts that converters get wrong, for the tests of convert. */
import fc from 'fast-check';
import { type ConfigMapFormat, convert } from '../../text/convert/convert.ts';
import type { Format } from '../../text/format.ts';

/** Strings that some reader of some format takes for something else. */
export const awkward = [
  ...[
    '',
    ' ',
    'yes',
    'No',
    'y',
    'off',
    'TRUE',
    'null',
    '~',
    '<<',
    '=',
    '-',
    '--- ',
    '...',
    '__proto__',
    'constructor',
  ],
  ...[
    '012',
    '0o17',
    '0b1',
    '0x1F',
    '1:20',
    '1_000',
    '1.',
    '.5',
    '+1',
    '-0',
    '1e3',
    '.inf',
    '.NaN',
    '2001-01-01',
    '1.2.3',
  ],
  ...[
    '- a',
    '? a',
    'a: b',
    'a:',
    ':a',
    'a #b',
    '#a',
    '!a',
    '&a',
    '*a',
    '|',
    '>',
    '%a',
    '@a',
    '`a`',
    '{',
    '[a]',
    ', a',
    'a]',
  ],
  ...[
    'a\n',
    'a\n\n',
    '\n',
    '\na',
    'a\nb',
    'a\n\n\nb',
    'a\n b',
    ' a\nb',
    'a \nb',
    'a\n ',
    'a\t\nb',
    'a\n---\nb',
    'a\n# b\n',
  ],
  ...[
    ' a',
    'a ',
    '\ta',
    'a\tb',
    '\r',
    'a\r\nb',
    '\x07',
    '\x7f',
    'a\x85b',
    'a\u2028',
    '\ufeffa',
    'é',
    'ß\u3000',
    '\xa0',
    '😀',
  ],
  ...[
    "it's",
    "it's $a",
    "it's `echo a`",
    "it's \\a",
    `it's "a"`,
    '"',
    'a\\',
    'a\\b',
    '\\n',
    '$a',
    '$' + '{a}',
    '$(a)',
    "'$a'",
    `"'`,
    'a;b',
    'a&b',
    '~/a',
    'a=b',
    '=a',
    'export a',
    '!',
    'a!b',
  ],
  'k'.repeat(1100),
];

const text = fc.oneof(
  fc.constantFrom(...awkward),
  fc.array(fc.constantFrom(...awkward), { maxLength: 3 }).map(parts => parts.join('')),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }).filter(each => each.isWellFormed() && !each.includes('\0')),
);

export const { value, aString } = fc.letrec<{ value: unknown; aString: string }>(tie => ({
  aString: text,
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.oneof(
      fc.boolean(),
      fc.constant(null),
      fc.integer(),
      fc.double({ noDefaultInfinity: true, noNaN: true }),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
}));

/** Numbers as RFC 8259 spells them, most of which no JavaScript number holds. */
export const lexeme = fc.stringMatching(/^-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,4})?$/);

export function converted(text: string, from: Format, to: ConfigMapFormat): string {
  const result = convert(text, from, to);
  if (!result.ok) throw new Error(`${result.path}: ${result.message}`);
  return result.text;
}

/** `path: message` of a refusal. */
export function refusal(text: string, from: Format, to: ConfigMapFormat): string {
  const result = convert(text, from, to);
  if (result.ok) throw new Error(`converted to ${result.text}`);
  return `${result.path}: ${result.message}`;
}
