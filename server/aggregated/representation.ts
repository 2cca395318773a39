/**
 * The same objects in the three ways a client may ask for them: as they are, as a table for people, or as metadata
 * only. Whatever else Kubernetes speaks (protobuf, CBOR) is passed over for what is asked for next.
 */
import { Refused } from '../problems.ts';
import { type ResourceName, storeApiVersion } from './address.ts';
import { kinds, type ObjectFacts, objectOf, partialOf } from './objects.ts';
import { type Included, tableOf } from './table.ts';

export interface Representation {
  /** Whether the texts are needed. */
  readonly withTexts: boolean;
  one(entry: ObjectFacts, now: Date): object;
  list(resource: ResourceName, entries: readonly ObjectFacts[], metadata: object, now: Date): object;
  /** Of a watch: how far it has come. */
  bookmark(resource: ResourceName, metadata: object, now: Date): object;
}

const plain: Representation = {
  withTexts: true,
  one: objectOf,
  list: (resource, entries, metadata) => {
    return {
      apiVersion: storeApiVersion,
      kind: `${kinds[resource]}List`,
      metadata,
      items: entries.map(objectOf),
    };
  },
  bookmark: (resource, metadata) => ({ apiVersion: storeApiVersion, kind: kinds[resource], metadata }),
};

const partial: Representation = {
  withTexts: false,
  one: partialOf,
  list: (_, entries, metadata) => ({
    ...{ apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadataList', metadata },
    items: entries.map(partialOf),
  }),
  bookmark: (_, metadata) => ({ apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata }),
};

function table(included: Included): Representation {
  const list: Representation['list'] = (resource, entries, metadata, now) =>
    tableOf(resource, entries, { metadata, included, now });
  return {
    withTexts: included === 'Object',
    list,
    bookmark: (resource, metadata, now) => list(resource, [], metadata, now),
    one: (entry, now) => list(entry.resource, [entry], { resourceVersion: entry.resourceVersion }, now),
  };
}

/** Throws Refused. @param url for includeObject, which is about tables only */
export function representationOf(accept: string | undefined, url: string): Representation {
  const asked = (accept ?? '*/*').split(',').map(parametersOf);
  for (const { type, as, g, v } of asked) {
    if (!['application/json', 'application/*', '*/*'].includes(type)) continue;
    if (as === undefined) return plain;
    if (g !== 'meta.k8s.io' || v !== 'v1') continue;
    if (as === 'Table') return table(includedBy(url));
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return partial;
  }
  throw new Refused('NotAcceptable', 'Ask for application/json, also as Table or PartialObjectMetadata.');
}

/** `application/json;as=Table;v=v1;g=meta.k8s.io` */
export function parametersOf(part: string): { type: string; [name: string]: string | undefined } {
  const [type = '', ...parameters] = part.split(';').map(one => one.trim());
  return { ...Object.fromEntries(parameters.map(one => one.split('=', 2))), type: type.toLowerCase() };
}

function includedBy(url: string): Included {
  const asked = new URLSearchParams(url.split('?', 2)[1] ?? '').get('includeObject');
  if (asked === 'None' || asked === 'Object') return asked;
  return 'Metadata';
}
