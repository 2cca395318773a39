/**
 * What the merge has to know of each format, one entry each: how a text becomes the tree that is merged, and how the
 * verifier reads it again. Invariant: `readers` and `checks` share no code but the parser of the format.
 */
import { Lexer } from 'yaml';
import { BodyFault } from '../text/body-problem.ts';
import { readEnv } from '../text/env.ts';
import { readIni } from '../text/ini.ts';
import { withoutComments } from '../text/jsonc.ts';
import type { KeyedText } from '../text/keyed.ts';
import { readProperties } from '../text/properties.ts';
import { readYamlEvents } from '../text/yaml-events.ts';
import { eventValues } from './event-values.ts';
import { jsonTree } from './json-tree.ts';
import { jsoncTree } from './jsonc-tree.ts';
import { envLines, iniLines, propertyLines } from './keyed-lines.ts';
import { type KeyedLine, keyedTree } from './keyed-tree.ts';
import { type Ids, type Tree, Unreadable } from './node.ts';
import { type KnownEntries, readAlike } from './second-reading.ts';
import { textTree } from './text-document.ts';
import { tomlComments, tomlLines, tomlUnit } from './toml-lines.ts';
import type { Format } from './types.ts';
import type { InternedValue, Values } from './values.ts';
import { yamlTree } from './yaml-documents.ts';
import { eventTree } from './yaml-events.ts';
import { parseYaml } from './yaml-parse.ts';

/** One text, as the verifier gets it. */
export interface Readable {
  readonly text: string;
  /** One value a document. @param expand write aliases out */
  values(into: Values, expand: boolean): InternedValue[];
  /**
   * Whether another parser reads it alike; left out where the merge and its verifier do not share a parser.
   * @param known what stands in other texts of the same merge, unchanged or asked about before
   */
  confirmed?(known: readonly KnownEntries[]): boolean;
}

/**
 * Throws Unreadable where the text is not of the format.
 * @param like a text of the same merge, read before: what is the same there need not be read again
 */
type Reader = (
  text: string,
  ids: Ids,
  like: Tree | null,
) => { readonly tree: Tree; readonly readable: Readable };

export const readers: Readonly<Record<Format, Reader>> = {
  yaml(text, ids, like) {
    const events = readYamlEvents(text);
    const tree = events && eventTree(events, ids, like);
    if (tree !== null) {
      const values: Readable['values'] = (into, expand) => eventValues(into, events!, expand);
      return { tree, readable: { text, values, confirmed: known => readAlike(tree, known) } };
    }
    const parsed = parseYaml(text);
    const values: Readable['values'] = (into, expand) => into.yaml(parsed, expand);
    return { tree: yamlTree(text, ids, parsed), readable: { text, values } };
  },
  json: (text, ids) => ({
    tree: jsonTree(text, ids),
    readable: { text, values: into => [into.json(text)] },
  }),
  jsonc: (text, ids) => {
    const { json } = readable(() => withoutComments(text));
    return { tree: jsoncTree(text, ids), readable: { text, values: into => [into.json(json)] } };
  },
  properties: keyed(propertyLines, readProperties),
  env: keyed(envLines, readEnv),
  ini: keyed(iniLines, readIni),
  toml: (text, ids) => {
    const tree = keyedTree(text, tomlLines(text), ids, tomlUnit(text));
    return { tree, readable: { text, values: into => [into.toml(text)] } };
  },
  text: (text, ids) => ({
    tree: textTree(text, ids),
    readable: { text, values: into => [into.text(text)] },
  }),
};

/** Keys with values: the tree is made from the lines, and the verifier reads with the strict reader. */
function keyed(lines: (text: string) => KeyedLine[], parse: (text: string) => KeyedText): Reader {
  return (text, ids) => {
    const parsed = readable(() => parse(text));
    return {
      tree: keyedTree(text, lines(text), ids),
      readable: { text, values: into => [into.keyed(parsed)] },
    };
  };
}

/** What a strict reader refuses, the merge cannot read. */
function readable<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof BodyFault)
      throw new Unreadable('Syntax', error.message, error.offset, { cause: error });
    throw error;
  }
}

/**
 * The text to look for the place of a value in, where that is another: with comments in them, brackets of JSON may be one
 * atom to a merge; without, every value has its place.
 */
export const locatedIn: Readonly<Partial<Record<Format, (text: string) => readonly [string, Format]>>> = {
  jsonc: text => [withoutComments(text).json, 'json'],
};

interface Check {
  /** What looks like an alias or an anchor, so that values must add up with aliases written out, too. */
  readonly aliases: RegExp | null;
  /** Every comment of a text, for sure. */
  comments(text: string): string[];
  /** Whether what all three texts have in common may be left out of a merge. */
  readonly leavesOut?: boolean;
}

export const checks: Readonly<Record<Format, Check>> = {
  yaml: { aliases: /(?:^|[\s,[{])[&*][^\s]/, comments: yamlComments, leavesOut: true },
  json: { aliases: null, comments: () => [] },
  jsonc: { aliases: null, comments: text => [...withoutComments(text).comments] },
  properties: { aliases: null, comments: text => [...readProperties(text).comments] },
  env: { aliases: null, comments: text => [...readEnv(text).comments] },
  ini: { aliases: null, comments: text => [...readIni(text).comments] },
  toml: { aliases: null, comments: tomlComments },
  text: { aliases: null, comments: () => [] },
};

function yamlComments(text: string): string[] {
  if (!text.includes('#')) return [];
  const found: string[] = [];
  let scalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (!scalar && lexeme.startsWith('#')) found.push(lexeme.trim());
    scalar = lexeme === '\u001f';
  }
  return found;
}
