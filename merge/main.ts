/**
 * The command: three files in, the merged text out. Invariant: standard output carries nothing but the merged or
 * marked text (or the places, with `--json`), so it can be a merge driver of Git.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { merge as mergeLines } from 'node-diff3';
import { formatNames, formatOfPath } from '../text/format.ts';
import { type Format, type ListPolicy, merge } from './merge.ts';

const usage = `usage: merge [--format ${formatNames.join('|')}] [--lists FILE] [--json] [--write] BASE CURRENT PROPOSED

  --format   the format of the three files; by CURRENT's extension when not given
  --lists    a JSON file with list rules by JSON Pointer
  --json     on a clash, print the places as JSON instead of the text with markers
  --write    write the result to CURRENT instead of standard output (for a merge driver)

exit status: 0 merged, 1 clash, 2 an input is not valid, or wrong usage
`;

class Misuse extends Error {}

function formatOf(given: string | undefined, files: readonly string[]): Format {
  if (given !== undefined) {
    const known = formatNames.find(name => name === given);
    if (known === undefined) throw new Misuse(`unknown format ${given}`);
    return known;
  }
  for (const file of files) {
    const format = formatOfPath(file);
    if (format !== null) return format;
  }
  throw new Misuse(
    `the format is not clear from the file names: say ${formatNames.map(name => `--format ${name}`).join(' or ')}`,
  );
}

function run(args: string[]): number {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      format: { type: 'string' },
      lists: { type: 'string' },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const [base, current, proposed, ...rest] = positionals;
  if (base === undefined || current === undefined || proposed === undefined || rest.length > 0) {
    throw new Misuse('three files are needed: BASE CURRENT PROPOSED');
  }
  const format = formatOf(values.format, [current, proposed, base]);
  const lists = values.lists === undefined ? undefined : (JSON.parse(readText(values.lists)) as ListPolicy);
  const [b, c, p] = [readText(base), readText(current), readText(proposed)];
  const result = merge(b, c, p, lists === undefined ? { format } : { format, lists });
  const answer = (text: string) => (values.write ? writeFileSync(current, text) : process.stdout.write(text));
  if (result.kind === 'clean') {
    for (const notice of result.notices)
      process.stderr.write(`${notice.pointer || '/'}: ${notice.message}\n`);
    answer(result.text);
    return 0;
  }
  if (result.kind === 'refused') {
    const { line, column } = result.position;
    process.stderr.write(`${result.message} (line ${line}, column ${column})\n`);
    // Git takes what stands in CURRENT for the conflict: without the other side's lines, theirs would be lost.
    if (values.write) answer(byLines(b, c, p));
    return 2;
  }
  for (const place of result.places) {
    process.stderr.write(
      `${place.kind} at ${place.path}${place.detail === undefined ? '' : `: ${place.detail}`}\n`,
    );
  }
  if (values.json) process.stdout.write(`${JSON.stringify(result.places, null, 2)}\n`);
  else answer(result.marked);
  return 1;
}

/** What Git itself would leave: merged by lines, with markers where that does not go. */
function byLines(base: string, current: string, proposed: string): string {
  const [b, c, p] = [base, current, proposed].map(text => text.split('\n')) as [string[], string[], string[]];
  const label = { a: 'current', b: 'proposed' };
  return mergeLines(c, b, p, { excludeFalseConflicts: true, label }).result.join('\n');
}

function readText(file: string): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
}

try {
  process.exitCode = run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(
    `${error instanceof Error ? error.message : String(error)}\n${error instanceof Misuse ? usage : ''}`,
  );
  process.exitCode = 2;
}
