/**
 * Every rule at every door of the HTTP API, for written, merged and confirmed texts: the rules of a config namespace are
 * decided in one place, so that no door is left out. test/server/rules.test.ts does the same with what is around the API.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Reason } from '../../history/words/reasons.ts';
import { SchemaBook } from '../../operator/object/schema-book.ts';
import { aSchema } from '../schema/make.ts';
import type { JsonReply } from '../setup/ask-json.ts';
import { type SmallServer, startSmallServer } from './small-server.ts';

let server: SmallServer;
beforeEach(async () => {
  server = await startSmallServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const base = 'cap: 1\n\nfee: 1\n';
const theirs = 'cap: 9\n\nfee: 1\n';
/** Not allowed by any rule about a text. */
const bad = `${base}password: hunter2\n`;

const namespace = 'ruled';
const path = 'a.yaml';
const put = (where: string, body: object) => server.ask('PUT', `/configs/${where}/${path}`, body);
const deploy = (body: object) =>
  server.ask('POST', '/deployments', { changes: [{ namespace, path, ...body }] });

/** How a text comes to be saved: what it becomes on the way. */
const ways = {
  written: { body_raw: bad, base_version: 3 },
  merged: { body_raw: bad, base_version: 2, on_stale: 'merge' },
  confirmed: { body_raw: bad, base_version: 2, on_stale: 'confirm' },
};
type Way = keyof typeof ways;
type Send = (more: object) => Promise<JsonReply>;

const doors: Record<string, Partial<Record<Way, Send>>> = {
  PUT: {
    written: more => put(namespace, { ...ways.written, ...more }),
    merged: more => put(namespace, { ...ways.merged, ...more }),
    confirmed: more => put(namespace, { ...ways.confirmed, ...more }),
  },
  deployment: {
    written: more => deploy({ ...ways.written, ...more }),
    merged: more => deploy({ ...ways.merged, ...more }),
    confirmed: more => deploy({ ...ways.confirmed, ...more }),
  },
  // An old text again.
  restore: {
    written: more =>
      server.ask('POST', `/promote/${namespace}/${path}`, { version: 1, base_version: 3, ...more }),
  },
  // What changed elsewhere, with the same merge, and shown before it is saved.
  promotion: {
    confirmed: more =>
      server.ask('POST', '/promotions', { from: 'staging', to: namespace, paths: [path], ...more }),
  },
};

interface Rule {
  readonly reason: string;
  readonly set: () => void;
  /** What a request is to leave out; undefined: nothing. */
  readonly without?: 'base_version';
  /** At doors and ways that have no room to break it. */
  readonly keeps?: (door: string, way: Way) => boolean;
}

const policy = (more: object) => () => void server.policies.set(namespace, more);

const rules: Record<string, Rule> = {
  'a schema': {
    reason: Reason.SchemaViolation,
    set: () => {
      const schema = { additionalProperties: false, properties: { cap: {}, fee: {} } };
      const more = { enforcement: 'Refuse' as const, namespaces: [namespace] };
      server.schemas.book = new SchemaBook([aSchema('limits', schema, more)]);
    },
  },
  'the search for secrets': { reason: Reason.SecretFound, set: policy({ secrets: 'Refuse' }) },
  'a freeze': {
    reason: Reason.Frozen,
    set: () => {
      const until = '2099-01-02T06:00:00Z';
      server.freezes.set(namespace, [{ name: 'all', reason: 'Year-end closing', until }]);
    },
  },
  'an approval': { reason: Reason.ApprovalRequired, set: () => server.approval.set(namespace, [{}]) },
  'a commit for every change': { reason: Reason.MissingGitCommit, set: policy({ requireGitCommit: true }) },
  'a base for every change': {
    ...{ reason: Reason.BaseVersionRequired, set: policy({ requireBaseVersion: true }) },
    without: 'base_version',
    // What is merged has a base, and a promotion names it itself.
    keeps: (_, way) => way !== 'written',
  },
  'the size of a text': { reason: Reason.BodyTooLarge, set: policy({ maxBodyBytes: 20 }) },
  'a quota of versions': { reason: Reason.QuotaExceeded, set: policy({ maxVersionsPerDay: 3 }) },
};

const reasonOf = ({ status, json }: JsonReply): string => {
  if (status === 202 && 'needed' in json) return Reason.ApprovalRequired;
  const [item] = json.items ?? [];
  return item?.problem?.reason ?? json.reason ?? 'saved';
};

/** Confirms what is shown, where it is shown. */
async function outcomeOf(send: Send, more: object): Promise<string> {
  const first = await send(more);
  const token = first.json.token ?? first.json.items?.[0]?.problem?.token;
  if (token === undefined || first.status === 202) return reasonOf(first);
  return reasonOf(await send({ ...more, confirm: token }));
}

const cases = Object.entries(rules).flatMap(([rule, { keeps }]) =>
  Object.entries(doors).flatMap(([door, sent]) =>
    (Object.keys(sent) as Way[]).filter(way => !keeps?.(door, way)).map(way => [rule, door, way] as const),
  ),
);

describe.each(cases)('%s holds at the door %s', (rule, door, way) => {
  it(`for a ${way} text, which is saved without the rule`, async () => {
    for (const [index, body_raw] of [bad, base, theirs].entries())
      await put(namespace, { body_raw, base_version: index });
    // Another bad text than was there before: what both had last is where a promotion begins.
    for (const [index, body_raw] of [base, bad.replace('2', '3')].entries())
      await put('staging', { body_raw, base_version: index });
    const { reason, set, without } = rules[rule]!;
    const send = doors[door]![way]!;
    const more = without ? { [without]: undefined } : {};
    set();
    expect(await outcomeOf(send, more)).toBe(reason);
    server.policies.clear();
    // A request has to state its base unless the policy says otherwise.
    if (without) server.policies.set(namespace, { requireBaseVersion: false });
    server.freezes.clear();
    server.approval.clear();
    server.schemas.book = null;
    const { json } = await server.ask('GET', `/configs/${namespace}/${path}`);
    expect(json.latest.version).toBe(3);
    expect(await outcomeOf(send, more)).toBe('saved');
  });
});
