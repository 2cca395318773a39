/** Questions that are asked in more than one place, each by one name. Invariant: the same question has the same key everywhere. */
import { queryOptions } from '@tanstack/react-query';
import {
  type ConfigName,
  findDeleted,
  listFreezes,
  listNamespaces,
  readConfig,
  readSession,
} from './calls.ts';

export const sessionQuery = () =>
  queryOptions({ queryKey: ['session'], queryFn: ({ signal }) => readSession(signal) });

/** @param version absent: the latest */
export const configQuery = ({ namespace, path }: ConfigName, version?: number) =>
  queryOptions({
    queryKey: ['config', namespace, path, version ?? 'latest'],
    queryFn: ({ signal }) => readConfig({ namespace, path }, version, signal),
  });

/** As far as the reader may list configs there; of others it is asked once. */
export const freezesQuery = (namespace: string) =>
  queryOptions({ queryKey: ['freezes', namespace], queryFn: ({ signal }) => listFreezes(namespace, signal) });

export const namespacesQuery = () =>
  queryOptions({ queryKey: ['namespaces'], queryFn: ({ signal }) => listNamespaces(signal) });

export const deletedQuery = ({ namespace, path }: ConfigName) =>
  queryOptions({
    queryKey: ['trash', namespace, path],
    queryFn: ({ signal }) => findDeleted({ namespace, path }, signal),
  });
