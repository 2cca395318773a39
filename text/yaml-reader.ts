/**
 * YAML 1.2 read strictly. Events (yaml-events.ts) give the structure of what is as usual; for all else, and for every
 * refusal, the `yaml` package finds it, with its failsafe schema. Values, keys and aliases are read here, so no tag, key
 * or number of a text ever becomes a JavaScript object.
 * Invariant: nothing recursive runs on a text before its depth was found to be within the limit.
 */
import { Composer, type Document, Lexer, type ParsedNode, Parser } from 'yaml';
import { BodyFault, type BodyLimits, tooDeep } from './body-problem.ts';
import { eventsJson } from './events-json.ts';
import { readYamlEvents } from './yaml-events.ts';
import { YamlJson } from './yaml-json.ts';

type Position = number | readonly [number, number] | { readonly offset: number };

/** @throws BodyFault at the first fault; it says what to do with a text that is not YAML at all */
export function readYaml(text: string, limits: BodyLimits): { json: string; documents: number } {
  try {
    return read(text, limits);
  } catch (error) {
    if (!(error instanceof BodyFault)) throw error;
    const { code, offset, message } = error;
    if (/\{\{|\{%|<%/.test(text))
      throw new BodyFault(code, offset, `${message}; a template is not YAML yet: use format: text for it`);
    if (code !== 'Syntax') throw error;
    throw new BodyFault(code, offset, `${message}; if it is not meant to be YAML, use format: text`);
  }
}

function read(text: string, limits: BodyLimits): { json: string; documents: number } {
  const control = /[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]|\r(?!\n)/.exec(text);
  if (control) {
    const point = control[0].charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
    const message = `YAML does not allow the control character U+${point} here; remove it, or write it as an escape in double quotes`;
    throw new BodyFault('ControlCharacter', control.index, message);
  }
  // To YAML it is neither a mark nor a character of a text; parsers differ in what they take it for.
  if (text.startsWith('\uFEFF\uFEFF'))
    throw new BodyFault('ControlCharacter', 1, 'the text begins with two byte order marks; remove one');
  const events = readYamlEvents(text);
  const read = events && eventsJson(events, limits);
  if (read !== null) return stream(read);
  const documents = compose(text, limits);
  const jsons = documents.map(document => {
    const fault = document.errors[0];
    if (fault) throw refused(text, fault.pos[0], fault.code, fault.message);
    return new YamlJson(text, limits).render(document.contents);
  });
  return stream(jsons);
}

function stream(jsons: readonly string[]): { json: string; documents: number } {
  return { json: jsons.length === 1 ? jsons[0]! : `[${jsons.join(',')}]`, documents: jsons.length };
}

/**
 * The documents of a text. Faults the package finds late are in `errors` of a document.
 * @throws BodyFault at the first fault met on the way
 */
export function compose(text: string, limits: BodyLimits): Document.Parsed<ParsedNode>[] {
  const composer = new Composer({
    version: '1.2',
    schema: 'failsafe',
    resolveKnownTags: false,
    merge: false,
    strict: true,
    // The package compares each key with all others; YamlJson does it with a map.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  let first: BodyFault | undefined;
  // A megabyte of `,` is a million errors, each with a stack: stop at the first. Should the package rename
  // this hook, errors are still found in document.errors, only later.
  Object.assign(composer, {
    onError(at: Position, code: string, message: string, warning?: boolean) {
      if (warning) return;
      const offset = typeof at === 'number' ? at : 'offset' in at ? at.offset : at[0];
      // The package catches what is thrown below it and reports it here again, at the node around it.
      first ??= refused(text, offset, code, message);
      throw first;
    },
  });
  const documents: Document.Parsed<ParsedNode>[] = [];
  const parser = new Parser();
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      // These do not pass through onError.
      if (token.type === 'error') throw refused(text, token.offset, 'UNEXPECTED_TOKEN', token.message);
      documents.push(...composer.next(token));
    }
    // The stack holds the document, its open collections and perhaps a scalar.
    if (parser.stack.length > limits.maxDepth + 2) throw tooDeep(offset, limits);
    offset = parser.offset;
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  // A text without any document is one empty document.
  documents.push(...composer.end(true, text.length));
  return documents;
}

const advice: Record<string, string> = {
  BAD_INDENT: 'line the items up',
  BAD_SCALAR_START: 'write the value in quotes',
  BAD_DQ_ESCAPE: 'write `\\\\` for a backslash, or use single quotes',
  BLOCK_AS_IMPLICIT_KEY: 'put the inner mapping on a line of its own, or write the value in quotes',
  MISSING_CHAR: 'add what is missing',
  MULTILINE_IMPLICIT_KEY: 'check the indentation, and that `:` follows the key',
  UNEXPECTED_TOKEN: 'remove it, or write the value in quotes',
};

function refused(text: string, offset: number, code: string, message: string): BodyFault {
  if (code === 'TAB_AS_INDENT') return new BodyFault('Tab', offset, 'a tab indents this line; use spaces');
  // Some checks of the package see a tab first as wrong indentation.
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset + 1);
  if (code === 'BAD_INDENT' && /^ *\t\s*$/.test(line)) {
    return new BodyFault('Tab', offset, 'a tab indents this line; use spaces');
  }
  const [, quote] = /^Missing closing (['"])quote/.exec(message) ?? [];
  if (quote !== undefined) {
    const end = `close it with ${quote}, and indent its further lines more than the key it belongs to`;
    return new BodyFault('Syntax', offset, `quoted text that begins before this place does not end; ${end}`);
  }
  const said = message.replaceAll(/\s+/g, ' ').slice(0, 100);
  return new BodyFault('Syntax', offset, `${said}; ${advice[code] ?? 'correct the YAML here'}`);
}
