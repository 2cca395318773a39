/**
 * Latest versions that the schemas of today do not allow, or that hold a secret. Rights are those to list configs.
 * Invariants: texts are checked one at a time, in the line of the caller, and a page checks no more of them than it says;
 * an answer holds the place of a secret and never the secret.
 */
import type { ViolatingConfig } from '../../api/types.gen.ts';
import type { ConfigRecord } from '../../history/words/history.ts';
import type { ConfigId } from '../../history/words/model.ts';
import type { RuleNotice, SecretNotice, SecretSearch } from '../../history/words/secret.ts';
import type { Format } from '../../text/format.ts';
import { type Call, demandNamespace, type Handler, nextOf } from '../call.ts';
import { configOf, violationsOf } from '../present.ts';
import { visibleTo } from './namespaces.ts';

export const listViolations: Handler = {
  async answer(call) {
    const { gate, principal, tenant, signal, searches, processorTime } = call;
    const { namespace, prefix = '', cursor, limit = 50 } = call.query;
    if (namespace !== undefined) {
      await gate.demand(principal, { verb: 'list', namespace: String(namespace), path: null });
      await demandNamespace(call, String(namespace));
    }
    const visible = namespace === undefined ? await visibleTo(call) : [String(namespace)];
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
  const rules = rulesOf(call, config);
  if (rules.length === 0) return null;
  const { record, ...head } = await call.history.head(config, call.signal, call.tenant);
  if (!record) return null;
  const { text } = head as { text: string };
  const findings: RuleNotice[] = [];
  for (const rule of rules) findings.push(...(await rule(text, record.format)));
  return findings.length === 0 ? null : { config: configOf(record), ...violationsOf(findings) };
}

type Rule = (text: string, format: Format) => Promise<readonly RuleNotice[]>;

function rulesOf(call: Call, config: ConfigId): Rule[] {
  const { namespaces, checker, searcher } = call;
  const rules: Rule[] = [];
  const schemas = namespaces.schemas?.(config);
  if (schemas && checker) rules.push((text, format) => checker.check(schemas, text, format, call.place()));
  const { secrets = 'Warn' } = namespaces.policy(config.namespace);
  if (searcher && secrets !== 'Allow')
    rules.push(async (text, format) => secretsIn(await searcher.search(text, format, null, call.place())));
  return rules;
}

function secretsIn(search: SecretSearch): readonly SecretNotice[] {
  switch (search.kind) {
    case 'clean':
      return [];
    case 'found':
      return [{ kind: 'secrets', ...search.fresh }];
    case 'unfinished':
      return [{ kind: 'unsearched', why: search.why }];
  }
}
