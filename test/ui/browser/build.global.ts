/** Builds the page once for all tests that open it, when its sources changed. */
import { buildPage } from '../../../ui/build.ts';

export async function setup(): Promise<void> {
  await buildPage();
}
