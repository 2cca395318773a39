/**
 * Several processes with one Lease, in the shape of one operator: what is asked of it is asked of whoever leads, and
 * a kill hits them all. With `killLeaders` the leader is killed at random and a new process takes its place.
 * Invariant: none outlives stop(), kill() or dispose().
 */
import { setTimeout } from 'node:timers/promises';
import {
  type Operator,
  type OperatorEnv,
  type OperatorOptions,
  startOperator,
} from '../../local/operator.ts';
import { metricOf } from './metrics.ts';
import { until } from './until.ts';

export interface ReplicaOptions extends OperatorOptions {
  replicas: number;
  killLeaders?: boolean;
}

export interface Replicas extends Operator {
  /** How many leaders were killed so far. */
  readonly kills: number;
  /** SIGKILL for whoever leads, and a new process in its place. */
  killLeader(): Promise<void>;
}

/** Short, so that a killed leader is not waited for. */
const shortLease = {
  PAWL_LEADER_ELECT: 'true',
  PAWL_LEASE_DURATION_SECONDS: '3',
  PAWL_LEASE_RENEW_SECONDS: '2',
  PAWL_LEASE_RETRY_SECONDS: '1',
};
/** Between two kills of leaders: long enough that each of them has done something. */
const killEveryMs = { least: 2_000, most: 8_000 };

export async function startReplicas(env: OperatorEnv, options: ReplicaOptions): Promise<Replicas> {
  const { replicas, killLeaders = false, ...start } = options;
  const own = { ...shortLease, ...env };
  const all = await Promise.all(Array.from({ length: replicas }, () => startOperator(own, start)));
  const group = new Group(all, () => startOperator(own, start));
  await group.lead();
  if (killLeaders) group.killAtRandom();
  return group;
}

class Group implements Replicas {
  readonly #all: Operator[];
  readonly #gone: Operator[] = [];
  readonly #start: () => Promise<Operator>;
  readonly #over = new AbortController();
  #leader: Operator;
  #killing: Promise<void> = Promise.resolve();
  kills = 0;

  constructor(all: Operator[], start: () => Promise<Operator>) {
    this.#all = all;
    this.#leader = all[0]!;
    this.#start = start;
  }

  get pid(): number {
    return this.#leader.pid;
  }
  get httpAddr(): string {
    return this.#leader.httpAddr;
  }
  get log(): string {
    return this.#leader.log;
  }
  get running(): boolean {
    return this.#all.every(each => each.running);
  }

  /** Waits until one of them leads. */
  async lead(): Promise<void> {
    this.#leader = await until('one of the replicas leads', 30_000, async () => {
      for (const each of this.#all) {
        if (each.running && (await metricOf(each, 'leader_election_master_status')) === 1) return each;
      }
      return undefined;
    });
  }

  async killLeader(): Promise<void> {
    await this.lead();
    const victim = this.#leader;
    await victim.kill();
    this.kills += 1;
    this.#gone.push(victim);
    this.#all[this.#all.indexOf(victim)] = await this.#start();
    await this.lead();
  }

  killAtRandom(): void {
    const over = this.#over.signal;
    this.#killing = (async () => {
      while (!over.aborted) {
        const ms = killEveryMs.least + Math.random() * (killEveryMs.most - killEveryMs.least);
        await setTimeout(ms, undefined, { signal: over }).catch(() => {});
        if (!over.aborted) await this.killLeader();
      }
    })();
    this.#killing.catch(() => {});
  }

  async logs(): Promise<string> {
    const parts = await Promise.all([...this.#gone, ...this.#all].map(each => each.logs()));
    return parts.join('');
  }

  async ready(options?: { timeoutMs?: number }): Promise<void> {
    await Promise.all(this.#all.map(each => each.ready(options)));
  }

  async stop(): ReturnType<Operator['stop']> {
    await this.#quiet();
    const exits = await Promise.all(this.#all.map(each => each.stop()));
    return exits.find(({ code }) => code !== 0) ?? exits[0]!;
  }

  async kill(): ReturnType<Operator['kill']> {
    await this.#quiet();
    const exits = await Promise.all(this.#all.map(each => each.kill()));
    return exits[0]!;
  }

  ended(): ReturnType<Operator['ended']> {
    return Promise.any(this.#all.map(each => each.ended()));
  }

  async dispose(): Promise<void> {
    await this.#quiet().catch(() => {});
    await Promise.all(this.#all.map(each => each.dispose()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #quiet(): Promise<void> {
    this.#over.abort();
    await this.#killing;
  }
}
