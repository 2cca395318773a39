/**
 * Purging a version that holds what it must not, such as a password: with every version that has the same text, and every
 * copy that Pawl keeps of it, as one entry of the log with its reason. Invariant: what Kubernetes holds of it is not Pawl's
 * to delete, and is named in the answer.
 */
import type { Purge, Purged } from '../../api/types.gen.ts';
import type { ConfigRecord } from '../../history/words/history.ts';
import type { ConfigId } from '../../history/words/model.ts';
import { actorOf, askedConfig, type Call, type Handler, onConfig } from '../call.ts';
import { noVersion, versionInTurn } from '../diff.ts';
import { idempotencyOf, keyReused, replayedHeaders } from '../idempotency.ts';
import { Refused } from '../problems.ts';
import { isLatest } from './history.ts';
import { holdersOf } from './usage.ts';

export const purgeVersion: Handler = {
  deeds: onConfig('purge'),
  async answer(call) {
    const config = askedConfig(call);
    const { version: number, reason } = call.body as Purge;
    const { principal, signal } = call;
    const input = {
      ...{ config, version: BigInt(number), reason },
      ...{ actor: actorOf(principal), idempotency: idempotencyOf(call) },
    };
    const found = await versionInTurn(call, config, input.version);
    const purged = await call.writing.purgeVersion(input, signal);
    switch (purged.kind) {
      case 'head':
        throw Number(purged.head) === number ? isLatest(number) : saysTheSame(number, Number(purged.head));
      case 'gone':
        throw await noVersion(call, config, number);
      case 'key-reused':
        throw keyReused();
      case 'purged': {
        if (!purged.replayed) call.hub.nudge();
        const json: Purged = {
          versions: purged.versions.map(Number),
          also_in: found ? await othersWith(call, config, found) : [],
          still_held: await holdersOf(call, config, purged),
        };
        return { status: 200, ...(purged.replayed && { headers: replayedHeaders }), json };
      }
    }
  },
};

/** Versions looked through for what the purged one held, the newest first, and bytes of their texts. */
const maxLookedAt = 200;
const maxLookedAtBytes = 16 << 20;

/** Versions that hold a secret which the purged text held, too. */
async function othersWith(
  { history, searcher, tenant, signal }: Call,
  config: ConfigId,
  { record, text: before }: { readonly record: ConfigRecord; readonly text: string },
): Promise<number[]> {
  const place = { line: tenant, signal };
  if (!searcher || (await searcher.search(before, record.format, null, place)).kind !== 'found') return [];
  const others: number[] = [];
  let bytes = 0;
  const range = { to: record.head.version, limit: maxLookedAt };
  for await (const { record: version, text } of history.backwards(config, range, signal)) {
    bytes += version.bytes;
    if (bytes > maxLookedAtBytes) break;
    const search = await searcher.search(text, record.format, before, place);
    if (search.kind === 'found' && search.known.places.length > 0) others.push(Number(version.version));
  }
  return others.reverse();
}

function saysTheSame(version: number, head: number): Refused {
  const detail =
    `Version ${head}, the latest, has the same text as version ${version}. Save another text first, then purge ` +
    `version ${version}.`;
  return new Refused('LatestVersion', detail, { current_version: head });
}
