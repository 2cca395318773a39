/**
 * What a key of a ConfigMap is: the format by its name, or by its text where the name does not tell. Invariant: a format that
 * is guessed is one in which the text can be read, so that nothing is refused that `text` would have taken. Pure.
 */
import { matchesGlob } from 'node:path';
import { readBody } from '../text/body.ts';
import { type Format, formatOfPath } from '../text/format.ts';

/** Beyond what extensions say: names that files of a kind have everywhere. */
const byName: readonly (readonly [RegExp, Format])[] = [
  [/(^|[._-])env$/i, 'env'],
  [/^(Dockerfile|Makefile|Caddyfile|Corefile)$/, 'text'],
];

/** What a file with another format's extension may be as well. */
const alsoTried: Readonly<Partial<Record<Format, readonly Format[]>>> = { json: ['jsonc'] };

/** Extensions that are of no one format, and names without any. */
const manyKinds = /[.](conf|cfg|cnf|config)$|^[^.]+$/i;

export type FormatRules = readonly (readonly [glob: string, format: Format])[];

/** @param path of the config: rules are asked about it */
export function guessFormat(path: string, text: string, rules: FormatRules = []): Format {
  const rule = rules.find(([glob]) => matchesGlob(path, glob));
  if (rule !== undefined) return rule[1];
  const key = path.slice(path.lastIndexOf('/') + 1);
  return candidates(key, text).find(format => readBody(text, format).ok) ?? 'text';
}

function candidates(key: string, text: string): Format[] {
  const named = byName.find(([name]) => name.test(key))?.[1] ?? formatOfPath(key);
  if (named !== null) return [named, ...(alsoTried[named] ?? [])];
  if (!manyKinds.test(key)) return [];
  const lines = text.split(/\r?\n/).filter(line => !/^\s*([#;].*)?$/.test(line));
  const [first = ''] = lines;
  if (/^\s*[{[]/.test(first) && /[}\]]\s*$/.test(text)) return ['json', 'jsonc', ...iniIf(lines)];
  if (lines.length > 0 && lines.every(line => /^(export )?[A-Z][A-Z0-9_]*=/.test(line))) return ['env'];
  return iniIf(lines);
}

/** A header, and values behind equals signs. */
function iniIf(lines: readonly string[]): Format[] {
  const headers = lines.filter(line => /^\[[^[\]]+\]\s*$/.test(line)).length;
  const values = lines.filter(line => /^[^\s=]+[^=]*=/.test(line)).length;
  return headers > 0 && headers + values === lines.length ? ['ini'] : [];
}
