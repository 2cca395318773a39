/** For a server that is tested without an operator beside it: no ConfigVersion objects, and no ConfigMaps. */
import type { Proposals } from '../../server/ports.ts';

export const noProposals: Proposals = {
  refused: () => [],
  find: () => null,
  proposing: () => [],
  projecting: () => [],
  consumers: () => null,
  pods: async () => null,
  configMap: () => null,
  drifted: () => [],
  shownBy: () => null,
  preview: async () => ({ kind: 'unwatched' }),
  confirm: async () => 'moved',
  examine: async () => null,
  judged: async () => new Map(),
  judge: async () => 'moved',
};
