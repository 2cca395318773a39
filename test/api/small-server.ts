/**
 * The HTTP API's own application over a history in memory: its routes, its checks against api/openapi.yaml and the rooms
 * below it are real. For what its answers say; what a database, a network and an API server do is test/server's matter.
 */
import pino from 'pino';
import { Requests } from '../../history/settle/requests.ts';
import { Thinker } from '../../history/settle/thinker.ts';
import type { ConfigRecord, Head, Page, VersionDetail } from '../../history/words/history.ts';
import type { ConfigId, View } from '../../history/words/model.ts';
import type { ApprovalRule, Freeze, Policy, Quota } from '../../history/words/policy.ts';
import type { SavedChange } from '../../history/words/request.ts';
import type { ExceededQuota, KeptProposal, ProposalToKeep, SaveTogether } from '../../history/words/save.ts';
import type { SchemaBook } from '../../operator/object/schema-book.ts';
import { systemClock } from '../../runtime/clock.ts';
import { Offload } from '../../runtime/offload.ts';
import { type ShareLimits, Shares } from '../../runtime/shares.ts';
import { createApp } from '../../server/app.ts';
import { ByteRate } from '../../server/byte-rate.ts';
import { type ByteLimits, BytesUnderWay } from '../../server/bytes-under-way.ts';
import { Gate } from '../../server/gate.ts';
import { Comparer } from '../../server/heavy.ts';
import { LoopTurns } from '../../server/loop-turns.ts';
import type { KeptProposals, Writing } from '../../server/ports.ts';
import { ProcessorTime } from '../../server/processor-time.ts';
import { Turns } from '../../server/turns.ts';
import type { JsonReply } from '../setup/ask-json.ts';
import { noProposals } from '../setup/no-proposals.ts';

type Kept = VersionDetail & { readonly text: string };

export interface SmallServer extends AsyncDisposable {
  readonly schemas: { book: SchemaBook | null };
  /** By config namespace. */
  readonly freezes: Map<string, Freeze[]>;
  /** What else the policies of config namespaces say. */
  readonly policies: Map<string, Policy>;
  /** By config namespace, what its configs need. */
  readonly approval: Map<string, ApprovalRule[]>;
  /** Who asks from now on. */
  caller: string;
  /** Verbs that nobody has a right to; `ada update`: that ada has none to. */
  readonly denied: Set<string>;
  /** By person. */
  readonly groups: Map<string, readonly string[]>;
  /** `writers update`: what is denied is not denied to that group. */
  readonly allowed: Set<string>;
  ask(method: 'GET' | 'PUT' | 'POST' | 'DELETE', url: string, body?: object): Promise<JsonReply>;
}

export interface SmallLimits {
  /** Of processor time; a tenant's without it is never used up. */
  readonly share?: ShareLimits;
  readonly requestsPerMinute?: number;
  readonly underWay?: ByteLimits;
}

export async function startSmallServer({
  share = { perSecond: 1_000, burst: 1 << 28 },
  requestsPerMinute = 1_000_000,
  underWay = { total: 1 << 28, each: 1 << 28 },
}: SmallLimits = {}): Promise<SmallServer> {
  const thread = (module: string) =>
    new Offload({
      module: new URL(module, import.meta.url),
      ...{ clock: systemClock, taskCpuMs: 60_000, maxHeapMiB: 512, idleMs: 60_000 },
    });
  const offload = thread('../../history/settle/thinker-thread.ts');
  const heavy = thread('../../server/heavy-thread.ts');
  const thinker = new Thinker(offload, { maxBodyBytes: 1 << 20 });
  const memory = new Memory();
  const requests = new Requests(memory.store as never, memory.requests as never, thinker);
  const schemas: SmallServer['schemas'] = { book: null };
  const freezes: SmallServer['freezes'] = new Map();
  const policies: SmallServer['policies'] = new Map();
  const denied: SmallServer['denied'] = new Set();
  const groups: SmallServer['groups'] = new Map();
  const allowed: SmallServer['allowed'] = new Set();
  const approval: SmallServer['approval'] = new Map();
  const state = { caller: 'ada' };
  let asked = 0;
  const gate = new Gate(
    {
      token: async () => ({
        name: state.caller,
        uid: '1',
        groups: groups.get(state.caller) ?? [],
        extra: {},
      }),
      access: async ({ name, groups: groupsOf }, { verb }) => {
        if (denied.has(`${name} answer`)) throw new Error('the API server is away');
        if (groupsOf.some(group => allowed.has(`${group} ${verb}`))) return true;
        return !denied.has(verb) && !denied.has(`${name} ${verb}`);
      },
    },
    // What is allowed changes from one question to the next.
    { ...systemClock, monotonic: () => (asked += 1_000_000) },
  );
  const time = new ProcessorTime(new Shares(share, systemClock), systemClock);
  const app = await createApp({
    parts: {
      ...{ history: memory.history as never, hub: { nudge: () => undefined } as never, clock: systemClock },
      writing: {
        done: async () => 'unknown',
        write: (...args: Parameters<Requests['write']>) => requests.write(...args),
        purgeVersion: memory.purgeVersion,
      } as never,
      namespaces: {
        exists: () => true,
        policy: name => ({
          freezes: freezes.get(name) ?? [],
          approval: approval.get(name) ?? [],
          ...policies.get(name),
        }),
        schemas: config => schemas.book?.for(config),
      },
      freezing: {
        freeze: async (name, freeze) => {
          freezes.set(name, [...(freezes.get(name) ?? []).filter(one => one.name !== freeze.name), freeze]);
          return 'frozen';
        },
        unfreeze: async (name, freeze) => {
          freezes.set(
            name,
            (freezes.get(name) ?? []).filter(one => one.name !== freeze),
          );
          return 'over';
        },
      },
      ...{ waiting: memory.waiting, proposals: noProposals, gate },
      ...{ checker: thinker.schemas, carrier: thinker, searcher: thinker.secrets },
      comparer: new Comparer(heavy),
      underWay: new BytesUnderWay(underWay),
      bodyRate: new ByteRate(new Shares({ perSecond: 1 << 28, burst: 1 << 28 }, systemClock)),
      ...{ processorTime: time, loop: new LoopTurns(time, systemClock) },
      reads: new Turns({ atOnce: 32, each: 3, waitingEach: 64 }),
      searches: new Turns({ atOnce: 3, waitingEach: 8 }),
      lookThroughs: new Turns({ atOnce: 3, waitingEach: 8 }),
      maxBodyBytes: 1 << 20,
    },
    ...{ logger: pino({ level: 'silent' }), listen: {}, checkAnswers: true },
    limits: {
      ...{ requestsPerMinute, bodyBytes: 1 << 24, deploymentBytes: 1 << 24, requestMs: 60_000 },
      watches: {} as never,
    },
  });
  return {
    ...{ schemas, freezes, policies, denied, allowed, groups, approval },
    get caller() {
      return state.caller;
    },
    set caller(name) {
      state.caller = name;
    },
    async ask(method, url, body) {
      const headers = { authorization: 'Bearer x', ...(body && { 'content-type': 'application/json' }) };
      const answer = await app.inject({
        method,
        url,
        headers,
        ...(body && { payload: JSON.stringify(body) }),
      });
      return { status: answer.statusCode, json: answer.body === '' ? null : JSON.parse(answer.body) };
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await offload.close();
      await heavy.close();
    },
  };
}

async function* oneByOne(versions: readonly Kept[]): AsyncGenerator<{ record: Kept; text: string }> {
  for (const record of versions) yield { record, text: record.text };
}

const keyOf = ({ namespace, path }: ConfigId): string => `${namespace}/${path}`;

class Memory {
  readonly #versions = new Map<string, Kept[]>();

  #of(config: ConfigId): readonly Kept[] {
    return this.#versions.get(keyOf(config)) ?? [];
  }

  #record({ namespace, path }: ConfigId): ConfigRecord | null {
    const head = this.#of({ namespace, path }).at(-1);
    const facts = { config: { namespace, path }, id: '1', format: 'yaml', createdAt: new Date(0) } as const;
    return head ? { ...facts, head } : null;
  }

  #records(): ConfigRecord[] {
    return [...this.#versions.keys()].flatMap(key => {
      const slash = key.indexOf('/');
      return this.#record({ namespace: key.slice(0, slash), path: key.slice(slash + 1) }) ?? [];
    });
  }

  readonly store = {
    look: async ({
      config,
      baseVersion,
    }: {
      config: ConfigId;
      baseVersion: bigint | null;
    }): Promise<View> => {
      const all = this.#of(config);
      return {
        config: all.length === 0 ? null : { id: '1', format: 'yaml', lastVersion: BigInt(all.length) },
        head: all.at(-1) ?? null,
        base: all.find(({ version }) => version === baseVersion) ?? null,
        ...{ line: null, match: null, headIsOwn: false },
      };
    },
    texts: async (config: ConfigId, wanted: readonly bigint[]) =>
      new Map(
        this.#of(config).flatMap(({ version, text }) =>
          wanted.includes(version) ? [[version, text] as const] : [],
        ),
      ),
    between: async (config: ConfigId) => this.#of(config).map(record => ({ record, text: record.text })),
    lineText: async () => null,
    raiseFloor: async () => undefined,
  };

  readonly #kept = new Map<string, { proposal: KeptProposal; request: string }>();
  readonly waiting: KeptProposals = {
    list: async ({ namespace, path }): Promise<Page<KeptProposal>> => ({
      items: [...this.#kept.values()]
        .map(({ proposal }) => proposal)
        .filter(
          one =>
            (namespace ?? one.namespace) === one.namespace && (path === null || one.paths.includes(path)),
        ),
      next: null,
    }),
    find: async (_, id) => this.#kept.get(id) ?? null,
    approve: async ({ id }, approvals) => {
      const found = this.#kept.get(id)!;
      this.#kept.set(id, { ...found, proposal: { ...found.proposal, approvals } });
      return true;
    },
    end: async ({ id }) => this.#kept.delete(id),
  };

  readonly requests = {
    recall: async () => ({ kind: 'unknown' }),
    exceeded: async () => null,
    keep: async ({ namespace, paths, proposer, request, contentSha256 }: ProposalToKeep) => {
      const same = [...this.#kept.values()].find(
        ({ proposal: one }) => one.proposer === proposer && String(one.paths) === String(paths),
      );
      if (same?.proposal.contentSha256 === contentSha256) return { kind: 'kept', proposal: same.proposal };
      const id = same?.proposal.id ?? String(this.#kept.size + 1);
      const createdAt = new Date();
      const proposal = { id, namespace, paths, proposer, createdAt, contentSha256, approvals: null };
      this.#kept.set(id, { proposal, request });
      return { kind: 'kept', proposal };
    },
    saveTogether: async (input: SaveTogether) => {
      const exceeded = this.#exceeded(input.quotas);
      return exceeded ? { kind: 'exceeded', exceeded } : this.#save(input);
    },
  };

  /** All of them were saved today. */
  #exceeded(quotas: readonly Quota[]): ExceededQuota | null {
    for (const { namespace, versionsPerDay } of quotas) {
      const own = [...this.#versions].filter(([key]) => key.startsWith(`${namespace}/`));
      const used = own.reduce((sum, [, { length }]) => sum + length, 0);
      if (versionsPerDay !== null && used >= versionsPerDay)
        return { namespace, quota: 'versions', limit: BigInt(versionsPerDay), used: BigInt(used) };
    }
    return null;
  }

  #save({ changes, actor, author, git, approval }: SaveTogether) {
    return {
      kind: 'saved',
      changes: changes.map((change, index): SavedChange => {
        if (approval?.kept) this.#kept.delete(approval.kept.id);
        if (change.kind === 'delete') throw new Error('nothing is deleted here');
        if (change.kind === 'unchanged') {
          const { version, kind, createdAt, sha256 } = this.#of(change.config).at(-1)!;
          const facts = {
            config: change.config,
            configId: '1',
            operation: 'unchanged',
            sha256,
            createdAt,
          } as const;
          return { ...facts, version, previous: version, versionKind: kind };
        }
        const { config, body, versionKind, baseVersion, comment } = change;
        const before = this.#of(config);
        const [version, createdAt] = [BigInt(before.length + 1), new Date()];
        const { text, sha256 } = body;
        this.#versions.set(keyOf(config), [
          ...before,
          {
            ...{
              version,
              text,
              sha256,
              kind: versionKind,
              baseVersion,
              author,
              actor,
              comment,
              git,
              createdAt,
            },
            ...{ mergedOnto: null, authored: null, mergedPaths: [], confirmedBy: null, object: null },
            bytes: Buffer.byteLength(text),
            approvals: approval?.records[index] ?? [],
          },
        ]);
        const previous = before.at(-1)?.version ?? null;
        const operation = previous === null ? 'create' : 'update';
        return { config, configId: '1', operation, version, previous, versionKind, sha256, createdAt };
      }),
    };
  }

  readonly purgeVersion: Writing['purgeVersion'] = async ({ config, version }) => {
    const all = this.#of(config);
    const found = all.find(one => one.version === version);
    if (!found) return { kind: 'gone' };
    const { sha256 } = found;
    const head = all.at(-1)!;
    if (head.sha256 === sha256) return { kind: 'head', head: head.version };
    this.#versions.set(
      keyOf(config),
      all.filter(one => one.sha256 !== sha256),
    );
    const versions = all.filter(one => one.sha256 === sha256).map(one => one.version);
    return { kind: 'purged', versions, sha256, replayed: false };
  };

  readonly history = {
    backwards: (config: ConfigId) => oneByOne(this.#of(config).toReversed()),
    namespace: async (name: string) => ({ name, createdAt: new Date(0), configs: 1 }),
    head: async (config: ConfigId): Promise<Head> => {
      const record = this.#record(config);
      return record ? { record, text: this.#of(config).at(-1)!.text } : { record: null, lastVersion: 0n };
    },
    version: async (config: ConfigId, wanted: bigint) => {
      const version = this.#of(config).find(one => one.version === wanted);
      return version ? { record: this.#record(config), version, text: version.text } : null;
    },
    versions: async (config: ConfigId) => ({ items: this.#of(config).toReversed(), next: null }),
    texts: this.store.texts,
    configs: async ({ namespace, prefix }: { namespace: string; prefix: string }) => ({
      items: this.#records()
        .filter(({ config }) => config.namespace === namespace && config.path.startsWith(prefix))
        .map(record => ({ kind: 'config', record })),
      next: null,
    }),
    search: async (_: object, visible: 'all' | readonly string[]) => ({
      items: this.#records().filter(({ config }) => visible === 'all' || visible.includes(config.namespace)),
      next: null,
    }),
  };
}
