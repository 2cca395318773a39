/**
 * RFC 8259 read strictly in one pass without recursion. The result is the text itself, but for numbers no
 * database should be asked to hold, so no value passes through a JavaScript object or number: keys such as
 * `__proto__` are data. Invariant: what is accepted here, JSON.parse and PostgreSQL's jsonb accept too.
 */
import { BodyFault, type BodyLimits, duplicateKey, nameKey, tooDeep } from './body-problem.ts';
import { numberJson } from './json-number.ts';

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const word = /[A-Za-z_$][\w$]*/y;
const blanks = /[ \t\n\r]*/y;
const hex4 = /[0-9a-fA-F]{4}/y;

/** @throws BodyFault at the first fault */
export function readJson(text: string, limits: BodyLimits): string {
  const scan = new Scan(text, limits);
  return scan.document();
}

class Scan {
  readonly #text: string;
  readonly #limits: BodyLimits;
  #at = 0;
  #copied = 0;
  readonly #out: string[] = [];
  /** Keys seen with their offsets for each open object; null for an array. */
  readonly #open: (Map<string, number> | null)[] = [];

  constructor(text: string, limits: BodyLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  document(): string {
    if (this.#text.charCodeAt(0) === 0xfeff) this.#at = 1;
    this.#skip();
    this.#copied = this.#at;
    if (this.#at === this.#text.length) {
      throw new BodyFault(
        'Empty',
        this.#at,
        'the text is empty, which is not JSON; write a value, such as {}',
      );
    }
    while (this.#value()) this.#skip();
    const end = this.#at;
    this.#skip();
    if (this.#at < this.#text.length) {
      throw this.#syntax(`${this.#found()} after the end of the value; remove it`);
    }
    this.#out.push(this.#text.slice(this.#copied, end));
    return this.#out.join('');
  }

  /** Reads up to the next place where a value must stand; false when the outermost value is complete. */
  #value(): boolean {
    const start = this.#text[this.#at];
    if (start === '{' || start === '[') {
      if (this.#open.length >= this.#limits.maxDepth) throw tooDeep(this.#at, this.#limits);
      this.#at += 1;
      this.#skip();
      const close = start === '{' ? '}' : ']';
      if (this.#text[this.#at] === close) this.#at += 1;
      else {
        this.#open.push(start === '{' ? new Map() : null);
        if (start === '{') this.#key();
        return true;
      }
    } else this.#scalar(start);

    for (;;) {
      if (this.#open.length === 0) return false;
      const keys = this.#open.at(-1)!;
      const close = keys ? '}' : ']';
      this.#skip();
      const next = this.#text[this.#at];
      if (next === ',') {
        const comma = this.#at;
        this.#at += 1;
        this.#skip();
        if (this.#text[this.#at] === close) {
          this.#at = comma;
          throw this.#syntax(`comma before \`${close}\`; remove the comma, or use format: jsonc`);
        }
        if (keys) this.#key();
        return true;
      }
      if (next !== close) {
        throw this.#syntax(`${this.#found()} where \`,\` or \`${close}\` must stand; add what is missing`);
      }
      this.#at += 1;
      this.#open.pop();
    }
  }

  #key(): void {
    const start = this.#at;
    if (this.#text[start] !== '"') {
      throw this.#syntax(`${this.#found()} where a key must stand; write keys in double quotes`);
    }
    const escaped = this.#string();
    const raw = this.#text.slice(start + 1, this.#at - 1);
    const key = escaped ? (JSON.parse(`"${raw}"`) as string) : raw;
    const keys = this.#open.at(-1)!;
    const first = keys.get(key);
    if (first !== undefined) throw duplicateKey(this.#text, key, first, start);
    keys.set(key, start);
    this.#skip();
    if (this.#text[this.#at] !== ':') {
      throw this.#syntax(`${this.#found()} after the key ${nameKey(key)}; write \`:\` and a value`);
    }
    this.#at += 1;
    this.#skip();
  }

  #scalar(start: string | undefined): void {
    if (start === '"') {
      this.#string();
      return;
    }
    number.lastIndex = this.#at;
    const lexeme = number.exec(this.#text)?.[0];
    if (lexeme !== undefined) {
      const end = this.#at + lexeme.length;
      if (/[\w.+-]/.test(this.#text[end] ?? '')) {
        throw this.#syntax(
          'not a number as JSON spells them: no leading zeros or `+`, digits on both sides of the point',
        );
      }
      const json = numberJson(lexeme);
      if (json !== lexeme) {
        this.#out.push(this.#text.slice(this.#copied, this.#at), json);
        this.#copied = end;
      }
      this.#at = end;
      return;
    }
    word.lastIndex = this.#at;
    const name = word.exec(this.#text)?.[0];
    if (name === 'true' || name === 'false' || name === 'null') {
      this.#at += name.length;
      return;
    }
    if (name !== undefined) {
      throw this.#syntax(`${nameKey(name)} is not a JSON value; write text in double quotes`);
    }
    throw this.#syntax(`${this.#found()} where a value must stand; write a JSON value`);
  }

  /** Reads a string; true when it holds escapes. */
  #string(): boolean {
    const text = this.#text;
    const start = this.#at;
    let escaped = false;
    for (let at = start + 1; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === 0x22) {
        this.#at = at + 1;
        return escaped;
      }
      if (unit < 0x20) {
        const advice =
          unit === 0x0a || unit === 0x0d ? 'close the string, or write \\n' : 'write it as an escape';
        throw new BodyFault('Syntax', at, `${visible(unit)} inside a string; ${advice}`);
      }
      if (unit === 0x5c) {
        escaped = true;
        at = this.#escape(at);
      }
    }
    throw new BodyFault('Syntax', start, 'this string is never closed; add the closing double quote');
  }

  /** @returns offset of the escape's last unit */
  #escape(at: number): number {
    const kind = this.#text[at + 1];
    if (kind !== 'u') {
      if (kind !== undefined && '"\\/bfnrt'.includes(kind)) return at + 1;
      throw new BodyFault('Syntax', at, 'JSON has no such escape; write `\\\\` for a backslash');
    }
    const unit = this.#hex(at + 2);
    if (unit === null) throw new BodyFault('Syntax', at, 'write four hexadecimal digits after `\\u`');
    if (unit === 0) {
      throw new BodyFault(
        'Nul',
        at,
        'the character U+0000 cannot be kept by the database; remove the escape',
      );
    }
    if (unit < 0xd800 || unit > 0xdfff) return at + 5;
    const low = this.#text.startsWith('\\u', at + 6) ? this.#hex(at + 8) : null;
    if (unit > 0xdbff || low === null || low < 0xdc00 || low > 0xdfff) {
      throw new BodyFault(
        'LoneSurrogate',
        at,
        'half a surrogate pair is not a character and cannot be kept by the database; write the whole pair',
      );
    }
    return at + 11;
  }

  #hex(at: number): number | null {
    hex4.lastIndex = at;
    const digits = hex4.exec(this.#text)?.[0];
    return digits === undefined ? null : Number.parseInt(digits, 16);
  }

  #skip(): void {
    const unit = this.#text.charCodeAt(this.#at);
    if (unit > 0x20) return;
    blanks.lastIndex = this.#at;
    this.#at += blanks.exec(this.#text)?.[0].length ?? 0;
  }

  #found(): string {
    const point = this.#text.codePointAt(this.#at);
    return point === undefined ? 'the text ends' : visible(point);
  }

  #syntax(message: string): BodyFault {
    const comment = this.#text[this.#at] === '/';
    const advice = comment ? '; JSON has no comments: use format: jsonc for a text with comments' : '';
    return new BodyFault('Syntax', this.#at, message + advice);
  }
}

function visible(point: number): string {
  const names: Record<number, string> = { 9: 'a tab', 10: 'a line end', 13: 'a line end', 96: 'a backtick' };
  const plain = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(String.fromCodePoint(point));
  return (
    names[point] ??
    (plain ? `\`${String.fromCodePoint(point)}\`` : `U+${point.toString(16).padStart(4, '0').toUpperCase()}`)
  );
}
