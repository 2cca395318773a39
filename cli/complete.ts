/**
 * Candidates for a half-typed command line. What only the server knows comes through the port `Names`. Invariant: a
 * server that is away, slow or strange costs the candidates it would have given, and nothing else.
 */
import type { Command, Option } from 'commander';

/** cobra's ShellCompDirective. */
const files = 0;
const noSpace = 2;
const noFiles = 4;

interface Candidate {
  readonly word: string;
  readonly what: string;
}

/** What the server knows. Rejections are taken for an empty list. */
export interface Names {
  /** Config namespaces. @param options long names of what was typed, such as `--context`, and their values */
  namespaces(options: ReadonlyMap<string, string>): Promise<readonly string[]>;
  /** What lies at the prefix, one step deep: paths of configs, and folders with a slash at the end. */
  paths(namespace: string, prefix: string, options: ReadonlyMap<string, string>): Promise<readonly string[]>;
}

/** @param words what stands after `kubectl pawl`; the last is the one being typed, and may be empty */
export async function complete(program: Command, words: readonly string[], names: Names): Promise<string> {
  const typed = words.at(-1) ?? '';
  const { command, pending, operands, given } = walk(program, words.slice(0, -1));
  const namespaces = () => known(names.namespaces(given));
  const equals = /^(--[\w-]+)=(.*)$/.exec(typed);
  if (equals !== null) {
    const [, long = '', value = ''] = equals;
    const option = optionsOf(command).find(one => one.long === long);
    const found = long === '--namespace' ? await namespaces() : (option?.argChoices ?? []);
    return answer(
      found.filter(word => word.startsWith(value)).map(word => ({ word: `${long}=${word}`, what: '' })),
      typed,
      files,
    );
  }
  if (pending !== null) {
    const found = pending.long === '--namespace' ? await namespaces() : (pending.argChoices ?? []);
    return answer(plain(found), typed, takesFile(pending) ? files : noFiles);
  }
  if (typed.startsWith('-')) {
    const options = optionsOf(command).filter(({ hidden }) => !hidden);
    return answer(
      options.map(({ long, short, description }) => ({ word: long ?? short ?? '', what: description })),
      typed,
      noFiles,
    );
  }
  const namespace = given.get('--namespace');
  const [operand] = command.registeredArguments;
  if (namespace !== undefined && operand !== undefined && takesConfig(command)) {
    const found = await known(names.paths(namespace, typed, given));
    // After a folder the person goes on typing.
    return answer(plain(found), typed, found.some(word => word.endsWith('/')) ? noFiles | noSpace : noFiles);
  }
  if (operands === 0 && operand?.argChoices) return answer(plain(operand.argChoices), typed, noFiles);
  if (takesNamespace(command) && operands === 0) return answer(plain(await namespaces()), typed, noFiles);
  const below = operands === 0 ? command.commands : [];
  const candidates = below.map(one => ({ word: one.name(), what: one.description() }));
  return answer(candidates, typed, command.registeredArguments.some(takesPath) ? files : noFiles);
}

const plain = (words: readonly string[]): Candidate[] => words.map(word => ({ word, what: '' }));

/** A name with any other character is not a valid name, and could mean something to the shell. */
const name = /^[A-Za-z0-9._@+=/-]+$/;

async function known(asked: Promise<readonly string[]>): Promise<readonly string[]> {
  return (await asked.catch(() => [])).filter(word => name.test(word));
}

function walk(
  program: Command,
  words: readonly string[],
): { command: Command; pending: Option | null; operands: number; given: ReadonlyMap<string, string> } {
  let command = program;
  let pending: Option | null = null;
  let operands = 0;
  const given = new Map<string, string>();
  for (const word of words) {
    if (pending !== null) {
      given.set(pending.long ?? '', word);
      pending = null;
      continue;
    }
    const equals = /^(--[\w-]+)=(.*)$/.exec(word);
    if (equals !== null) given.set(equals[1]!, equals[2]!);
    if (word.startsWith('-')) {
      const option = optionsOf(command).find(({ long, short }) => long === word || short === word);
      if (option?.required) pending = option;
      continue;
    }
    const next = operands === 0 ? command.commands.find(one => one.name() === word) : undefined;
    if (next === undefined) operands++;
    else command = next;
  }
  return { command, pending, operands, given };
}

function optionsOf(command: Command): Option[] {
  const own = [...command.options];
  return command.parent === null ? own : [...own, ...optionsOf(command.parent)];
}

const takesFile = ({ long }: Option): boolean =>
  long !== undefined && ['--kubeconfig', '--ca', '--path', '--filename'].includes(long);

const takesPath = (argument: { name(): string }): boolean =>
  /path|prefix|base|current|proposed|folder|file/.test(argument.name());

/** A config namespace that is there, and not by -n. */
const takesNamespace = (command: Command): boolean =>
  command.name() === 'export' || (command.parent?.name() === 'namespaces' && command.name() === 'delete');

/** With -n, the path of a config instead of a file. */
const takesConfig = (command: Command): boolean =>
  ['blame', 'delete', 'diff', 'edit', 'list', 'log', 'restore', 'save', 'show', 'watch'].includes(
    command.name(),
  ) && command.registeredArguments.some(takesPath);

function answer(candidates: readonly Candidate[], typed: string, directive: number): string {
  const lines = candidates
    .filter(({ word }) => word.startsWith(typed))
    .map(({ word, what }) => (what === '' ? `${word}\n` : `${word}\t${what}\n`));
  return `${lines.join('')}:${directive}\n`;
}
