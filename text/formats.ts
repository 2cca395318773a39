/**
 * Every format that a config's text can have, one entry each: how it is known by a file's name, read, and rendered.
 * Invariant: nothing outside this table and merge's (merge/formats.ts) tells formats apart, so that the compiler names
 * all there is to write for a new one.
 */

import type { BodyLimits } from './body-problem.ts';
import { readJsonValue } from './convert/read-json.ts';
import { readYamlValues } from './convert/read-yaml.ts';
import type { Rendering } from './convert/render.ts';
import type { Value } from './convert/value.ts';
import type { Body, Format } from './format.ts';
import { readJson } from './json-reader.ts';
import { readYaml } from './yaml-reader.ts';

export interface FormatSpec {
  /** As people write it. */
  readonly title: string;
  /** Of file names: lower case, with the dot, the usual one first. */
  readonly extensions: readonly [string, ...string[]];
  /** The strict reader. Throws BodyFault at the first fault. */
  read(text: string, limits: BodyLimits): Pick<Body, 'json' | 'documents'>;
  /** One value a document, for rendering. Throws BodyFault or Unconvertible. */
  values(text: string): Value[];
  /** What begins a comment that ends with its line; null: the format has no comments. */
  readonly lineComment: string | null;
  /** What a ConfigMap can hold its values as. */
  readonly rendersTo: readonly Rendering[];
}

export const formats: Readonly<Record<Format, FormatSpec>> = {
  yaml: {
    title: 'YAML',
    extensions: ['.yaml', '.yml'],
    read: readYaml,
    values: readYamlValues,
    lineComment: '#',
    rendersTo: ['json', 'yaml', 'env', 'properties'],
  },
  json: {
    title: 'JSON',
    extensions: ['.json'],
    read: (text, limits) => ({ json: readJson(text, limits), documents: 1 }),
    values: text => [readJsonValue(text)],
    lineComment: null,
    rendersTo: ['json', 'yaml', 'env', 'properties'],
  },
};

const byExtension = new Map<string, Format>(
  (Object.entries(formats) as [Format, FormatSpec][]).flatMap(([format, { extensions }]) =>
    extensions.map(extension => [extension, format] as const),
  ),
);

/** By the extension, in upper or lower case; null: it names no format. */
export function formatOfPath(path: string): Format | null {
  const dot = path.lastIndexOf('.');
  return dot === -1 ? null : (byExtension.get(path.slice(dot).toLowerCase()) ?? null);
}

/** Format of a new config whose format nobody states. */
export const formatOfNew = (path: string): Format => formatOfPath(path) ?? 'yaml';

/** `.yaml .yml .json` */
export const formatExtensions: readonly string[] = [...byExtension.keys()];
