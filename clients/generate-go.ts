/** Shapes as Go structs, as gofmt would write them. */
import { type Field, pascal, type Shape, type Type, wrapped } from './shapes.ts';

export function goFile(shapes: readonly Shape[]): string {
  const body = shapes.map(structOf).join('\n');
  const imports = body.includes('time.Time') ? 'import "time"\n\n' : '';
  return `// Code generated from api/openapi.yaml by \`npm run generate\`. DO NOT EDIT.\n\npackage pawl\n\n${imports}${body}`;
}

function structOf({ name, description, fields }: Shape): string {
  const lines = fields.flatMap(field => [
    ...wrapped(field.description, 100).map(line => `\t// ${line}`),
    `\t${goName(field.name)} ${typeOf(field)} \`json:"${field.name}${field.isOptional ? ',omitempty' : ''}"\``,
  ]);
  const doc = wrapped(`${name} is a shape of Pawl's API. ${description}`.trim(), 110).map(
    line => `// ${line}`,
  );
  return `${[...doc, `type ${name} struct {`, ...aligned(lines), '}'].join('\n')}\n`;
}

/** What is left out of JSON is a null pointer where the empty value would mean something. */
function typeOf({ type, isOptional }: Field): string {
  const isPointer = isOptional && type.kind !== 'string' && type.kind !== 'words' && type.kind !== 'list';
  return (isPointer ? '*' : '') + bare(type);
}

function bare(type: Type): string {
  switch (type.kind) {
    case 'string':
    case 'words':
      return 'string';
    case 'integer':
      return 'int64';
    case 'boolean':
      return 'bool';
    case 'time':
      return 'time.Time';
    case 'record':
      return type.name;
    case 'list':
      return `[]${bare(type.of)}`;
  }
}

/** As Go's own style has it. */
function goName(name: string): string {
  return pascal(name).replace(/(Id|Sha256)$/, word => word.toUpperCase());
}

/** Columns of fields that follow one another without a comment between. */
function aligned(lines: readonly string[]): string[] {
  const runs: string[][] = [];
  for (const line of lines) {
    const run = runs.at(-1);
    const isComment = line.startsWith('\t//');
    if (run === undefined || isComment || run[0]!.startsWith('\t//')) runs.push([line]);
    else run.push(line);
  }
  return runs.flatMap(run => {
    const cells = run.map(line => (line.startsWith('\t//') ? [line] : line.split(/ (?=[^ ]* `|`)/)));
    const width = [0, 1].map(column => Math.max(...cells.map(row => row[column]?.length ?? 0)));
    return cells.map(row =>
      row.map((cell, column) => (column < row.length - 1 ? cell.padEnd(width[column]!) : cell)).join(' '),
    );
  });
}
