/** Vitest's global setup: Helm is there before a test waits for it. It is built once, which takes minutes. */
import { findBinaries } from '../../local/binaries.ts';

export async function setup(): Promise<void> {
  await findBinaries(['helm']);
}
