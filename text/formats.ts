/**
 * Every format that a config's text can have, one entry each: how it is read and rendered. Its extensions stand in
 * format.ts.
 * Invariant: nothing outside these tables and merge's (merge/formats.ts) tells formats apart, so that the compiler names
 * all there is to write for a new one.
 */

import { type BodyLimits, defaultBodyLimits } from './body-problem.ts';
import { readJsonValue } from './convert/read-json.ts';
import { readYamlValues } from './convert/read-yaml.ts';
import type { Rendering } from './convert/render.ts';
import type { Value } from './convert/value.ts';
import { type Note, readEnv } from './env.ts';
import type { Body, Format } from './format.ts';
import { readIni } from './ini.ts';
import { readJson } from './json-reader.ts';
import { withoutComments } from './jsonc.ts';
import { jsonOf, type KeyedText, keyedValue } from './keyed.ts';
import { readProperties } from './properties.ts';
import { readToml } from './toml.ts';
import { readYaml } from './yaml-reader.ts';

export interface FormatSpec {
  /** As people write it. */
  readonly title: string;
  /** The strict reader. Throws BodyFault at the first fault. */
  read(text: string, limits: BodyLimits): Pick<Body, 'json' | 'documents'>;
  /** One value a document, for rendering. Throws BodyFault or Unconvertible. */
  values(text: string): Value[];
  /** Whether a text has a value, which a search or a schema could speak of. */
  readonly hasValue: boolean;
  /** What begins a comment that ends with its line. */
  readonly lineComments: readonly string[];
  /** What the programs that read the format do not take for the same, where a text has it; of a text that can be read. */
  readonly notes?: (text: string) => readonly Note[];
  /** What a ConfigMap can hold its values as. */
  readonly rendersTo: readonly Rendering[];
}

export const formats: Readonly<Record<Format, FormatSpec>> = {
  yaml: {
    title: 'YAML',
    read: readYaml,
    values: readYamlValues,
    hasValue: true,
    lineComments: ['#'],
    rendersTo: ['json', 'yaml', 'env', 'properties'],
  },
  json: {
    title: 'JSON',
    read: (text, limits) => ({ json: readJson(text, limits), documents: 1 }),
    values: text => [readJsonValue(text)],
    hasValue: true,
    lineComments: [],
    rendersTo: ['json', 'yaml', 'env', 'properties'],
  },
  jsonc: {
    title: 'JSON with comments',
    read: (text, limits) => ({ json: readJson(withoutComments(text).json, limits), documents: 1 }),
    values: text => [readJsonValue(withoutComments(text).json)],
    hasValue: true,
    lineComments: ['//', '/*'],
    rendersTo: ['json', 'yaml', 'env', 'properties'],
  },
  properties: keyed('properties', readProperties, ['#', '!']),
  env: { ...keyed('env', readEnv, ['#']), notes: text => readEnv(text).notes },
  ini: keyed('INI', readIni, ['#', ';']),
  toml: {
    title: 'TOML',
    read: (text, limits) => ({ json: jsonOf(readToml(text, limits)), documents: 1 }),
    values: text => [readToml(text, defaultBodyLimits)],
    hasValue: true,
    lineComments: ['#'],
    rendersTo: ['json', 'yaml', 'env', 'properties'],
  },
  text: {
    title: 'plain text',
    read: () => ({ json: 'null', documents: 1 }),
    values: () => [],
    hasValue: false,
    lineComments: [],
    rendersTo: [],
  },
};

function keyed(
  title: string,
  parse: (text: string) => KeyedText,
  lineComments: readonly string[],
): FormatSpec {
  const value = (text: string) => keyedValue(text, parse(text));
  const rendersTo = ['json', 'yaml', 'env', 'properties'] as const;
  const read = (text: string) => ({ json: jsonOf(value(text)), documents: 1 });
  return { title, read, values: text => [value(text)], hasValue: true, lineComments, rendersTo };
}
