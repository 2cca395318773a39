/**
 * Holds a text against a schema, and says where it does not satisfy it. Invariant: what is said names keys and what the
 * schema allows, and never a value of the config. Runs in a worker thread.
 */
import type { ErrorObject } from 'ajv';
import type { SchemaSet, SchemaVerdict, Violation } from '../history/words/schema.ts';
import { Locator } from '../merge/locate.ts';
import { readBody } from '../text/body.ts';
import type { Format } from '../text/format.ts';
import { formats } from '../text/formats.ts';
import { nearest } from '../text/nearest.ts';
import { itemStep, keyStep, type Path, readable, root } from '../text/path.ts';
import { compiled, WrongSchema } from './compiled.ts';

export type SchemaAnswer =
  | { readonly kind: 'satisfied' }
  | { readonly kind: 'violated'; readonly violations: readonly Violation[]; readonly more: number }
  /** The schema itself is wrong: it refuses nothing. */
  | { readonly kind: 'wrong'; readonly why: string }
  /** The text is nested deeper than the schema can follow. */
  | { readonly kind: 'unfinished'; readonly why: string };

/** Violations told of one text. */
const maxViolations = 20;

export function verdictOf(set: SchemaSet): SchemaVerdict {
  try {
    compiled(set);
    return { ok: true };
  } catch (error) {
    if (error instanceof WrongSchema) return { ok: false, why: error.message };
    throw error;
  }
}

/** @param text one that can be read; plain text has no value, and satisfies every schema */
export function checkText(text: string, format: Format, set: SchemaSet): SchemaAnswer {
  if (!formats[format].hasValue) return { kind: 'satisfied' };
  try {
    const validate = compiled(set);
    const reading = readBody(text, format, { maxBytes: Number.POSITIVE_INFINITY });
    if (!reading.ok) return { kind: 'unfinished', why: reading.problem.message };
    const { json, documents } = reading.body;
    const value = JSON.parse(json) as unknown;
    const values = documents === 1 ? [value] : (value as unknown[]);
    const found = values.flatMap((one, document) => {
      if (validate(one)) return [];
      return told(validate.errors ?? []).map(error => ({ error, document, value: one }));
    });
    if (found.length === 0) return { kind: 'satisfied' };
    const locator = new Locator(text, format);
    const violations = found
      .slice(0, 10 * maxViolations)
      .map(({ error, document, value: one }) =>
        violationOf(error, {
          locator,
          schema: set.root,
          document: documents === 1 ? null : document,
          value: one,
        }),
      )
      .sort((a, b) => a.line - b.line || a.column - b.column || rankOf(a) - rankOf(b));
    const shown = distinct(violations).slice(0, maxViolations);
    const more =
      Math.max(0, distinct(violations).length - shown.length) + Math.max(0, found.length - violations.length);
    return { kind: 'violated', violations: shown, more };
  } catch (error) {
    if (error instanceof WrongSchema) return { kind: 'wrong', why: error.message };
    if (error instanceof RangeError) return { kind: 'unfinished', why: 'it is nested too deep' };
    throw error;
  }
}

/** A key that is missing may be the one that is misspelt. */
const rankOf = ({ rule }: Violation): number => Number(rule === 'required');

const distinct = (violations: readonly Violation[]): Violation[] => {
  const seen = new Set<string>();
  return violations.filter(({ pointer, message }) => {
    const key = `${pointer} ${message}`;
    return !seen.has(key) && seen.add(key);
  });
};

/** Without the errors that only say that another one is there, or are one of several ways to satisfy it. */
function told(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const kept = errors.filter(
    ({ keyword, schemaPath }) =>
      keyword !== 'if' && !choices.some(choice => schemaPath.startsWith(`${choice.schemaPath}/`)),
  );
  return kept.length > 0 ? kept : errors;
}

interface Found {
  readonly locator: Locator;
  readonly schema: string;
  /** Of several; null: there is one. */
  readonly document: number | null;
  readonly value: unknown;
}

function violationOf(error: ErrorObject, { locator, schema, document, value }: Found): Violation {
  const key = unknownKey(error);
  const inside = error.instancePath.split('/').slice(1).map(unescaped);
  const steps = key === null ? inside : [...inside, key];
  const spot = locator.spotOf(document ?? 0, steps, key === null ? 'value' : 'key');
  const whole = document === null ? steps : [String(document), ...steps];
  const label = labelOf(value, steps);
  const path = document === null ? label : `document ${document + 1}${label && `, ${label}`}`;
  const pointer = whole.map(step => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return { schema, pointer, path, ...spot, rule: error.keyword, message: messageOf(error, key) };
}

const unescaped = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');

/** The key that the schema does not know; null: it is about the value itself. */
function unknownKey({ params }: ErrorObject): string | null {
  const { additionalProperty, unevaluatedProperty, propertyName } = params as Record<string, unknown>;
  const key = additionalProperty ?? unevaluatedProperty ?? propertyName;
  return typeof key === 'string' ? key : null;
}

/** As people write it: `limits.eu[2].cap`. */
function labelOf(value: unknown, steps: readonly string[]): string {
  let at: Path = root;
  let now = value;
  for (const step of steps) {
    at = Array.isArray(now) ? itemStep(at, Number(step), null) : keyStep(at, step);
    const known = now !== null && typeof now === 'object' && Object.hasOwn(now, step);
    now = known ? (now as Record<string, unknown>)[step] : undefined;
  }
  return at === root ? '' : readable(at);
}

/** Of the schema's own words, as far as a message has room. */
const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
};

function messageOf(
  { keyword, message = 'is not allowed', params, parentSchema, data }: ErrorObject,
  key: string | null,
): string {
  const given = params as Record<string, unknown>;
  switch (keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const known = Object.keys((parentSchema as { properties?: object } | undefined)?.properties ?? {});
      return `is not a known key${meant(key!, known)}${listed('known', known)}`;
    }
    case 'enum': {
      const allowed = given.allowedValues as readonly unknown[];
      const words = allowed.filter(one => typeof one === 'string');
      return `must be one of ${some(allowed)}${typeof data === 'string' ? meant(data, words) : ''}`;
    }
    case 'const':
      return `must be ${shown(given.allowedValue)}`;
    case 'required':
      return `needs the key ${shown(given.missingProperty)}`;
    case 'pattern':
      return `must match ${shown(given.pattern)}`;
    case 'false schema':
      return 'is not allowed here';
    default:
      return message.length > 120 ? `${message.slice(0, 119)}…` : message;
  }
}

function meant(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === null ? '' : `; did you mean ${shown(near)}?`;
}

const maxListed = 5;

function some(values: readonly unknown[]): string {
  const more = values.length > maxListed ? ` and ${values.length - maxListed} more` : '';
  return `${values.slice(0, maxListed).map(shown).join(', ')}${more}`;
}

const listed = (what: string, known: readonly string[]): string =>
  known.length === 0 ? '' : ` (${what}: ${some(known)})`;
