/** From the text of a config to data, and from data to a value with a type. */
import { parseAllDocuments } from 'yaml';
import type { Format } from '../../../api/types.gen.ts';

/** A function that returns the value or throws, or an object with one, such as a schema of zod's. */
export type Parse<T> = ((data: unknown) => T) | { parse(data: unknown): T };

export type Decode = (text: string, format: Format) => unknown;

/** YAML and JSON as data. A text of another format is handed to `parse` as it is. */
export const decode: Decode = (text, format) => {
  if (format === 'json') return JSON.parse(text) as unknown;
  if (format !== 'yaml') return text;
  const documents = parseAllDocuments(text);
  // A text of comments only has none.
  if (!Array.isArray(documents)) return null;
  const values = documents.map(document => {
    const [fault] = document.errors;
    if (fault !== undefined) throw fault;
    return document.toJS() as unknown;
  });
  return values.length === 1 ? values[0] : values;
};

export function parsedBy<T>(data: unknown, parse: Parse<T>): T {
  return typeof parse === 'function' ? parse(data) : parse.parse(data);
}
