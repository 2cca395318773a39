/** What this API consists of, as kubectl and the API server ask for it: in the old form, and all of it at once. */
import { type ResourceName, resources, storeApiVersion, storeGroup, storeVersion } from './address.ts';
import { kinds } from './objects.ts';

/**
 * Watches are answered and not offered: programs that keep a copy of every API which offers both a list and a watch
 * (Argo CD, Rancher) would otherwise hold the whole history, and fail for every application while PostgreSQL is away.
 */
const verbs = ['get', 'list'] as const;
const groupVersion = { groupVersion: storeApiVersion, version: storeVersion };

/** Short names that no widely used API has taken, unlike cr and cfg. */
const names: Readonly<Record<ResourceName, { singular: string; short: string; categories?: string[] }>> = {
  configs: { singular: 'config', short: 'pcfg', categories: ['pawl'] },
  configrevisions: { singular: 'configrevision', short: 'pcr' },
};

export const apiGroup = {
  kind: 'APIGroup',
  apiVersion: 'v1',
  name: storeGroup,
  versions: [groupVersion],
  preferredVersion: groupVersion,
};

export const apiGroupList = { kind: 'APIGroupList', apiVersion: 'v1', groups: [apiGroup] };

export const apiResourceList = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: groupVersion.groupVersion,
  resources: [
    ...resources.map(name => ({
      ...{ name, singularName: names[name].singular, namespaced: true, kind: kinds[name] },
      ...{ verbs, shortNames: [names[name].short], categories: names[name].categories ?? [] },
    })),
    { name: 'configs/diff', singularName: '', namespaced: true, kind: kinds.configs, verbs: ['get'] },
  ],
};

export const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

export const groupDiscoveryList = {
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: [
    {
      metadata: { name: storeGroup, creationTimestamp: null },
      versions: [
        {
          version: storeVersion,
          freshness: 'Current',
          resources: resources.map(name => ({
            ...{ resource: name, responseKind: kindOf(name), scope: 'Namespaced', verbs },
            ...{ singularResource: names[name].singular, shortNames: [names[name].short] },
            ...(names[name].categories && { categories: names[name].categories }),
            ...(name === 'configs' && {
              subresources: [{ subresource: 'diff', responseKind: kindOf(name), verbs: ['get'] }],
            }),
          })),
        },
      ],
    },
  ],
};

function kindOf(name: ResourceName) {
  return { group: storeGroup, version: storeVersion, kind: kinds[name] };
}
