/**
 * What the merge has to know of each format, one entry each: how a text becomes the tree that is merged, and how the
 * verifier reads it again. Invariant: `readers` and `checks` share no code but the parser of the format.
 */
import { Lexer } from 'yaml';
import { jsonTree } from './json-tree.ts';
import type { Ids, Tree } from './node.ts';
import type { Format } from './types.ts';
import type { InternedValue, Values } from './values.ts';
import { yamlTree } from './yaml-documents.ts';
import { parseYaml } from './yaml-parse.ts';

/** One text, as the verifier gets it. */
export interface Readable {
  readonly text: string;
  /** One value a document. @param expand write aliases out */
  values(into: Values, expand: boolean): InternedValue[];
}

/** Throws Unreadable where the text is not of the format. */
type Reader = (text: string, ids: Ids) => { readonly tree: Tree; readonly readable: Readable };

export const readers: Readonly<Record<Format, Reader>> = {
  yaml(text, ids) {
    const parsed = parseYaml(text);
    const values: Readable['values'] = (into, expand) => into.yaml(parsed, expand);
    return { tree: yamlTree(text, ids, parsed), readable: { text, values } };
  },
  json: (text, ids) => ({
    tree: jsonTree(text, ids),
    readable: { text, values: into => [into.json(text)] },
  }),
};

interface Check {
  /** What looks like an alias or an anchor, so that values must add up with aliases written out, too. */
  readonly aliases: RegExp | null;
  /** Every comment of a text, for sure. */
  comments(text: string): string[];
}

export const checks: Readonly<Record<Format, Check>> = {
  yaml: { aliases: /(?:^|[\s,[{])[&*][^\s]/, comments: yamlComments },
  json: { aliases: null, comments: () => [] },
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
