/**
 * What is told of a word on the command line that is not known. Invariant: the words are those that would be understood
 * in its place, and one of them is suggested only where it is near.
 */
import type { Command } from 'commander';
import { nearest } from '../text/nearest.ts';

/** @param said commander's message, about this command */
export function withSuggestion(said: string, command: Command): string {
  const text = named(said, command);
  const meant = meantBy(text, command);
  return meant === null ? text : `${text.trimEnd()}\n(Did you mean ${meant}?)\n`;
}

/** Words of the program's arguments, not of its code. */
function named(said: string, command: Command): string {
  // A group that lists without a word takes any other for an argument.
  if (/^error: too many arguments/.test(said) && command.commands.length > 0)
    return `error: unknown command '${command.name()} ${command.args[0]}'\n`;
  return said
    .replace(
      /^error: option '(?:-\w, )?(--[\w-]+)[^']*' argument '(.*)' is invalid\./s,
      'error: $1 $2 is not valid.',
    )
    .replace(
      /^error: command-argument value '(.*)' is invalid for argument '(.*?)'\./s,
      'error: <$2> $1 is not valid.',
    );
}

function meantBy(text: string, command: Command): string | null {
  const unknown = /^error: unknown (option|command) '(.*)'\s*$/s.exec(text);
  if (unknown?.[1] === 'option') return optionLike(unknown[2]!, command);
  if (unknown)
    return nearest(
      command.args[0] ?? '',
      command.commands.map(one => one.name()),
    );
  const [, value, choices] =
    /^error: \S+ (.*) is not valid\. Allowed choices are (.*)\.\s*$/s.exec(text) ?? [];
  return value === undefined ? null : nearest(value, choices!.split(', '));
}

/** It may have a value behind an equals sign, and a dash too few. */
function optionLike(flag: string, command: Command): string | null {
  const [word = ''] = flag.replace(/^--?/, '').split('=');
  // One letter is like any other.
  if (word.length < 2) return null;
  const help = command.createHelp();
  const known = [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)].flatMap(
    ({ long }) => long?.slice(2) ?? [],
  );
  // After a command, it is the command's own (run.ts).
  if (command.parent === null) known.push('version');
  const near = nearest(word, known);
  return near === null ? null : `--${near}`;
}
