import type { FastifyRequest, HTTPMethods } from 'fastify';
import type { Answer } from './call.ts';
import { Refused } from './problems.ts';
import { type Operation, operations } from './spec.ts';

/** A stream does not end, so a HEAD request for one would wait for ever. */
export function methodsOf({ method, path }: Operation): HTTPMethods[] {
  return method === 'GET' && !path.startsWith('/watch/') ? ['GET', 'HEAD'] : [method];
}

/** `/configs/{namespace}/{path}` → `/configs/:namespace/*` */
export function routeOf(path: string): string {
  return path.replace('{namespace}', ':namespace').replace('{name}', ':name').replace('{path}', '*');
}

/** For a method that the OpenAPI document does not have at this URL; other APIs' URLs pass. */
export function methodRefused({ method, raw }: FastifyRequest): Refused | undefined {
  const path = (raw.url ?? '').split('?', 1)[0]!;
  const here = operations.filter(operation => patternOf(operation).test(path));
  const allow = here.flatMap(methodsOf);
  if (here.length === 0 || allow.includes(method)) return undefined;
  const detail = `This URL takes only ${allow.join(', ')}.`;
  return new Refused('MethodNotAllowed', detail, {}, { headers: { allow: allow.join(', ') } });
}

const patterns = new Map(
  operations.map(({ path }) => [
    path,
    new RegExp(
      `^${path
        .replace(/[{]name(space)?[}]/g, '[^/]+')
        .replace('{path}', '.*')
        .replaceAll('.json', '[.]json')}$`,
      's',
    ),
  ]),
);

const patternOf = ({ path }: Operation): RegExp => patterns.get(path)!;

/** The URL as sent, below the prefix; clients behind a proxy may send it whole. */
export function sentUrl({ raw, server }: FastifyRequest): string {
  const url = raw.url ?? '/';
  const path = url.startsWith('/') ? url : url.replace(/^[a-z]+:\/\/[^/]*/i, '');
  if (server.prefix === '') return path;
  // By its segments: letters of the prefix may be sent percent-encoded.
  return `/${path.split('/').slice(server.prefix.split('/').length).join('/')}`;
}

/** Addresses in headers as they are behind the prefix. */
export function behindPrefix(
  prefix: string,
  headers: Answer['headers'] = {},
): Readonly<Record<string, string>> {
  if (prefix === '') return headers;
  const { location, link } = headers;
  return {
    ...headers,
    ...(location !== undefined && { location: prefix + location }),
    ...(link !== undefined && { link: link.replaceAll('</', `<${prefix}/`) }),
  };
}
