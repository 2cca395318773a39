/** The shape of the objects as an OpenAPI 3 document, which the API server publishes and `kubectl explain` reads. */
import { formatNames } from '../../text/format.ts';
import { sha256 } from '../../text/sha256.ts';
import {
  type ResourceName,
  resources,
  storeApiVersion,
  storeGroup,
  storeRoot,
  storeVersion,
} from './address.ts';
import { kinds } from './objects.ts';

const text = (description: string) => ({ type: 'string', description });
const number = (description: string) => ({ type: 'integer', format: 'int64', description });
const moment = (description: string) => ({ type: 'string', format: 'date-time', description });
const truth = (description: string) => ({ type: 'boolean', description });

const spec = (what: string) => ({
  type: 'object',
  description: `What ${what} is.`,
  properties: {
    path: text('Identity of the config in its namespace, such as limits/eu.yaml.'),
    format: text(`${formatNames.join(', ')}: one of them, for the life of the config.`),
    body: text('The text, byte for byte as it was saved.'),
  },
});

const status = (which: string) => ({
  type: 'object',
  description: `How ${which} came to be. It never changes: what is saved later has the next number.`,
  properties: {
    version: text('Number of the version. A string, because a 64-bit count must survive JavaScript.'),
    contentSha256: text('Of the UTF-8 bytes of the text, in lower-case hexadecimal.'),
    bytes: number('Size of the text.'),
    savedAt: moment('When it was saved.'),
    kind: text(
      'direct, merged, confirmed (a merge that was shown first), promoted (an old text once more), overwrite (in the place of ' +
        'the latest, without a base) or imported (a commit of a Git history).',
    ),
    baseVersion: text('The version it was edited from, as its author stated.'),
    mergedOnto: text('Of a merge: the version its changes were applied to.'),
    mergedPaths: {
      type: 'array',
      description: 'Of a merge: the places its author changed, as JSON Pointers.',
      items: { type: 'string' },
    },
    confirmedBy: text('Who confirmed the merge.'),
    author: text('Who wrote it, as claimed; empty when nobody was named.'),
    actor: text('Who asked for it.'),
    actorVerified: truth('Whether the API server vouches for the actor.'),
    comment: text('What its author says about it.'),
    git: {
      type: 'object',
      description: 'Where it came from in Git, as its author claims.',
      properties: {
        commit: text('Name of the commit.'),
        branch: text('Name of the branch.'),
        dirty: truth('Whether there were changes that were not in the commit.'),
        remote: text('URL of the repository.'),
        path: text('Path in the repository.'),
      },
    },
    object: text('The ConfigVersion it came from, as cluster/namespace/name; absent for a request.'),
  },
});

const descriptions: Readonly<Record<ResourceName, { kind: string; spec: object; status: object }>> = {
  configs: {
    kind:
      'Config is the latest version of one configuration text. Read only: save with a ConfigVersion object, with ' +
      'kubectl pawl, or through the HTTP API. Its name is its path with / as :.',
    spec: spec('the config'),
    status: status('the latest version'),
  },
  configrevisions: {
    kind:
      'ConfigRevision is one saved version of a config, which never changes. Its name is the name of the config, ' +
      '@, and the number. List those of one config with --field-selector path=limits/eu.yaml.',
    spec: spec('the version'),
    status: status('the version'),
  },
};

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

function schemasOf(resource: ResourceName): Record<string, object> {
  const kind = kinds[resource];
  const known = descriptions[resource];
  const typed = {
    apiVersion: text('Version of this representation of the object.'),
    kind: text('What the object is.'),
  };
  const gvk = (name: string) => ({
    'x-kubernetes-group-version-kind': [{ group: storeGroup, version: storeVersion, kind: name }],
  });
  return {
    [schemaName(kind)]: {
      ...{ type: 'object', description: known.kind, ...gvk(kind) },
      properties: {
        ...typed,
        metadata: { ...described('Name, namespace and age.'), allOf: [ref(`${meta}.ObjectMeta`)] },
        ...{ spec: known.spec, status: known.status },
      },
    },
    [schemaName(`${kind}List`)]: {
      ...{ type: 'object', description: `A page of objects of kind ${kind}.`, ...gvk(`${kind}List`) },
      properties: {
        ...typed,
        metadata: { ...described('Where to go on.'), allOf: [ref(`${meta}.ListMeta`)] },
        items: { type: 'array', items: ref(schemaName(kind)) },
      },
    },
  };
}

function pathsOf(resource: ResourceName): Record<string, object> {
  const kind = kinds[resource];
  const item = `${storeRoot}/namespaces/{namespace}/${resource}`;
  const operation = (name: string, schema: string) => ({
    get: {
      ...{ operationId: name, tags: [`${storeGroup}_${storeVersion}`] },
      'x-kubernetes-group-version-kind': { group: storeGroup, version: storeVersion, kind },
      'x-kubernetes-action': name.startsWith('list') ? 'list' : 'get',
      responses: { 200: { description: 'OK', content: { 'application/json': { schema: ref(schema) } } } },
    },
  });
  const parameter = (name: string) => ({ name, in: 'path', required: true, schema: { type: 'string' } });
  return {
    [`${storeRoot}/${resource}`]: operation(`list${kind}ForAllNamespaces`, schemaName(`${kind}List`)),
    [item]: {
      ...operation(`listNamespaced${kind}`, schemaName(`${kind}List`)),
      parameters: [parameter('namespace')],
    },
    [`${item}/{name}`]: {
      ...operation(`readNamespaced${kind}`, schemaName(kind)),
      parameters: [parameter('namespace'), parameter('name')],
    },
  };
}

const described = (description: string) => ({ description });

function schemaName(kind: string): string {
  return `dev.pawl.store.${storeVersion}.${kind}`;
}

export const openApi = {
  openapi: '3.0.0',
  info: { title: storeApiVersion, version: storeVersion },
  paths: Object.assign({}, ...resources.map(pathsOf)) as Record<string, object>,
  components: {
    schemas: {
      ...(Object.assign({}, ...resources.map(schemasOf)) as Record<string, object>),
      [`${meta}.ObjectMeta`]: {
        type: 'object',
        description: 'What every object of the Kubernetes API has.',
        properties: {
          name: text('Name of the object in its namespace.'),
          namespace: text('The config namespace.'),
          uid: text('The same for as long as the name means the same thing.'),
          resourceVersion: text('How far the history of changes was read; opaque.'),
          creationTimestamp: moment('When it was first saved.'),
          annotations: {
            type: 'object',
            description:
              'pawl.dev/author, pawl.dev/actor, pawl.dev/comment and pawl.dev/git-commit of the version.',
            additionalProperties: { type: 'string' },
          },
        },
      },
      [`${meta}.ListMeta`]: {
        type: 'object',
        description: 'What every list of the Kubernetes API has.',
        properties: {
          continue: text('Asks for the next page; empty: this was the last.'),
          resourceVersion: text('A watch goes on from here; opaque.'),
        },
      },
    },
  },
};

export const openApiPath = `/openapi/v3${storeRoot}`;

/** The hash lets the API server keep what it has. */
export const openApiIndex = {
  paths: {
    [storeRoot.slice(1)]: {
      serverRelativeURL: `${openApiPath}?hash=${sha256(JSON.stringify(openApi)).toUpperCase()}`,
    },
  },
};
