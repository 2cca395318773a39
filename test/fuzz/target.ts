/**
 * What is fuzzed: a function that reads made-up texts and throws where a promise is broken. Invariant: the same texts, the
 * same verdict, so that a finding can be repeated from its file.
 */
export interface FuzzTarget {
  /** What it promises. */
  readonly promises: string;
  /** Texts that a run takes, one after the other in a file, with the separator between them. */
  readonly parts: number;
  /** Throws where it is not as promised. */
  run(parts: readonly string[]): void | Promise<void>;
  /** What mutations put in, beside what the seeds have. */
  readonly words: readonly string[];
}

/** Between the texts of an input. In no text that a reader accepts. */
export const separator = '\x1e';

/** As many texts as the target takes: what is missing is empty, and what is too much belongs to the last. */
export function partsOf(input: string, count: number): string[] {
  const parts = input.split(separator);
  const last = parts.slice(count - 1).join('');
  return Array.from({ length: count }, (_, at) => (at === count - 1 ? last : (parts[at] ?? '')));
}

/** The answer, or the error where it is of this class; any other error is a finding. */
export function unless<T, E extends Error>(
  kind: abstract new (...parameters: never[]) => E,
  call: () => T,
): T | E {
  try {
    return call();
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
}
