/**
 * Requests that wait until others have approved them, and what people said to objects that do. Invariant: each request is
 * there once, with the approvals of one change of it, and goes in the very transaction that saves it; so does what an object
 * was approved by.
 */
import type { Page, PageRequest } from '../words/history.ts';
import type { Actor, Approvals, Judgements } from '../words/model.ts';
import type { JudgementToKeep, KeptProposal } from '../words/save.ts';
import type { Calls } from './calls.ts';
import { fromCursor, numberOf, toCursor } from './cursor.ts';
import type { Rotation } from './function-parts.ts';
import { approveProposal, endProposal, judgeObject } from './proposal-functions.ts';
import { type JudgementRow, toJudgements } from './rows.ts';
import type { PostgresStore } from './store.ts';
import { rotateProposals } from './upkeep-functions.ts';

/** As proposal_told() says it. */
export interface ToldProposal {
  readonly id: string;
  readonly namespace: string;
  readonly paths: readonly string[];
  readonly proposer: string;
  readonly createdAt: string;
  readonly contentSha256: string;
  readonly approvals: { token: string; by: { name: string; at: string }[] } | null;
}

/** All methods reject with a StoreError, or with the reason of the signal once it is aborted. */
export class PostgresProposals {
  readonly #calls: Calls;
  readonly #list: string;
  readonly #one: string;
  readonly #judged: string;

  constructor({ calls }: Pick<PostgresStore, 'calls'>) {
    this.#calls = calls;
    const { schema } = calls;
    // As proposal_told() says it, which is not for the role that reads.
    const told = `jsonb_build_object('id', p.id::text, 'namespace', p.namespace, 'paths', to_jsonb(p.paths),
      'proposer', p.proposer, 'createdAt', to_jsonb(p.created_at AT TIME ZONE 'UTC') #>> '{}',
      'contentSha256', encode(p.content_sha256, 'hex'), 'approvals', p.approvals) AS told`;
    this.#list = `SELECT ${told} FROM ${schema}.proposals p
      WHERE ($1::text IS NULL OR p.namespace = $1) AND ($2::text IS NULL OR $2 = ANY (p.paths)) AND p.id > $3::bigint
      ORDER BY p.id LIMIT $4::bigint`;
    this.#one = `SELECT ${told}, p.request FROM ${schema}.proposals p
      WHERE p.namespace = $1 AND p.id = $2::bigint`;
    this.#judged = `SELECT j.object_uid AS uid, j.object_generation AS generation, j.token, j.name, j.at, j.rejected
      FROM ${schema}.judgements j WHERE j.object_uid = ANY ($1::text[]) ORDER BY j.object_uid, j.at, j.name`;
  }

  /** In the order in which they came; null: of all namespaces, or of all configs. */
  async list(
    { namespace, path }: { readonly namespace: string | null; readonly path: string | null },
    { after, limit }: PageRequest,
    signal: AbortSignal,
  ): Promise<Page<KeptProposal>> {
    const question = `proposals ${namespace} ${path}`;
    const from = fromCursor(question, after, 1)?.map(numberOf)[0] ?? '0';
    const values = [namespace, path, from, limit + 1];
    const rows = await this.#calls.run<{ told: ToldProposal }>('proposals', this.#list, values, signal);
    const items = rows.slice(0, limit).map(({ told }) => toKept(told));
    return { items, next: rows.length > limit ? toCursor(question, [items.at(-1)!.id]) : null };
  }

  async find(
    namespace: string,
    id: string,
    signal: AbortSignal,
  ): Promise<{ readonly proposal: KeptProposal; readonly request: string } | null> {
    const values = [namespace, numberOf(id)];
    const [row] = await this.#calls.run<{ told: ToldProposal; request: string }>(
      'proposal',
      this.#one,
      values,
      signal,
    );
    return row ? { proposal: toKept(row.told), request: row.request } : null;
  }

  /** False: it is another one by now, or somebody else approved it meanwhile. */
  async approve(
    { id, contentSha256, approvals: seen }: KeptProposal,
    approvals: Approvals,
    signal: AbortSignal,
  ) {
    const input = { id, contentSha256, seen, approvals };
    const [row] = await this.#calls.call<typeof input, { answer: boolean }>(approveProposal, input, signal);
    return row!.answer;
  }

  /** Of objects by uid, with the generation that they are about; absent: nothing was said. */
  async judged(
    uids: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Judgements & { readonly generation: bigint }>> {
    if (uids.length === 0) return new Map();
    type Row = JudgementRow & { readonly uid: string; readonly generation: string };
    const rows = await this.#calls.run<Row>('judgements', this.#judged, [uids], signal);
    const all = Map.groupBy(rows, ({ uid }) => uid);
    return new Map(
      [...all].map(([uid, said]) => [
        uid,
        { generation: BigInt(said[0]!.generation), ...toJudgements(said) },
      ]),
    );
  }

  /** In the place of what was said to another change of the object. Safe to call again. */
  async judge(judgement: JudgementToKeep, signal: AbortSignal): Promise<void> {
    await this.#calls.call(judgeObject, judgement, signal);
  }

  /** Rejected, or withdrawn. False: it is not there any more, or another one by now. */
  async end(
    { id, contentSha256 }: KeptProposal,
    why: { readonly actor: Actor; readonly reason: string; readonly message: string },
    signal: AbortSignal,
  ) {
    const input = { id, contentSha256, ...why };
    const [row] = await this.#calls.callOnce<typeof input, { answer: boolean }>(endProposal, input, signal);
    return row!.answer;
  }

  async rotate(limits: Rotation, signal: AbortSignal): Promise<number> {
    const [row] = await this.#calls.call<Rotation, { answer: number }>(rotateProposals, limits, signal);
    return row!.answer;
  }
}

export function toKept({ approvals, createdAt, ...told }: ToldProposal): KeptProposal {
  return {
    ...told,
    createdAt: new Date(`${createdAt}Z`),
    approvals: approvals && {
      token: approvals.token,
      by: approvals.by.map(({ name, at }) => ({ name, at: new Date(at) })),
    },
  };
}
