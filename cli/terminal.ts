/**
 * The terminal: data on standard output, messages on standard error, colour only where a person sees it. Invariant:
 * nothing is asked without a terminal, and other people's text cannot move the cursor or forge a line.
 */
import { visible } from '../text/words.ts';
import { CliError, Interrupted } from './errors.ts';

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'bold' | 'dim';

const codes: Readonly<Record<Colour, readonly [number, number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  bold: [1, 22],
  dim: [2, 22],
};

export class Terminal {
  readonly interactive: boolean;
  /** Whether a person sees standard output. */
  readonly shown: boolean;
  readonly #streams: Streams;
  readonly #signal: AbortSignal;
  readonly #colours: { readonly out: boolean; readonly err: boolean };
  #progress = 0;

  constructor(streams: Streams, options: { colour: boolean; dumb: boolean; signal: AbortSignal }) {
    this.#streams = streams;
    this.#signal = options.signal;
    this.interactive = Boolean(streams.stdin.isTTY && streams.stderr.isTTY);
    this.shown = Boolean(streams.stdout.isTTY);
    this.#colours = {
      out: options.colour && Boolean(streams.stdout.isTTY),
      err: options.colour && Boolean(streams.stderr.isTTY),
    };
    this.#animate = !options.dumb && Boolean(streams.stderr.isTTY);
  }

  readonly #animate: boolean;

  out(text: string): void {
    this.#clear();
    this.#streams.stdout.write(text);
  }

  /** All of standard input, which must be UTF-8. */
  async input(): Promise<string | { readonly why: string }> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.#streams.stdin) chunks.push(Buffer.from(chunk as Buffer));
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
    } catch {
      return { why: 'it is not UTF-8 text' };
    }
  }

  /** A line for people. */
  tell(line: string): void {
    this.#clear();
    this.#streams.stderr.write(`${line}\n`);
  }

  paint(colour: Colour, text: string, stream: 'out' | 'err' = 'out'): string {
    const [on, off] = codes[colour];
    return this.#colours[stream] ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  }

  /** Shows progress on a line that the next message replaces. Prints nothing without a terminal. */
  progress(text: string): void {
    if (!this.#animate) return;
    this.#clear();
    const line = oneLine(text).slice(0, Math.max(20, (this.#streams.stderr.columns || 80) - 1));
    this.#streams.stderr.write(line);
    this.#progress = line.length;
  }

  done(): void {
    this.#clear();
  }

  /**
   * Asks a person. Throws CliError `NoTerminal` naming `instead` where there is none, Interrupted at Ctrl-C, and takes
   * end of input as a no.
   * @param instead the flag that answers the question, such as `--yes`
   */
  async ask(question: string, instead: string): Promise<string> {
    if (!this.interactive) {
      throw new CliError(
        'NoTerminal',
        `this command asks a question, and there is no terminal to ask on. To answer in advance, give ${instead}`,
        { exit: 3 },
      );
    }
    this.#clear();
    const { createInterface } = await import('node:readline');
    this.#signal.throwIfAborted();
    const lines = createInterface({
      input: this.#streams.stdin,
      output: this.#streams.stderr,
      terminal: false,
    });
    try {
      return await new Promise<string>((resolve, reject) => {
        lines.once('close', () => resolve(''));
        this.#signal.addEventListener('abort', () => reject(this.#signal.reason ?? new Interrupted()), {
          once: true,
        });
        lines.question(question, resolve);
      });
    } finally {
      lines.close();
      this.#streams.stdin.pause();
    }
  }

  async confirm(question: string, instead: string): Promise<boolean> {
    const answer = await this.ask(`${question} [y/N] `, instead);
    return /^y(es)?$/i.test(answer.trim());
  }

  #clear(): void {
    if (this.#progress === 0) return;
    this.#streams.stderr.write(`\r${' '.repeat(this.#progress)}\r`);
    this.#progress = 0;
  }
}

/** Other people's text within one of our lines: its line ends and tabs become spaces, everything else is shown. */
export function oneLine(text: string): string {
  return visible(text.replace(/\r?\n|\t/g, ' '));
}

/** Other people's lines: control characters are shown, not obeyed. */
export function safeLines(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, character => {
    if (character === '\r') return '␍';
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '�';
  });
}

/** Columns under headings, two spaces between; a last column is never padded. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [headings, ...rows.map(row => row.map(oneLine))];
  const widths = headings.map((_, index) => Math.max(...cells.map(row => width(row[index] ?? ''))));
  return cells
    .map(row =>
      row
        .map((cell, index) =>
          index === row.length - 1 ? cell : cell + ' '.repeat(widths[index]! - width(cell)),
        )
        .join('  ')
        .trimEnd(),
    )
    .map(line => `${line}\n`)
    .join('');
}

const width = (text: string): number => [...text].length;
