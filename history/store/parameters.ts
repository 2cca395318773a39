/**
 * Parameters of the schema's functions as tables: each part's name in SQL, its type, and what of the input it is.
 * Invariant: a statement's text and its values come from one table, so they cannot come apart, and PostgreSQL checks
 * the names of parameters; a test checks those of composite types.
 */

interface Scalar<Input> {
  readonly kind: 'scalar';
  readonly type: string;
  readonly value: (input: Input) => unknown;
}

/** A value of a composite type; its parts in the type's order. */
interface Composite<Input> {
  readonly kind: 'composite';
  readonly type: string;
  readonly parts: Parts<Input>;
}

/** An array of a composite type. It is sent as one array for each column, and put together by PostgreSQL. */
interface List<Input> {
  readonly kind: 'list';
  readonly type: string;
  /** Of one element, with the whole input beside it. */
  readonly parts: Parts<unknown>;
  readonly elements: (input: Input) => readonly unknown[];
}

export type Part<Input> = Scalar<Input> | Composite<Input> | List<Input>;
export type Parts<Input> = Readonly<Record<string, Part<Input>>>;

export const scalar = <Input>(type: string, value: (input: Input) => unknown): Scalar<Input> => ({
  kind: 'scalar',
  type,
  value,
});

/** A composite type, for any input that it can be found in. */
export const composite =
  <Value>(type: string, parts: Parts<Value>) =>
  <Input>(find: (input: Input) => Value): Composite<Input> => ({
    kind: 'composite',
    type,
    parts: mapped(parts, find),
  });

export const list = <Input, Element>(
  type: string,
  parts: Parts<Element>,
  elements: (input: Input) => readonly Element[],
): List<Input> => ({ kind: 'list', type, parts: parts as Parts<unknown>, elements });

/** The same parts of several inputs: a column for each value, named after all the parts it is in. */
export function columns<Input>(parts: Parts<Input>): Parts<readonly Input[]> {
  const flat = (inner: Parts<Input>, before: string): [string, Part<readonly Input[]>][] =>
    Object.entries(inner).flatMap(([name, part]): [string, Part<readonly Input[]>][] => {
      if (part.kind === 'list') throw new Error(`${before}${name} is a list; a column cannot hold it`);
      if (part.kind === 'composite') return flat(part.parts, `${before}${name}_`);
      const column = columnOf(part);
      return [[before + name, scalar(column.type, inputs => inputs.map(input => column.value(input)))]];
    });
  return Object.fromEntries(flat(parts, ''));
}

/** PostgreSQL's arrays of arrays are not ragged: those go as JSON. */
function columnOf<Input>({ type, value }: Scalar<Input>): Pick<Scalar<Input>, 'type' | 'value'> {
  return isArray(type)
    ? { type: 'jsonb[]', value: input => JSON.stringify(value(input)) }
    : { type: `${type}[]`, value };
}

function mapped<Value, Input>(parts: Parts<Value>, find: (input: Input) => Value): Parts<Input> {
  const each = (part: Part<Value>): Part<Input> => {
    switch (part.kind) {
      case 'scalar':
        return { ...part, value: input => part.value(find(input)) };
      case 'composite':
        return { ...part, parts: mapped(part.parts, find) };
      case 'list':
        return { ...part, elements: input => part.elements(find(input)) };
    }
  };
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, each(part)]));
}

/** A function of the schema, called with a table. */
export interface SqlCall<Input> {
  /** Of the function. */
  readonly name: string;
  readonly parts: Parts<Input>;
  /** @param schema quoted where it needs to be */
  statement(schema: string): string;
  values(input: Input): unknown[];
}

/** @param columns to select of what it answers; a function that answers one value calls it `answer` */
export function sqlCall<Input>(name: string, parts: Parts<Input>, columns = '*'): SqlCall<Input> {
  const getters = Object.values(parts).flatMap(valuesOf);
  return {
    name,
    parts,
    statement(schema) {
      let count = 0;
      const next = (type: string) => {
        count += 1;
        return `$${count}::${type}`;
      };
      const named = Object.entries(parts).map(
        ([parameter, part]) => `_${parameter} => ${expressionOf(part, schema, next)}`,
      );
      return `SELECT ${columns} FROM ${schema}.${name}(${named.join(', ')}) AS answer`;
    },
    values: input => getters.map(getter => getter(input)),
  };
}

type Getter<Input> = (input: Input) => unknown;

function valuesOf<Input>(part: Part<Input>): Getter<Input>[] {
  switch (part.kind) {
    case 'scalar':
      return [part.value];
    case 'composite':
      return Object.values(part.parts).flatMap(valuesOf);
    case 'list':
      return scalarsOf(part.parts).map(one => {
        const { value } = columnOf(one);
        return input => part.elements(input).map(element => value(element));
      });
  }
}

function expressionOf<Input>(part: Part<Input>, schema: string, next: (type: string) => string): string {
  switch (part.kind) {
    case 'scalar':
      return next(part.type);
    case 'composite':
      return rowOf(part, schema, inner => expressionOf(inner, schema, next));
    case 'list': {
      const columns = scalarsOf(part.parts).map(one => next(columnOf(one).type));
      let count = 0;
      const element = (inner: Part<unknown>): string => {
        if (inner.kind === 'composite') return rowOf(inner, schema, element);
        count += 1;
        return isArray(inner.type) ? `ARRAY(SELECT jsonb_array_elements_text(e.c${count}))` : `e.c${count}`;
      };
      const row = rowOf({ ...part, kind: 'composite' }, schema, element);
      const names = columns.map((_, index) => `c${index + 1}`);
      return `ARRAY(SELECT ${row} FROM unnest(${columns.join(', ')}) WITH ORDINALITY AS e (${names.join(', ')}, n) ORDER BY e.n)`;
    }
  }
}

const rowOf = <Input>(
  { type, parts }: Composite<Input>,
  schema: string,
  expression: (part: Part<Input>) => string,
): string => `ROW(${Object.values(parts).map(expression).join(', ')})::${schema}.${type}`;

const scalarsOf = (parts: Parts<unknown>): Scalar<unknown>[] =>
  Object.values(parts).flatMap(part => (part.kind === 'scalar' ? [part] : scalarsOf(part.parts)));

const isArray = (type: string): boolean => type.endsWith('[]');
