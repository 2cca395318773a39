/**
 * Latest versions that the schemas of today do not allow. Rights are those to list configs. Invariant: texts are checked
 * one at a time, in the line of whoever asks, and a page checks no more of them than it says.
 */
import type { ViolatingConfig } from '../../api/types.gen.ts';
import type { ConfigRecord } from '../../history/words/history.ts';
import { OffloadBusy } from '../../runtime/offload.ts';
import { type Call, demandNamespace, type Handler, nextOf } from '../call.ts';
import { configOf, violationsOf } from '../present.ts';
import { Refused } from '../problems.ts';
import { tenantOf } from '../tenant.ts';
import { visibleTo } from './namespaces.ts';

/** Checks of one caller that may wait for the thread. */
const maxWaiting = 8;

export const listViolations: Handler = {
  async answer(call) {
    const { gate, principal, signal, searches } = call;
    const { namespace, prefix = '', cursor, limit = 50 } = call.query;
    if (namespace !== undefined) {
      await gate.demand(principal, { verb: 'list', namespace: String(namespace), path: null });
      await demandNamespace(call, String(namespace));
    }
    const visible = namespace === undefined ? await visibleTo(call) : [String(namespace)];
    const page = await searches.run(tenantOf(principal), signal, () =>
      call.history.search(
        { prefix: String(prefix) },
        visible,
        { after: (cursor as string | undefined) ?? null, limit: Number(limit) },
        signal,
      ),
    );
    const items: ViolatingConfig[] = [];
    for (const record of page.items) {
      const found = await violating(call, record);
      if (found) items.push(found);
    }
    const { fields, headers } = nextOf(call, page.next);
    return { status: 200, headers, json: { items, ...fields } };
  },
};

async function violating(call: Call, { config }: ConfigRecord): Promise<ViolatingConfig | null> {
  const { namespaces, checker, history, principal, signal } = call;
  const schemas = namespaces.schemas?.(config);
  if (!schemas || !checker) return null;
  const { record, ...head } = await history.head(config, signal);
  if (!record) return null;
  const { text } = head as { text: string };
  const place = { line: tenantOf(principal), maxWaiting, signal };
  const findings = await checker.check(schemas, text, record.format, place).catch(tooMany);
  return findings.length === 0 ? null : { config: configOf(record), ...violationsOf(findings) };
}

function tooMany(cause: unknown): never {
  if (!(cause instanceof OffloadBusy)) throw cause;
  const detail = 'Your other checks of texts are still waiting. Send this one when they are answered.';
  throw new Refused('TooManyRequests', detail, { retry_after: 2 }, { cause });
}
