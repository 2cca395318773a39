/** The latest version of a config, as a question shows it. Invariant: that there is none is an answer, not an error. */
import type { VersionFacts } from '../api/types.gen.ts';
import type { Client } from './client.ts';
import { Refusal } from './refusal.ts';
import type { ConfigId } from './workspace.ts';

/** undefined: the trash only has it, or nobody has. */
export async function latestVersionOf(
  client: Client,
  { namespace, path }: ConfigId,
): Promise<VersionFacts | undefined> {
  try {
    const [latest] = await client.versions(namespace, path, 1);
    return latest;
  } catch (error) {
    if (error instanceof Refusal && error.reason === 'ConfigNotFound') return undefined;
    throw error;
  }
}
