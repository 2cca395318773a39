/**
 * The doors that speak HTTP: the API itself over TLS, the same behind the API server, and the objects kubectl gets.
 * Invariant: an answer is read to its end and parsed.
 */
import { readFileSync } from 'node:fs';
import { restRoot, storeRoot } from '../server/aggregated/address.ts';
import { readAdmin } from './api.ts';
import { openAsker } from './asker.ts';
import { type Door, doorsNamespace } from './door.ts';

export interface Addresses {
  readonly api: Readonly<Record<'PAWL_SERVER' | 'PAWL_CA' | 'PAWL_TOKEN', string>>;
  readonly kubeconfig: string;
}

export function httpDoors({ api, kubeconfig }: Addresses): Door[] {
  const { server, ...certificates } = readAdmin(kubeconfig);
  const editor = { authorization: `Bearer ${api.PAWL_TOKEN}` };
  const direct = { origin: api.PAWL_SERVER, connect: { ca: readFileSync(api.PAWL_CA) }, headers: editor };
  const proxied = { origin: server, connect: certificates, headers: {} };
  const objects = `${storeRoot}/namespaces/${doorsNamespace}/configs`;
  return [
    openDoor('REST', { ...direct, address: path => `/configs/${doorsNamespace}/${path}`, saves: true }),
    openDoor('REST behind the API server', {
      ...{ ...proxied, address: path => `${restRoot}/configs/${doorsNamespace}/${path}`, saves: true },
    }),
    openDoor('objects, as kubectl gets them', {
      ...{ ...proxied, address: path => `${objects}/${path.replaceAll('/', ':')}`, saves: false },
    }),
  ];
}

interface HttpDoor {
  readonly origin: string;
  readonly connect: object;
  readonly headers: Record<string, string>;
  /** Of a config. */
  readonly address: (path: string) => string;
  readonly saves: boolean;
}

function openDoor(name: string, { origin, connect, headers, address, saves }: HttpDoor): Door {
  const asker = openAsker(origin, connect);
  const sending = { ...headers, 'content-type': 'application/json' };
  const ask = async <T>(method: 'GET' | 'PUT', path: string, body?: object): Promise<T> => {
    const { status, text } = await asker.ask({
      ...{ method, path: address(path) },
      ...(body ? { headers: sending, body: JSON.stringify(body) } : { headers }),
    });
    if (status >= 300) throw new Error(`${method} ${address(path)}: ${status} ${text.slice(0, 300)}`);
    return JSON.parse(text);
  };
  return {
    name,
    async read(path) {
      await ask('GET', path);
    },
    save: saves
      ? async (path, base, text) => {
          const change = { format: 'yaml', body_raw: text, base_version: base };
          const { latest } = await ask<{ latest: { version: number } }>('PUT', path, change);
          if (latest.version !== base + 1)
            throw new Error(`${path} is version ${latest.version} after ${base}`);
        }
      : null,
    [Symbol.asyncDispose]: () => asker[Symbol.asyncDispose](),
  };
}
