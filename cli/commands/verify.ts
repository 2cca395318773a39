/**
 * `verify`: whether the versions of configs are as they were saved, by their hash chain. Invariant: everything that the verdict
 * rests on can be kept in a file, and that file alone gives the same verdict, without a server.
 */

import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { LinkedVersion } from '../../api/types.gen.ts';
import { checkPath, isNamespaceName } from '../../text/config-path.ts';
import { ChainCheck, type ChainVerdict } from '../chain.ts';
import type { Context } from '../context.ts';
import { CliError, codeOf, type Exit, whyUnread } from '../errors.ts';
import { oneLine, table } from '../terminal.ts';
import { count } from '../words.ts';

export interface VerifyOptions {
  readonly export?: string;
  readonly file?: string;
}

/** One number of a config, as a line of a file. */
type Line = LinkedVersion & { readonly namespace: string };

const form = 'pawl links 1';
const mostShown = 50;

export async function verify(
  context: Context,
  typed: string | undefined,
  options: VerifyOptions,
): Promise<Exit> {
  const { file, export: to } = options;
  if (file !== undefined) {
    if (typed !== undefined || to !== undefined)
      throw new CliError(
        'Usage',
        'give --file alone, without a config and --export: the file names its configs',
      );
    return report(context, await verdictsOf(context, linesOf(context, file)));
  }
  const lines = asked(context, wanted(context, typed));
  return report(context, await verdictsOf(context, to === undefined ? lines : kept(context, to, lines)));
}

interface Wanted {
  readonly namespace: string;
  readonly path: string | undefined;
}

/** `NAMESPACE`, `NAMESPACE/PATH`, with -n a path; nothing: the namespaces of -n or of the workspace. */
function wanted(context: Context, typed: string | undefined): Wanted[] {
  const given = context.options.namespace;
  if (typed === undefined) return context.namespaces.map(namespace => ({ namespace, path: undefined }));
  const slash = typed.indexOf('/');
  const [namespace, path] =
    given !== undefined
      ? [given, typed]
      : slash < 0
        ? [typed, undefined]
        : [typed.slice(0, slash), typed.slice(slash + 1)];
  if (!isNamespaceName(namespace))
    throw new CliError('Usage', `${namespace} is not a valid name of a config namespace`);
  const fault = path === undefined ? null : checkPath(path);
  if (fault !== null) throw new CliError('Usage', `${path} cannot be a config's path: ${fault}`);
  return [{ namespace, path }];
}

async function* asked(context: Context, all: readonly Wanted[]): AsyncGenerator<Line> {
  const client = await context.client();
  for (const { namespace, path } of all)
    for await (const item of client.links(namespace, path)) yield { namespace, ...item };
}

/** Hands each line on after it was written. Throws CliError `File`. */
async function* kept(context: Context, typed: string, lines: AsyncGenerator<Line>): AsyncGenerator<Line> {
  const file = resolve(context.surroundings.cwd, typed);
  const stream = createWriteStream(file, { flags: 'wx' });
  try {
    await once(stream, 'open');
    const at = new Date(context.surroundings.now()).toISOString();
    stream.write(`${JSON.stringify({ form, at })}\n`);
    for await (const line of lines) {
      if (!stream.write(`${JSON.stringify(line)}\n`)) await once(stream, 'drain');
      yield line;
    }
    stream.end();
    await once(stream, 'finish');
  } catch (cause) {
    if (codeOf(cause) === '') throw cause;
    throw new CliError('File', `cannot write ${typed}: ${codeOf(cause)}. Name a file that does not exist.`, {
      cause,
    });
  } finally {
    stream.destroy();
  }
}

/** Throws CliError `File`. */
async function* linesOf({ surroundings, signal }: Context, typed: string): AsyncGenerator<Line> {
  const input = createReadStream(resolve(surroundings.cwd, typed));
  let number = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      signal.throwIfAborted();
      number += 1;
      const line = parsed(text);
      if (number === 1 ? line?.form !== form : !isLine(line))
        throw new CliError('File', `line ${number} of ${typed} is not of a file that verify --export wrote`);
      if (number > 1) yield line as unknown as Line;
    }
  } catch (cause) {
    if (codeOf(cause) === '') throw cause;
    throw new CliError('File', `cannot read ${typed}: ${whyUnread(cause)}`, { cause });
  }
  if (number === 0) throw new CliError('File', `${typed} is empty`);
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? (value as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}

/** As far as the verdict needs it: what else is not as it was written shows as a fault. */
function isLine(line: Record<string, unknown> | null): boolean {
  if (line === null) return false;
  const { namespace, path, version, link, facts } = line as Partial<Record<keyof Line, unknown>>;
  const isPart = (part: unknown) => part === undefined || (typeof part === 'object' && part !== null);
  const hex = (of: unknown, name: string) =>
    of === undefined || typeof (of as Record<string, unknown>)[name] === 'string';
  return (
    typeof namespace === 'string' &&
    typeof path === 'string' &&
    Number.isSafeInteger(version) &&
    isPart(link) &&
    isPart(facts) &&
    hex(link, 'sha256') &&
    hex(link, 'hints') &&
    hex(facts, 'content_sha256')
  );
}

async function verdictsOf({ terminal }: Context, lines: AsyncGenerator<Line>): Promise<ChainVerdict[]> {
  const verdicts: ChainVerdict[] = [];
  let at = '';
  let check: ChainCheck | undefined;
  let numbers = 0;
  for await (const line of lines) {
    const name = `${line.namespace}/${line.path}`;
    if (check === undefined || name !== at) {
      if (check) verdicts.push(check.verdict());
      check = new ChainCheck(line.namespace, line.path);
      at = name;
    }
    check.add(line);
    numbers += 1;
    if (numbers % 1_000 === 0) terminal.progress(`${numbers} versions …`);
  }
  if (check) verdicts.push(check.verdict());
  terminal.done();
  return verdicts;
}

async function report(context: Context, verdicts: readonly ChainVerdict[]): Promise<Exit> {
  const { terminal } = context;
  const faults = verdicts.flatMap(verdict => verdict.faults.map(fault => ({ ...verdict, ...fault })));
  const exit = faults.length > 0 ? 3 : 0;
  if (context.structured) {
    await context.print({ configs: verdicts });
    return exit;
  }
  const rows = verdicts.map(({ namespace, path, versions, head, faults: { length } }) => [
    oneLine(`${namespace}/${path}`),
    String(versions),
    length > 0 ? count(length, 'fault') : head === null ? 'not linked yet' : 'as saved',
    head === null ? '' : `${head.version}:${head.sha256}`,
  ]);
  terminal.out(table(['CONFIG', 'VERSIONS', 'FOUND', 'HEAD'], rows));
  for (const { namespace, path, notes } of verdicts)
    for (const { versions, message } of notes)
      terminal.tell(oneLine(`${namespace}/${path}: ${versions} ${message}`));
  for (const { namespace, path, version, message } of faults.slice(0, mostShown))
    terminal.out(`${oneLine(`${namespace}/${path}@${version} ${message}`)}\n`);
  if (faults.length > mostShown) terminal.out(`And ${faults.length - mostShown} more. To see all: -o json\n`);
  if (faults.length > 0)
    terminal.tell(
      'Somebody with rights to the database changed it past Pawl. Keep this as evidence: --export FILE. Compare with a backup of before: docs/verify.md, What to do when a fault is found.',
    );
  return exit;
}
