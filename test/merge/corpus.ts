/**
 * The corpus of hand-written merges. A triple is one listing: each line says in its first four columns in which
 * of base, current, proposed and result it stands (`b`, `c`, `p`, `r`; all blank means everywhere), then `|`, then
 * the line. Its header names the answer:
 *
 *     === title
 *     FORMAT clean [flags]
 *     FORMAT clash KIND path, KIND path [flags]
 *     FORMAT refused REASON input
 *
 * Flags: `crlf[=texts]` for CRLF line ends, `noeol[=texts]` for no last line end, `bom[=texts]`, and `lists={…}`,
 * where texts are letters of `bcpr` (all when not given). Invariant: what is compared is bytes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Format, ListPolicy } from '../../merge/merge.ts';
import { formatNames } from '../../text/format.ts';

export interface Triple {
  readonly title: string;
  readonly file: string;
  readonly format: Format;
  readonly lists: ListPolicy | undefined;
  readonly base: string;
  readonly current: string;
  readonly proposed: string;
  readonly expected:
    | { readonly kind: 'clean'; readonly text: string }
    | { readonly kind: 'clash'; readonly places: readonly string[] }
    | { readonly kind: 'refused'; readonly reason: string; readonly input: string };
}

const folder = new URL('./cases/', import.meta.url);

export function corpus(): Triple[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.txt'))
    .sort()
    .flatMap(file => parse(file, readFileSync(new URL(file, folder), 'utf8')));
}

function parse(file: string, text: string): Triple[] {
  return text
    .split(/^=== /m)
    .slice(1)
    .map(section => {
      const [title = '', header = '', ...lines] = section.replace(/\n+$/, '').split('\n');
      return triple(file, title.trim(), header.trim(), lines);
    });
}

function triple(file: string, title: string, header: string, lines: readonly string[]): Triple {
  const lists = /\slists=(\{.*\})$/.exec(header)?.[1];
  const words = header.replace(/\slists=\{.*\}$/, '');
  const texts = { b: '', c: '', p: '', r: '' };
  for (const line of lines) {
    const match = /^([b ][c ][p ][r ])\|(.*)$/.exec(line);
    if (match === null) throw new Error(`${file}, ${title}: not a line of a listing: ${line}`);
    const [, marks = '', content] = match;
    for (const side of ['b', 'c', 'p', 'r'] as const) {
      if (marks.trim() === '' || marks.includes(side)) texts[side] += `${content}\n`;
    }
  }
  const flags = [...words.matchAll(/\s(crlf|noeol|bom)(?:=([bcpr]+))?(?=\s|$)/g)];
  for (const [, flag, sides = 'bcpr'] of flags) {
    for (const side of sides as Iterable<keyof typeof texts>) {
      if (flag === 'noeol') texts[side] = texts[side].replace(/\n$/, '');
    }
  }
  for (const [, flag, sides = 'bcpr'] of flags) {
    for (const side of sides as Iterable<keyof typeof texts>) {
      if (flag === 'crlf') texts[side] = texts[side].replaceAll('\n', '\r\n');
      if (flag === 'bom') texts[side] = `\uFEFF${texts[side]}`;
    }
  }
  const plain = words.replace(/\s(?:crlf|noeol|bom)(?:=[bcpr]+)?(?=\s|$)/g, '');
  const [, format, kind, rest = ''] = /^([a-z]+) (clean|clash|refused)\s?(.*)$/.exec(plain) ?? [];
  if (!formatNames.includes(format as Format))
    throw new Error(`${file}, ${title}: unknown header: ${header}`);
  const [reason = '', input = ''] = rest.split(' ');
  return {
    title,
    file,
    format: format as Format,
    lists: lists === undefined ? undefined : (JSON.parse(lists) as ListPolicy),
    base: texts.b,
    current: texts.c,
    proposed: texts.p,
    expected:
      kind === 'clean'
        ? { kind, text: texts.r }
        : kind === 'clash'
          ? { kind, places: rest.split(', ') }
          : { kind: 'refused', reason, input },
  };
}
