/**
 * Summarises a ConfigSchema as a status, by the same rules as a ConfigVersion's: the messages follow from facts, not from
 * the moment of looking, and a condition's time changes only when it flips. Pure.
 */

import { clip, message } from '../../history/core/names.ts';
import type { SchemaVerdict } from '../../history/words/schema.ts';
import { dated } from './condition.ts';
import {
  type ConfigSchema,
  type ConfigSchemaStatus,
  type LatestUnderSchema,
  SchemaReason,
} from './config-schema.ts';

type Condition = NonNullable<ConfigSchemaStatus['conditions']>[number];
type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** @param latest what the latest versions come to; null: not looked at since it changed */
export function summariseSchema(
  object: ConfigSchema,
  verdict: SchemaVerdict,
  latest: LatestUnderSchema | null,
  now: Date,
): ConfigSchemaStatus {
  const { generation } = object.metadata;
  const before = object.status.conditions ?? [];
  // Another process looked at them, and this one has not yet.
  const told = latest ?? (object.status.observedGeneration === generation ? object.status.latest : null);
  return {
    observedGeneration: generation,
    ...(verdict.ok && told && { latest: told }),
    conditions: draftsOf(object, verdict).map(draft => dated(draft, before, generation, now)),
  };
}

function draftsOf({ spec }: ConfigSchema, verdict: SchemaVerdict): Draft[] {
  if (verdict.ok) {
    const does = spec.enforcement === 'Warn' ? 'saved with a warning' : 'refused';
    const said = `In force: a text that does not satisfy it is ${does}.`;
    return [{ type: 'Ready', status: 'True', reason: SchemaReason.InForce, message: said }];
  }
  const reason = SchemaReason.InvalidSchema;
  const said = message(
    `This schema cannot be used, so it refuses nothing: ${clip(verdict.why, 150)}.`,
    'Mend spec.schema, and apply it again.',
  );
  return [
    { type: 'Ready', status: 'False', reason, message: said },
    { type: 'Stalled', status: 'True', reason, message: said },
  ];
}
