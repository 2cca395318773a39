/** Parameters that several of the schema's functions take alike. */
import type { Actor, ConfigId } from '../words/model.ts';
import type { Idempotency } from '../words/request.ts';
import { type Parts, scalar } from './parameters.ts';
import { hashValue, textValue } from './values.ts';

export const milliseconds = <Input>(value: (input: Input) => number) =>
  scalar<Input>('interval', input => `${value(input)} milliseconds`);

/** An idempotency key, one by one. All null for a request without one. */
export const keyParts = <Input>(find: (input: Input) => Idempotency | null) => {
  const part = (type: string, value: (one: Idempotency) => unknown) =>
    scalar<Input>(type, input => {
      const one = find(input);
      return one && value(one);
    });
  return {
    principal: part('text', one => textValue(one.principal, 'the user')),
    key: part('text', one => textValue(one.key, 'the idempotency key')),
    request_sha256: part('bytea', one => hashValue(one.requestSha256)),
  };
};

/** How long what is deleted stays in the trash; 0: not at all. */
export interface TrashTime {
  readonly keepMs: number;
}
export const keepParts = <Input extends TrashTime>(): Parts<Input> => ({
  keep: milliseconds(({ keepMs }) => keepMs),
});

/** Of functions that take the parts of a config, a proposal and a Git origin one by one. */
export const configParts: Parts<{ config: ConfigId }> = {
  namespace: scalar('text', ({ config }) => config.namespace),
  path: scalar('text', ({ config }) => config.path),
};
export const actorParts: Parts<{ actor: Actor }> = {
  actor: scalar('text', ({ actor: { name } }) => name),
  actor_verified: scalar('boolean', ({ actor: { verified } }) => verified),
};

export interface Rotation {
  readonly maxAgeMs: number;
  /** At most so many go. */
  readonly batch: number;
}
export const rotationParts: Parts<Rotation> = {
  max_age: milliseconds(({ maxAgeMs }) => maxAgeMs),
  batch: scalar('integer', ({ batch }) => batch),
};
export const boundedParts: Parts<Rotation & { readonly maxEntries: number }> = {
  max_entries: scalar('bigint', ({ maxEntries }) => maxEntries),
  ...rotationParts,
};
