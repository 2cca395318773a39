/**
 * The error a command ends with when it cannot do what was asked. Invariant: the message of a CliError says what
 * happened and what to type next, and nothing was written that it does not mention.
 */

/** 0 done, 1 differences (diff, status), 2 error, 3 somebody else's edits, or a missing approval, are in the way. */
export type Exit = 0 | 1 | 2 | 3;

export type CliReason =
  | 'Usage'
  | 'Workspace'
  | 'Git'
  | 'Access'
  | 'Unreachable'
  | 'Refused'
  | 'File'
  | 'NoTerminal'
  | 'Declined'
  | 'Conflict'
  | 'Waiting'
  | 'WouldAsk'
  | 'Unresolved';

export class CliError extends Error {
  override readonly name = 'CliError';
  readonly reason: CliReason;
  readonly exit: Exit;

  constructor(reason: CliReason, message: string, options: { exit?: Exit; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.exit = options.exit ?? (conflicts.has(reason) ? 3 : 2);
  }
}

const conflicts: ReadonlySet<CliReason> = new Set([
  ...(['Conflict', 'Unresolved', 'Declined', 'Waiting', 'WouldAsk'] as const),
]);

/** Ctrl-C, or the terminal went away. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly reason = 'Interrupted';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of a system error, such as ENOSPC; empty for everything else. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : '';
}

const unread: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'it does not exist',
  EISDIR: 'it is a folder',
  EACCES: 'you may not read it',
};

/** Of a file or a folder, for the person who named it. */
export function whyUnread(cause: unknown): string {
  const code = codeOf(cause);
  return unread[code] ?? `the system says ${code || messageOf(cause)}`;
}
