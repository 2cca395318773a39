/**
 * Latest versions that the schemas of today do not allow. Rights are those to list configs. Invariant: texts are checked
 * one at a time, in the line of whoever asks, and a page checks no more of them than it says.
 */
import type { ViolatingConfig } from '../../api/types.gen.ts';
import type { ConfigRecord } from '../../history/words/history.ts';
import { type Call, demandNamespace, type Handler, nextOf } from '../call.ts';
import { configOf, violationsOf } from '../present.ts';
import { tenantOf } from '../tenant.ts';
import { visibleTo } from './namespaces.ts';

export const listViolations: Handler = {
  async answer(call) {
    const { gate, principal, signal, searches, processorTime } = call;
    const { namespace, prefix = '', cursor, limit = 50 } = call.query;
    if (namespace !== undefined) {
      await gate.demand(principal, { verb: 'list', namespace: String(namespace), path: null });
      await demandNamespace(call, String(namespace));
    }
    const visible = namespace === undefined ? await visibleTo(call) : [String(namespace)];
    const tenant = tenantOf(principal);
    const from = { after: (cursor as string | undefined) ?? null, limit: Number(limit) };
    const search = () => call.history.search({ prefix: String(prefix) }, visible, from, signal);
    const page = await searches.run(tenant, signal, () => processorTime.timed(tenant, search));
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
  const { namespaces, checker, history, signal } = call;
  const schemas = namespaces.schemas?.(config);
  if (!schemas || !checker) return null;
  const { record, ...head } = await history.head(config, signal);
  if (!record) return null;
  const { text } = head as { text: string };
  const findings = await checker.check(schemas, text, record.format, call.place());
  return findings.length === 0 ? null : { config: configOf(record), ...violationsOf(findings) };
}
