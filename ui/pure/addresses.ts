/**
 * What the page shows, as a value and as an address below the page's base. Invariant: an address read and written again
 * is the same, and every address names one page. What belongs to a config and is not its text has a root of its own, as
 * in the API, because a config may well be called `compare`; a folder ends with a slash, and a config never does.
 */

export type Address =
  | { readonly page: 'namespaces' }
  | { readonly page: 'folder'; readonly namespace: string; readonly folder: string }
  | { readonly page: NamespacePage; readonly namespace: string }
  | {
      readonly page: 'config';
      readonly namespace: string;
      readonly path: string;
      readonly version?: number;
      /** The line that is meant, from 1. */
      readonly line?: number;
    }
  | {
      readonly page: 'versions';
      readonly namespace: string;
      readonly path: string;
      readonly author?: string;
      readonly since?: string;
      readonly until?: string;
    }
  | {
      readonly page: 'usage';
      readonly namespace: string;
      readonly path: string;
      /** With the pods of workloads. */
      readonly pods?: true;
    }
  | {
      readonly page: 'compare';
      readonly namespace: string;
      readonly path: string;
      readonly left: number;
      /** Absent: the latest, whatever it is when the page opens. */
      readonly right?: number;
    }
  | {
      readonly page: 'edit';
      readonly namespace: string;
      readonly path: string;
      /** Absent: the latest; 0: a config that is not there yet. */
      readonly version?: number;
      /** What was typed earlier, to go on with. */
      readonly draft?: string;
    }
  | { readonly page: 'waiting'; readonly namespace?: string; readonly name?: string }
  | ({ readonly page: 'deployments' } & DeploymentFilter)
  | ({ readonly page: 'search' } & SearchWords)
  | { readonly page: 'signed-in' }
  | { readonly page: 'unknown'; readonly path: string };

/** Of a config namespace, beside what lies in it. */
export type NamespacePage = 'violations' | 'freezes' | 'trash';

export interface DeploymentFilter {
  readonly namespace?: string;
  readonly path?: string;
  readonly deployer?: string;
  readonly commit?: string;
  readonly since?: string;
  readonly until?: string;
  readonly result?: 'refused';
}

export interface SearchWords {
  readonly namespace?: string;
  readonly path?: string;
  readonly key?: string;
  readonly value?: string;
}

/** @param path below the base, percent-encoded as the browser has it, without a slash at its beginning */
export function readAddress(path: string, search: string): Address {
  const unknown: Address = { page: 'unknown', path };
  const segments = path.split('/').map(decoded);
  if (segments.some(segment => segment === null)) return unknown;
  const [root = '', namespace = '', ...rest] = segments as string[];
  const query = new URLSearchParams(search);
  const config = rest.join('/');
  const isConfig = namespace !== '' && config !== '' && !config.endsWith('/');
  switch (root) {
    case '':
    case 'namespaces':
      return namespace === '' && rest.length === 0 ? { page: 'namespaces' } : unknown;
    case 'configs':
      if (namespace === '') return rest.length === 0 ? { page: 'namespaces' } : unknown;
      if (config === '' || config.endsWith('/')) return { page: 'folder', namespace, folder: config };
      return { page: 'config', namespace, path: config, ...numbers(query, 'version', 'line') };
    case 'violations':
    case 'freezes':
    case 'trash':
      return namespace !== '' && rest.length === 0 ? { page: root, namespace } : unknown;
    case 'versions':
      if (!isConfig) return unknown;
      return { page: 'versions', namespace, path: config, ...words(query, 'author', 'since', 'until') };
    case 'usage':
      if (!isConfig) return unknown;
      return { page: 'usage', namespace, path: config, ...(query.get('pods') === 'true' && { pods: true }) };
    case 'compare': {
      const { left, ...right } = numbers(query, 'left', 'right');
      if (!isConfig || left === undefined) return unknown;
      return { page: 'compare', namespace, path: config, left, ...right };
    }
    case 'edit':
      if (!isConfig) return unknown;
      return {
        ...{ page: 'edit', namespace, path: config },
        ...numbers(query, 'version'),
        ...words(query, 'draft'),
      };
    case 'waiting': {
      if (rest.length > 1) return unknown;
      const name = rest[0] ?? '';
      return { page: 'waiting', ...(namespace && { namespace }), ...(namespace && name && { name }) };
    }
    case 'deployments': {
      if (segments.length > 1) return unknown;
      const filter = words(query, 'namespace', 'path', 'deployer', 'commit', 'since', 'until');
      return {
        page: 'deployments',
        ...filter,
        ...(query.get('result') === 'refused' && { result: 'refused' as const }),
      };
    }
    case 'search':
      if (segments.length > 1) return unknown;
      return { page: 'search', ...words(query, 'namespace', 'path', 'key', 'value') };
    case 'signed-in':
      return segments.length === 1 ? { page: 'signed-in' } : unknown;
    default:
      return unknown;
  }
}

/** Below the base, without a slash at its beginning. */
export function writeAddress(address: Address): string {
  switch (address.page) {
    case 'namespaces':
    case 'signed-in':
      return address.page;
    case 'folder':
      return `configs/${encoded(address.namespace)}/${pathOf(address.folder)}`;
    case 'config':
      return `configs/${of(address)}${query({ version: address.version, line: address.line })}`;
    case 'violations':
    case 'freezes':
    case 'trash':
      return `${address.page}/${encoded(address.namespace)}`;
    case 'versions': {
      const { author, since, until } = address;
      return `versions/${of(address)}${query({ author, since, until })}`;
    }
    case 'usage':
      return `usage/${of(address)}${query({ pods: address.pods })}`;
    case 'compare':
      return `compare/${of(address)}${query({ left: address.left, right: address.right })}`;
    case 'edit':
      return `edit/${of(address)}${query({ version: address.version, draft: address.draft })}`;
    case 'waiting': {
      const parts = [address.namespace, address.name].filter(part => part !== undefined);
      return ['waiting', ...parts.map(encoded)].join('/');
    }
    case 'deployments': {
      const { page: _, ...filter } = address;
      return `deployments${query(filter)}`;
    }
    case 'search': {
      const { page: _, ...asked } = address;
      return `search${query(asked)}`;
    }
    case 'unknown':
      return address.path;
  }
}

/** What stands above it, from the root on; the last is where one is. */
export function trailOf(address: Address): readonly { readonly name: string; readonly to: Address }[] {
  if (!('namespace' in address) || address.namespace === undefined) return [];
  if (address.page === 'waiting' || address.page === 'deployments' || address.page === 'search') return [];
  const { namespace } = address;
  const path = 'folder' in address ? address.folder : 'path' in address ? address.path : '';
  const segments = path.split('/').filter(segment => segment !== '');
  const trail: { name: string; to: Address }[] = [
    { name: namespace, to: { page: 'folder', namespace, folder: '' } },
  ];
  for (const [index, name] of segments.entries()) {
    const upTo = segments.slice(0, index + 1).join('/');
    const isConfig = address.page !== 'folder' && index === segments.length - 1;
    trail.push({
      name,
      to: isConfig ? { page: 'config', namespace, path } : { page: 'folder', namespace, folder: `${upTo}/` },
    });
  }
  return trail;
}

const of = ({ namespace, path }: { readonly namespace: string; readonly path: string }) =>
  `${encoded(namespace)}/${pathOf(path)}`;

/** The path of an API call or of an address: segments encoded, slashes kept. */
export const pathOf = (path: string) => path.split('/').map(encoded).join('/');

const encoded = (text: string) => encodeURIComponent(text).replaceAll('%40', '@').replaceAll('%3D', '=');

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

export function query(values: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  if (pairs.length === 0) return '';
  return `?${new URLSearchParams(Object.fromEntries(pairs.map(([name, value]) => [name, String(value)])))}`;
}

type Some<Name extends string, Value> = { readonly [name in Name]?: Value };

function words<Name extends string>(given: URLSearchParams, ...names: Name[]): Some<Name, string> {
  const pairs = names.map(name => [name, given.get(name) ?? ''] as const);
  return Object.fromEntries(pairs.filter(([, value]) => value !== '')) as Some<Name, string>;
}

function numbers<Name extends string>(given: URLSearchParams, ...names: Name[]): Some<Name, number> {
  const pairs = names.map(name => [name, given.get(name) ?? ''] as const);
  return Object.fromEntries(
    pairs
      .filter(([, value]) => /^(0|[1-9]\d{0,14})$/.test(value))
      .map(([name, value]) => [name, Number(value)]),
  ) as Some<Name, number>;
}
