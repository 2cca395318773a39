/**
 * A search as a path expression of PostgreSQL. Invariant: no part of the question becomes syntax: keys go in as quoted
 * strings, values as variables.
 */
import type { SearchQuery } from '../words/history.ts';
import { StoreError } from './store-error.ts';

export interface JsonSearch {
  /** For jsonb_path_exists. */
  readonly path: string;
  /** Its variables, as JSON. */
  readonly vars: string;
}

/** null: the question is not about values. */
export function jsonSearch({ key, value }: SearchQuery): JsonSearch | null {
  if (key === undefined && value === undefined) return null;
  if (key !== undefined && key.length > 64) {
    throw new StoreError('Unstorable', 'a key path of more than 64 steps');
  }
  const steps = key === undefined ? '.**' : key.map(step).join('');
  const filter = value === undefined ? '' : ' ? (@ == $value)';
  return { path: `$${steps}${filter}`, vars: value === undefined ? '{}' : `{"value":${value}}` };
}

function step(key: string): string {
  if (key === '**') return '.**';
  if (key === '*') return '.*';
  return `.${JSON.stringify(key)}`;
}

/** Part of a LIKE pattern that means only itself. */
export const literally = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
