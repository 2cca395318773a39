/** Configs and revisions as the tables kubectl prints: columns of ours, and more of them with `-o wide`. */
import { firstLine, personOf, visible } from '../../text/words.ts';
import type { ResourceName } from './address.ts';
import { humanDuration } from './duration.ts';
import { type ObjectFacts, objectMetadata, objectNameOf, objectOf, partialOf } from './objects.ts';

interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer';
  readonly format?: 'name';
  readonly description: string;
  readonly cell: (entry: ObjectFacts, now: Date) => string | number;
}

const since = (then: Date, now: Date) => humanDuration(now.valueOf() - then.valueOf());

const columns: Readonly<Record<string, Column>> = {
  name: {
    ...{ name: 'Name', type: 'string', format: 'name' },
    description: 'The path with / as :; of a revision, with @ and its number.',
    cell: entry => objectMetadata(entry).name,
  },
  version: {
    ...{ name: 'Version', type: 'integer' },
    description: 'Number of the version; of a config, the latest.',
    cell: ({ version }) => Number(version.version),
  },
  author: {
    ...{ name: 'Author', type: 'string' },
    description: 'Who wrote it; who asked, where no author is named.',
    cell: ({ version }) => visible(version.author) || personOf(version),
  },
  updated: {
    ...{ name: 'Updated', type: 'string' },
    description: 'How long ago the latest version was saved.',
    cell: ({ version }, now) => since(version.createdAt, now),
  },
  age: {
    ...{ name: 'Age', type: 'string' },
    description: 'How long ago it was first saved.',
    cell: ({ createdAt }, now) => since(createdAt, now),
  },
  base: {
    ...{ name: 'Base', type: 'string' },
    description: 'Version it was edited from, where that is known.',
    cell: ({ version }) => (version.baseVersion === null ? '' : String(version.baseVersion)),
  },
  kind: {
    ...{ name: 'Kind', type: 'string' },
    description: 'How it came to be: direct, merged, confirmed, promoted, overwrite or imported.',
    cell: ({ version }) => version.kind,
  },
  format: {
    ...{ name: 'Format', type: 'string' },
    description: 'yaml, json, text or another one of docs/formats.md.',
    cell: ({ format }) => format ?? '',
  },
  bytes: {
    ...{ name: 'Bytes', type: 'integer' },
    description: 'Size of the text.',
    cell: ({ version }) => version.bytes,
  },
  actor: {
    ...{ name: 'Actor', type: 'string' },
    description: 'Who asked for it, according to the API server.',
    cell: ({ version }) => visible(version.actor.name),
  },
  commit: {
    ...{ name: 'Commit', type: 'string' },
    description: 'Git commit it came from.',
    cell: ({ version }) => version.git.commit?.slice(0, 12) ?? '',
  },
  object: {
    ...{ name: 'Object', type: 'string' },
    description: 'The ConfigVersion it came from, where it was one.',
    cell: ({ version }) => (version.object ? objectNameOf(version.object) : ''),
  },
  comment: {
    ...{ name: 'Comment', type: 'string' },
    description: 'What its author says about it.',
    cell: ({ version }) => firstLine(version.comment),
  },
};

const shown: Readonly<Record<ResourceName, { always: readonly string[]; wide: readonly string[] }>> = {
  configs: {
    always: ['name', 'version', 'author', 'updated', 'age'],
    wide: ['format', 'bytes', 'kind', 'actor', 'commit', 'comment'],
  },
  configrevisions: {
    always: ['name', 'version', 'base', 'kind', 'author', 'age'],
    wide: ['bytes', 'actor', 'commit', 'object', 'comment'],
  },
};

/** Asked for with `includeObject`. */
export type Included = 'None' | 'Metadata' | 'Object';

export function tableOf(
  resource: ResourceName,
  entries: readonly ObjectFacts[],
  { metadata, included, now }: { metadata: object; included: Included; now: Date },
): object {
  const { always, wide } = shown[resource];
  const here = [...always, ...wide].map(key => columns[key]!);
  return {
    ...{ kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata },
    // Kubernetes hides columns of a priority above 0 unless -o wide is said.
    columnDefinitions: here.map(({ name, type, format = '', description }, index) => {
      return { name, type, format, description, priority: index < always.length ? 0 : 1 };
    }),
    rows: entries.map(entry => ({
      cells: here.map(({ cell }) => cell(entry, now)),
      ...(included !== 'None' && { object: included === 'Object' ? objectOf(entry) : partialOf(entry) }),
    })),
  };
}
