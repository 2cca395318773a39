/** Shapes as Java records, a file each, that Jackson reads and writes. */
import { camel, type Field, type Shape, type Type, wrapped } from './shapes.ts';

const folder = 'java/pawl-client/src/main/java/dev/pawl/client/shapes';

export function javaFiles(shapes: readonly Shape[]): Record<string, string> {
  return Object.fromEntries(shapes.map(shape => [`${folder}/${shape.name}.java`, recordOf(shape)]));
}

function recordOf({ name, description, fields }: Shape): string {
  const imports = [
    'com.fasterxml.jackson.annotation.JsonIgnoreProperties',
    'com.fasterxml.jackson.annotation.JsonInclude',
    ...(fields.some(({ name: field }) => field !== camel(field))
      ? ['com.fasterxml.jackson.annotation.JsonProperty']
      : []),
    ...(fields.some(({ type }) => type.kind === 'list') ? ['java.util.List'] : []),
  ];
  const doc = wrapped(escaped(description || name), 110);
  const params = fields
    .filter(field => field.description !== '')
    .flatMap(field => wrapped(`@param ${camel(field.name)} ${escaped(field.description)}`, 110));
  return [
    '// Generated from api/openapi.yaml by `npm run generate`. Do not edit.',
    'package dev.pawl.client.shapes;',
    '',
    ...imports.map(one => `import ${one};`),
    '',
    '/**',
    ...doc.map(line => ` * ${line}`),
    ...(params.length > 0 ? [' *', ...params.map(line => ` * ${line}`)] : []),
    ' */',
    '@JsonIgnoreProperties(ignoreUnknown = true)',
    '@JsonInclude(JsonInclude.Include.NON_NULL)',
    `public record ${name}(`,
    `${fields.map(componentOf).join(',\n')}) {}`,
    '',
  ].join('\n');
}

function componentOf({ name, type, isOptional }: Field): string {
  const java = camel(name);
  const annotation = java === name ? '' : `@JsonProperty("${name}") `;
  return `    ${annotation}${typeOf(type, isOptional)} ${java}`;
}

function typeOf(type: Type, isBoxed: boolean): string {
  switch (type.kind) {
    case 'string':
    case 'words':
    // As it stands in the answer, RFC 3339.
    case 'time':
      return 'String';
    case 'integer':
      return isBoxed ? 'Long' : 'long';
    case 'boolean':
      return isBoxed ? 'Boolean' : 'boolean';
    case 'record':
      return type.name;
    case 'list':
      return `List<${typeOf(type.of, true)}>`;
  }
}

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;')
    .replaceAll('*/', '*&#47;');
