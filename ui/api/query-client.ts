/**
 * Answers of the server, kept for a while. Invariant: a refused request is never sent again automatically, and any 401
 * makes the page check whether the person is still signed in.
 */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { isSignedOut, Refusal } from './client.ts';

export function heardOf(error: unknown): void {
  if (isSignedOut(error)) lookAtSession();
}

/** Whether somebody is still signed in. */
export const lookAtSession = (): void => void queryClient.invalidateQueries({ queryKey: ['session'] });

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: heardOf }),
  mutationCache: new MutationCache({ onError: heardOf }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => !(error instanceof Refusal) && count < 2,
      retryDelay: count => 300 * 2 ** count,
    },
  },
});
