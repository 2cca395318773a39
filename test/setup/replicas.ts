/**
 * Several processes with one Lease, in the shape of one operator: what is asked of it is asked of whoever leads, and
 * a kill hits them all. With `killLeaders` the leader is killed at random and a new process takes its place.
 * Invariant: none outlives stop(), kill() or dispose(), and one that ended without being killed is not overlooked.
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
import { randomOf } from './writers.ts';

export interface ReplicaOptions extends OperatorOptions {
  replicas: number;
  killLeaders?: boolean;
  /** Of the moments of the kills. Default: PAWL_TEST_SEED, or another one every time; it is printed. */
  seed?: number;
}

export interface Replicas extends Operator {
  /** How many leaders were killed so far. */
  readonly kills: number;
  /** SIGKILL for whoever leads, and a new process in its place. */
  killLeader(): Promise<void>;
  /** Runs `work` with one leader throughout, so that counters and processes can be compared. */
  undisturbed<T>(work: () => Promise<T>): Promise<T>;
}

/** Short, so that a killed leader is not waited for. */
const shortLease = {
  PAWL_LEADER_ELECT: 'true',
  PAWL_LEASE_DURATION_SECONDS: '3',
  PAWL_LEASE_RENEW_SECONDS: '2',
  PAWL_LEASE_RETRY_SECONDS: '1',
};
/** From the moment one leads until it is killed: from hardly begun to some hundred reconciles. */
const killAfterMs = { least: 500, most: 5_000 };
const leadMs = 60_000;

export async function startReplicas(env: OperatorEnv, options: ReplicaOptions): Promise<Replicas> {
  const { replicas, killLeaders = false, seed, ...start } = options;
  const own = { ...shortLease, ...env };
  const all = await Promise.all(Array.from({ length: replicas }, () => startOperator(own, start)));
  // Not waited for: it gets ready when PostgreSQL is there, which the test may have stopped.
  const group = new Group(all, () => startOperator(own, { ...start, waitReady: false }));
  try {
    await group.lead();
  } catch (error) {
    await group.dispose();
    throw error;
  }
  if (killLeaders) group.killAtRandom(seed ?? Number(process.env.PAWL_TEST_SEED ?? Date.now() % 2 ** 31));
  return group;
}

class Group implements Replicas {
  readonly #all: Operator[];
  readonly #gone: Operator[] = [];
  readonly #start: () => Promise<Operator>;
  readonly #over = new AbortController();
  #leader: Operator;
  #killing: Promise<void> = Promise.resolve();
  /** What a kill, and whoever wants none, waits for: one at a time. */
  #turn: Promise<unknown> = Promise.resolve();
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
  /** Whether all are that were not killed. */
  get running(): boolean {
    return this.#all.every(each => each.running || this.#gone.includes(each));
  }

  /** Waits until one of them leads. */
  async lead(): Promise<void> {
    this.#leader = await until('one of the replicas leads', leadMs, async () => {
      for (const each of this.#all) {
        const leads = each.running && metricOf(each, 'leader_election_master_status').catch(() => 0);
        if ((await leads) === 1) return each;
      }
      return undefined;
    });
  }

  undisturbed<T>(work: () => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      await this.lead();
      return work();
    });
  }

  killLeader(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#over.signal.aborted) return;
      await this.lead();
      const victim = this.#leader;
      this.#gone.push(victim);
      await victim.kill();
      this.kills += 1;
      const [successor] = await Promise.all([this.#start(), this.lead()]);
      this.#all[this.#all.indexOf(victim)] = successor;
    });
  }

  killAtRandom(seed: number): void {
    const over = this.#over.signal;
    const random = randomOf(seed);
    const startedAt = performance.now();
    console.info(`leaders are killed at random: PAWL_TEST_SEED=${seed}`);
    this.#killing = (async () => {
      while (!over.aborted) {
        const ms = killAfterMs.least + random(killAfterMs.most - killAfterMs.least);
        await setTimeout(ms, undefined, { signal: over }).catch(() => {});
        if (over.aborted) return;
        await this.killLeader();
        const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
        console.info(
          `kill ${this.kills} of a leader that led for at least ${ms} ms; the next leads at ${seconds} s`,
        );
      }
    })();
    this.#killing.catch(() => {});
  }

  async logs(): Promise<string> {
    const each = new Set([...this.#gone, ...this.#all]);
    return (await Promise.all([...each].map(one => one.logs()))).join('');
  }

  async ready(options?: { timeoutMs?: number }): Promise<void> {
    await Promise.all(this.#all.map(each => each.ready(options)));
  }

  async stop(): ReturnType<Operator['stop']> {
    await this.#quiet();
    await this.#expectAlive();
    const exits = await Promise.all(this.#all.map(each => each.stop()));
    return exits.find(({ code }) => code !== 0) ?? exits[0]!;
  }

  async kill(): ReturnType<Operator['kill']> {
    await this.#quiet();
    await this.#expectAlive();
    const exits = await Promise.all(this.#all.map(each => each.kill()));
    return exits[0]!;
  }

  /** The first that ends by itself: whoever waits for that wants no more of them killed. */
  ended(): ReturnType<Operator['ended']> {
    this.#over.abort();
    return Promise.any(this.#all.map(each => each.ended()));
  }

  async dispose(): Promise<void> {
    try {
      await this.#quiet();
    } finally {
      await Promise.all(this.#all.map(each => each.dispose()));
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #quiet(): Promise<void> {
    this.#over.abort();
    await this.#killing;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => {});
    return mine;
  }

  /** Nobody asks every one of them how it is: one that gave up would only be missing. */
  async #expectAlive(): Promise<void> {
    const dead = this.#all.find(each => !each.running && !this.#gone.includes(each));
    if (!dead) return;
    const log = (await dead.logs()).split('\n').slice(-20).join('\n');
    await Promise.all(this.#all.map(each => each.dispose()));
    throw new Error(`a replica ended by itself:\n${log}`);
  }
}
