/**
 * A text as the engine works on it: no byte order mark, every line ends with LF, and the last line ends too.
 * Invariant: `raw` maps each offset of that view back to the text as given, so that no byte is touched by
 * the normalising itself.
 */

export const BOM = '\uFEFF';

export class SourceText {
  readonly given: string;
  readonly text: string;
  readonly bom: boolean;
  /** The line end most lines of the given text use. */
  readonly eol: '\n' | '\r\n';
  /** Whether the given text ends with a line end. An empty text counts as ending well. */
  readonly ended: boolean;
  readonly #crs: number[] = [];
  #starts: number[] | null = null;

  constructor(given: string) {
    this.given = given;
    this.bom = given.startsWith(BOM);
    let text = this.bom ? given.slice(1) : given;
    let lfs = 0;
    if (text.includes('\r\n')) {
      for (let at = text.indexOf('\r\n'); at !== -1; at = text.indexOf('\r\n', at + 2)) {
        this.#crs.push(at - this.#crs.length);
      }
      for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lfs++;
      text = text.replaceAll('\r\n', '\n');
    }
    this.eol = this.#crs.length * 2 > lfs ? '\r\n' : '\n';
    this.ended = text === '' || text.endsWith('\n');
    this.text = this.ended ? text : `${text}\n`;
  }

  /** The offset in the given text of an offset in the view. */
  raw(offset: number): number {
    let low = 0;
    let high = this.#crs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#crs[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    return Math.min(offset + low + (this.bom ? 1 : 0), this.given.length);
  }

  /** The offset in the view of an offset in the given text. */
  view(raw: number): number {
    const inText = raw - (this.bom ? 1 : 0);
    let low = 0;
    let high = this.#crs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#crs[middle]! + middle < inText) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, inText - low);
  }

  /** Line and column, from 1, of an offset in the view. */
  lineColumn(offset: number): { line: number; column: number } {
    if (this.#starts === null) {
      this.#starts = [0];
      for (let at = this.text.indexOf('\n'); at !== -1; at = this.text.indexOf('\n', at + 1)) {
        this.#starts.push(at + 1);
      }
    }
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return { line: low, column: offset - this.#starts[low - 1]! + 1 };
  }
}

/** Where the line holding `offset` begins. */
export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

/** Where the line after the one holding `offset` begins. */
export function nextLine(text: string, offset: number): number {
  const at = text.indexOf('\n', offset);
  return at === -1 ? text.length : at + 1;
}
