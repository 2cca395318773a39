/** Shapes as models of pydantic. */
import { type Field, type Shape, type Type, wrapped } from './shapes.ts';

export function pythonFile(shapes: readonly Shape[]): string {
  const head = [
    '"""Shapes of the HTTP API. Generated from api/openapi.yaml by `npm run generate`. Do not edit."""',
    '',
    'from __future__ import annotations',
    '',
    'from datetime import datetime',
    'from typing import Literal',
    '',
    'from pydantic import BaseModel, ConfigDict, Field',
    '',
    '',
    'class Shape(BaseModel):',
    '    """Fields that a later server adds are left alone."""',
    '',
    '    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)',
  ];
  return `${[...head, ...shapes.flatMap(classOf)].join('\n')}\n`;
}

function classOf({ name, description, fields }: Shape): string[] {
  const doc = wrapped(`${description || name}`, 100).join('\n    ');
  const quoted = doc.includes('\n') ? `"""\n    ${doc}\n    """` : `"""${doc}"""`;
  return ['', '', `class ${name}(Shape):`, `    ${quoted}`, '', ...fields.flatMap(lineOf)];
}

/** Of Python, and of pydantic's BaseModel. */
const taken: ReadonlySet<string> = new Set([
  'in',
  'from',
  'is',
  'not',
  'class',
  'global',
  'schema',
  'copy',
  'json',
  'dict',
]);

function lineOf({ name, type, isOptional, description }: Field): string[] {
  const isTaken = taken.has(name);
  const written = `${bare(type)}${isOptional ? ' | None' : ''}`;
  const alias = isTaken ? `alias="${name}"` : '';
  const rest = isOptional ? ['default=None', alias].filter(Boolean).join(', ') : alias;
  const value = isTaken ? ` = Field(${rest})` : isOptional ? ' = None' : '';
  const comments = wrapped(description, 110).map(line => `    # ${line}`);
  return [...comments, `    ${name}${isTaken ? '_' : ''}: ${written}${value}`];
}

function bare(type: Type): string {
  switch (type.kind) {
    case 'string':
      return 'str';
    case 'integer':
      return 'int';
    case 'boolean':
      return 'bool';
    case 'time':
      return 'datetime';
    case 'words':
      // A later server may have more words.
      return `Literal[${type.words.map(word => `"${word}"`).join(', ')}] | str`;
    case 'record':
      return type.name;
    case 'list':
      return `list[${bare(type.of)}]`;
  }
}
