/**
 * What the commands are made with: their frame, and the options and numbers that several of them take. Invariant: a
 * command's own code is loaded when it runs.
 */
import { type Command, Help, InvalidArgumentError, Option } from 'commander';
import type { Context, GlobalOptions } from '../context.ts';
import type { Exit } from '../errors.ts';

/** Runs one command with the options that every command has. */
export type Runner = (options: GlobalOptions, command: (context: Context) => Promise<Exit>) => Promise<void>;

export interface ProgramFacts {
  readonly version: string;
  /** The command Git calls for its merges: a shell's words. */
  readonly mergeProgram: string;
}

export interface Grammar {
  readonly program: Command;
  /** As the program was called: `kubectl pawl` or `pawl`. */
  readonly name: string;
  readonly run: Runner;
  readonly facts: ProgramFacts;
  readonly command: (usage: string, description: string, ...examples: string[]) => Command;
  readonly act: (made: Command, handler: (context: Context, ...args: never[]) => Promise<Exit>) => void;
}

export function grammarOf(program: Command, name: string, run: Runner, facts: ProgramFacts): Grammar {
  const command = (usage: string, description: string, ...examples: string[]): Command => {
    const made = program.command(usage).description(description).allowExcessArguments(false);
    if (examples.length > 0)
      made.addHelpText('after', `\nExamples:\n${examples.map(line => `  ${name} ${line}\n`).join('')}`);
    return made;
  };
  const act: Grammar['act'] = (made, handler) => {
    made.action(async (...all: unknown[]) => {
      // What commander adds: the options, and the command itself.
      const args = all.slice(0, -1);
      await run(program.opts<GlobalOptions>(), context => handler(context, ...(args as never[])));
    });
  };
  return { program, name, run, facts, command, act };
}

const usual = new Help();

/** Every command's help lists the global options, and the commands in the order in which people need them. */
export const helpOfCommands = {
  showGlobalOptions: true,
  sortSubcommands: false,
  optionDescription: (option: Option): string =>
    `${usual.optionDescription(option)}${option.mandatory ? ' (required)' : ''}`,
};

/** For a command about objects of Kubernetes, whose -n is not the one of all others. */
export function ofObjects(made: Command, what = 'ConfigVersion objects'): Command {
  return made.configureHelp({
    ...helpOfCommands,
    optionDescription: option =>
      option.long === '--namespace'
        ? `Kubernetes namespace of the ${what}`
        : helpOfCommands.optionDescription(option),
  });
}

export const yesOption = (): Option => new Option('-y, --yes', 'answer every question with yes');
export const messageOption = (): Option =>
  new Option('-m, --message <text>', 'comment for the history; without it, the commit’s subject');
export const bypassOption = (act = 'save', where = 'the history'): Option =>
  new Option(
    '--bypass <reason>',
    `${act} although it is frozen or needs an approval; needs the right bypass, and is kept in ${where}`,
  );
export const dryRunOption = (what: string): Option => new Option('--dry-run', what);
export const onStaleOption = (): Option =>
  new Option(
    '--on-stale <what>',
    'if somebody has saved in the meantime: ask before saving the merge (confirm, which is the default), save it without asking, or refuse',
  ).choices(['confirm', 'merge', 'reject']);
export const versionOption = (): Option =>
  new Option('--version <number>', 'the version, instead of PATH@NUMBER');

export function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('Write a number from 1 to 65535.');
}

export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('Write a whole number, 1 or more.');
  return number;
}
