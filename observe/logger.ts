/**
 * The log: one JSON object a line on standard output, written synchronously so that the last line before an
 * end is there. No text of a config and no credential ever gets in: callers pass names and numbers, and errors
 * go through a serializer that keeps their message and reason only.
 */
import pino from 'pino';

export type Logger = pino.Logger;

export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: { app: 'pawl' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      serializers: { err: describeError },
    },
    pino.destination({ dest: 1, sync: true }),
  );
}

interface ErrorFacts {
  readonly name: string;
  readonly message: string;
  readonly reason?: string;
  readonly stack?: string;
  readonly cause?: ErrorFacts;
}

/** Known errors explain themselves; for others the stack helps. Connection strings lose their secret. */
function describeError(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { name: 'Unknown', message: redact(String(error)) };
  const { reason, kind } = error as { reason?: unknown; kind?: unknown };
  const known = reason ?? kind;
  return {
    name: error.name,
    message: redact(error.message),
    ...(known === undefined ? { stack: redact(error.stack ?? '') } : { reason: String(known) }),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}

/** `postgres://user:secret@host` → `postgres://user:***@host` */
function redact(text: string): string {
  return text.replace(/(\w+:\/\/[^\s:/@]*):[^\s@]*@/g, '$1:***@');
}
