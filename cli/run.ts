/**
 * One run of the program, from arguments to exit status, with the world handed in. Invariant: whatever a command
 * throws becomes one message a person can act on, and the status the help promises.
 */
import { type Command, CommanderError } from 'commander';
import type { Context, GlobalOptions } from './context.ts';
import { CliError, type CliReason, messageOf } from './errors.ts';
import { buildProgram } from './program/program.ts';
import { withSuggestion } from './suggestions.ts';
import type { Streams } from './terminal.ts';

export interface World {
  /** How it was called: `kubectl pawl` or `pawl`. */
  readonly name: string;
  /** Without program and script. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly streams: Streams;
  readonly signal: AbortSignal;
  readonly version: string;
  /** What Git is to call for its merges: a shell's words. */
  readonly mergeProgram: string;
}

/** @returns the exit status. Rejects only with the reason of an aborted signal. */
export async function run(world: World): Promise<number> {
  const { env, streams, signal } = world;
  let exit = 0;
  let context: Context | undefined;
  const program = buildProgram(
    world.name,
    async (options, command) => {
      context = await contextOf(world, options);
      exit = await command(context);
    },
    world,
  );
  for (const command of [program, ...program.commands, ...program.commands.flatMap(one => one.commands)]) {
    command.exitOverride().configureOutput({
      writeOut: text => void streams.stdout.write(text),
      writeErr: text => void streams.stderr.write(text),
      outputError: (text, write) =>
        write(`${withSuggestion(text, command)}To see what it takes: ${fullName(command)} --help\n`),
    });
  }
  try {
    const args = asked(world.args, program);
    // What the scripts of `completion` call; nobody types it.
    if (args[0] === '__complete') {
      const { completionOf } = await import('./complete-answer.ts');
      streams.stdout.write(await completionOf(args.slice(1), env));
      return 0;
    }
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    context?.terminal.done();
    if (signal.aborted) throw signal.reason;
    const { safeLines } = await import('./terminal.ts');
    const asWanted = error instanceof CliError && noMistakes.has(error.reason);
    if (context?.structured && error instanceof CliError && 'waiting' in error)
      await context.print({ waiting: error.waiting });
    streams.stderr.write(
      `${asWanted ? '' : 'error: '}${safeLines(inOurWords(messageOf(error), world.name))}\n`,
    );
    if (env.PAWL_DEBUG && error instanceof Error) streams.stderr.write(`${error.stack}\n`);
    if (error instanceof CliError) return error.exit;
    return isConflict(error) ? 3 : 2;
  } finally {
    context?.close();
  }
}

/**
 * `--version` alone asks for ours; after a command it is the command's, of a config. `help` is asked for any depth of
 * commands, and a word that is not one is told as it would be without `help`, which runs nothing.
 */
function asked(args: readonly string[], program: Command): readonly string[] {
  const [first = '', ...rest] = args;
  if (first === '--version' || first === '-V') return ['version', ...rest];
  const isKnown =
    first === 'help' || first.startsWith('-') || program.commands.some(one => one.name() === first);
  // Help that was asked for a command that is not there would be the program's.
  if (!isKnown && rest.some(word => word === '--help' || word === '-h')) return [first];
  if (first !== 'help' || rest.length === 0) return args;
  const known: string[] = [];
  let command: Command | undefined = program;
  for (const word of rest) {
    command = command.commands.find(one => one.name() === word);
    if (command === undefined) break;
    known.push(word);
  }
  return known.length === 0 ? rest.slice(0, 1) : [...known, '--help'];
}

/** As it is typed, such as `pawl namespaces create`. */
function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

/** Help and completion do not need this. */
async function contextOf(world: World, options: GlobalOptions): Promise<Context> {
  const { env, streams, signal, name, version, cwd } = world;
  const [{ Context }, { Terminal }] = await Promise.all([import('./context.ts'), import('./terminal.ts')]);
  const dumb = env.TERM === 'dumb';
  const colour = (options as { color?: boolean }).color !== false && !env.NO_COLOR && !dumb;
  return new Context(
    {
      ...{ program: name, version, env, cwd, signal },
      terminal: new Terminal(streams, { colour, dumb, signal }),
      now: Date.now,
      monotonic: () => performance.now(),
      newKey: () => crypto.randomUUID(),
      async sleep(ms, until) {
        const { setTimeout: delay } = await import('node:timers/promises');
        await delay(ms, undefined, { signal: until }).catch(() => until.throwIfAborted());
      },
    },
    options,
  );
}

/** The server's advice names its API's addresses; at a terminal, the person needs a command. */
function inOurWords(message: string, program: string): string {
  return message.replace(
    /(config namespace (\S+?): .*) Create it: POST \/namespaces\./,
    (_, what: string, name: string) => `${what}\nTo create it: ${program} namespaces create ${name}`,
  );
}

/** A person who answers no has not made a mistake, and neither has one whose change waits, or who tries what would be asked. */
const noMistakes: ReadonlySet<CliReason> = new Set(['Declined', 'Waiting', 'WouldAsk']);

/** A refusal by the server that has to do with other people's edits. */
function isConflict(error: unknown): boolean {
  return error instanceof Error && (error as { problem?: { status?: number } }).problem?.status === 409;
}
