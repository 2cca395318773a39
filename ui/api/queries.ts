/** Questions that are asked in more than one place, each by one name. Invariant: the same question has the same key everywhere. */
import { queryOptions } from '@tanstack/react-query';
import { type ConfigName, readConfig, readSession } from './calls.ts';

export const sessionQuery = () =>
  queryOptions({ queryKey: ['session'], queryFn: ({ signal }) => readSession(signal) });

/** @param version absent: the latest */
export const configQuery = ({ namespace, path }: ConfigName, version?: number) =>
  queryOptions({
    queryKey: ['config', namespace, path, version ?? 'latest'],
    queryFn: ({ signal }) => readConfig({ namespace, path }, version, signal),
  });
