/** Candidates for a half-typed command line. Pure. */
import type { Command, Option } from 'commander';

/** cobra's ShellCompDirective. */
const files = 0;
const noFiles = 4;

interface Candidate {
  readonly word: string;
  readonly what: string;
}

/** @param words what stands after `kubectl pawl`; the last is the one being typed, and may be empty */
export function complete(program: Command, words: readonly string[]): string {
  const typed = words.at(-1) ?? '';
  const { command, pending, operands } = walk(program, words.slice(0, -1));
  const equals = /^(--[\w-]+)=(.*)$/.exec(typed);
  if (equals !== null) {
    const option = optionsOf(command).find(({ long }) => long === equals[1]);
    return answer(
      (option?.argChoices ?? []).map(word => ({ word: `${equals[1]}=${word}`, what: '' })),
      typed,
      files,
    );
  }
  if (pending !== null)
    return answer(
      (pending.argChoices ?? []).map(word => ({ word, what: '' })),
      typed,
      takesFile(pending) ? files : noFiles,
    );
  if (typed.startsWith('-')) {
    const options = optionsOf(command).filter(({ hidden }) => !hidden);
    return answer(
      options.map(({ long, short, description }) => ({ word: long ?? short ?? '', what: description })),
      typed,
      noFiles,
    );
  }
  const below = operands === 0 ? command.commands : [];
  const candidates = below.map(one => ({ word: one.name(), what: one.description() }));
  return answer(candidates, typed, command.registeredArguments.some(takesPath) ? files : noFiles);
}

function walk(
  program: Command,
  words: readonly string[],
): { command: Command; pending: Option | null; operands: number } {
  let command = program;
  let pending: Option | null = null;
  let operands = 0;
  for (const word of words) {
    if (pending !== null) {
      pending = null;
      continue;
    }
    if (word.startsWith('-') && !word.includes('=')) {
      const option = optionsOf(command).find(({ long, short }) => long === word || short === word);
      if (option?.required) pending = option;
      continue;
    }
    const next = operands === 0 ? command.commands.find(one => one.name() === word) : undefined;
    if (next === undefined) operands++;
    else command = next;
  }
  return { command, pending, operands };
}

function optionsOf(command: Command): Option[] {
  const own = [...command.options];
  return command.parent === null ? own : [...own, ...optionsOf(command.parent)];
}

const takesFile = ({ long }: Option): boolean =>
  long === '--kubeconfig' || long === '--ca' || long === '--path';

const takesPath = (argument: { name(): string }): boolean =>
  /path|base|current|proposed|folder/.test(argument.name());

function answer(candidates: readonly Candidate[], typed: string, directive: number): string {
  const lines = candidates
    .filter(({ word }) => word.startsWith(typed))
    .map(({ word, what }) => (what === '' ? `${word}\n` : `${word}\t${what}\n`));
  return `${lines.join('')}:${directive}\n`;
}
