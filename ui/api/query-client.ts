/**
 * Answers of the server, kept for a while. Invariant: a refused request is sent again automatically only where the refusal is
 * of the moment, and any 401 makes the page check whether the person is still signed in.
 */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { askedToWaitMs, isPassing, isSignedOut, pauseAfter } from './client.ts';

export function heardOf(error: unknown): void {
  if (isSignedOut(error)) lookAtSession();
}

/** Whether somebody is still signed in. */
export const lookAtSession = (): void => void queryClient.invalidateQueries({ queryKey: ['session'] });

/** What takes longer is told (parts/states.tsx), and asked again from there. */
const quietlyMs = 2_000;

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: heardOf }),
  mutationCache: new MutationCache({ onError: heardOf }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => isPassing(error) && askedToWaitMs(error) <= quietlyMs && count < 2,
      retryDelay: (count, error) => pauseAfter(error, count) ?? 0,
    },
  },
});
