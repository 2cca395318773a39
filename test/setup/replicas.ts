/**
 * Several processes with one Lease, in the shape of one operator: what is asked of it is asked of whoever leads, and
 * a kill hits them all. With `killLeaders` the leader is killed at random and a new process takes its place. Where they
 * serve the API, its address is that of a Service (service.ts).
 * Invariant: none outlives stop(), kill() or dispose(), and one that ended without being killed is not overlooked.
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject } from 'vitest';
import type { Exit } from '../../local/keeper.ts';
import {
  type Operator,
  type OperatorEnv,
  type OperatorOptions,
  startOperator,
} from '../../local/operator.ts';
import { freePort } from '../../local/wait.ts';
import { type Draw, drawMoment, seedOf, untilAtWork, untilDue } from './kill-moments.ts';
import { addAccount } from './kills.ts';
import { metricOf } from './metrics.ts';
import { randomOf } from './random.ts';
import { type Service, serveAt } from './service.ts';
import { until } from './until.ts';

export interface ReplicaOptions extends OperatorOptions {
  replicas: number;
  /** By moments that the run's seed says (kills.global.ts). */
  killLeaders?: boolean;
}

export interface Replicas extends Operator {
  /** How many leaders were killed so far. */
  readonly kills: number;
  /** SIGKILL for whoever leads, in the middle of its work if it has any, and a new process in its place. */
  killLeader(): Promise<void>;
  /** Runs `work` with one leader throughout, so that counters and processes can be compared. */
  undisturbed<T>(work: () => Promise<T>): Promise<T>;
}

/** The shortest there are, so that a killed leader is not waited for. */
const shortLease = {
  PAWL_LEADER_ELECT: 'true',
  PAWL_LEASE_DURATION_SECONDS: '3',
  PAWL_LEASE_RENEW_SECONDS: '2',
  PAWL_LEASE_RETRY_SECONDS: '1',
};
const leadMs = 60_000;
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Of this file of tests: vitest loads it anew for each. */
let groups = 0;

export async function startReplicas(env: OperatorEnv, options: ReplicaOptions): Promise<Replicas> {
  const { replicas, killLeaders = false, ...start } = options;
  const own: OperatorEnv = { ...shortLease, ...env };
  const file = relative(root, expect.getState().testPath ?? '');
  const random = randomOf(seedOf(inject('seed'), file, groups++));
  const addresses = new Map<Operator, string>();
  const begin = async (options: OperatorOptions) => {
    if (own.PAWL_API_ADDR === undefined) return startOperator(own, options);
    const PAWL_API_ADDR = `127.0.0.1:${await freePort()}`;
    const operator = await startOperator({ ...own, PAWL_API_ADDR }, options);
    addresses.set(operator, PAWL_API_ADDR);
    return operator;
  };
  const all = await Promise.all(Array.from({ length: replicas }, () => begin(start)));
  // Not waited for: it gets ready when PostgreSQL is there, which the test may have stopped.
  const group = new Group(file, all, () => begin({ ...start, waitReady: false }));
  try {
    if (own.PAWL_API_ADDR !== undefined) await group.serve(own.PAWL_API_ADDR, addresses);
    await group.lead();
  } catch (error) {
    await group.dispose();
    throw error;
  }
  if (killLeaders) group.killAtRandom(random);
  return group;
}

const isReady = (operator: Operator): Promise<boolean> =>
  fetch(`http://${operator.httpAddr}/readyz`).then(
    async response => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );

class Group implements Replicas {
  readonly #file: string;
  readonly #all: Operator[];
  readonly #gone: Operator[] = [];
  readonly #start: () => Promise<Operator>;
  readonly #over = new AbortController();
  readonly #ledFrom = performance.now();
  #undisturbedMs = 0;
  #atWork = 0;
  #leader: Operator;
  #killing: Promise<void> = Promise.resolve();
  /** What a kill, and whoever wants none, waits for: one at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  #exit: Promise<Exit> | undefined;
  #accounted = false;
  #service: Service | undefined;
  kills = 0;

  constructor(file: string, all: Operator[], start: () => Promise<Operator>) {
    this.#file = file;
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

  /** Whoever leads serves last: what is killed is its work, and no more connections than must be. */
  async serve(address: string, addresses: ReadonlyMap<Operator, string>): Promise<void> {
    this.#service = await serveAt(address, async () => {
      for (const each of [...this.#all].sort(
        (a, b) => Number(a === this.#leader) - Number(b === this.#leader),
      )) {
        if (each.running && (await isReady(each))) return addresses.get(each);
      }
      return undefined;
    });
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

  /** Whoever has just begun to lead looks at everything first. */
  #settled(): Promise<unknown> {
    const work = ['workqueue_depth', 'controller_runtime_active_workers'];
    return until('the leader has looked at everything', leadMs, async () => {
      const each = await Promise.all(work.map(metric => metricOf(this.#leader, metric).catch(() => 1)));
      return each.every(count => count === 0) || undefined;
    });
  }

  undisturbed<T>(work: () => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      await this.lead();
      await this.#settled();
      const from = performance.now();
      try {
        return await work();
      } finally {
        this.#undisturbedMs += performance.now() - from;
      }
    });
  }

  killLeader(): Promise<void> {
    return this.#inTurn(() => this.#killLeader());
  }

  killAtRandom(draw: Draw): void {
    this.#killing = this.#killForEver(draw);
    this.#killing.catch(() => {});
  }

  async logs(): Promise<string> {
    const each = new Set([...this.#gone, ...this.#all]);
    return (await Promise.all([...each].map(one => one.logs()))).join('');
  }

  async ready(options?: { timeoutMs?: number }): Promise<void> {
    await Promise.all(this.#all.map(each => each.ready(options)));
  }

  stop(): Promise<Exit> {
    this.#exit ??= this.#end(each => each.stop());
    return this.#exit;
  }

  kill(): Promise<Exit> {
    this.#exit ??= this.#end(each => each.kill());
    return this.#exit;
  }

  /** The first that ends by itself: whoever waits for that wants no more of them killed. */
  ended(): Promise<Exit> {
    this.#over.abort();
    return Promise.any(this.#all.map(each => each.ended()));
  }

  async dispose(): Promise<void> {
    try {
      await this.#quiet();
    } finally {
      await Promise.all([this.#service?.[Symbol.asyncDispose](), ...this.#all.map(each => each.dispose())]);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #end(how: (each: Operator) => Promise<Exit>): Promise<Exit> {
    await this.#quiet();
    await this.#expectAlive();
    const exits = await Promise.all(this.#all.map(how));
    await this.#service?.[Symbol.asyncDispose]();
    return exits.find(({ code }) => code !== 0) ?? exits[0]!;
  }

  async #killForEver(draw: Draw): Promise<void> {
    const over = this.#over.signal;
    while (!over.aborted) {
      await untilDue(this, drawMoment(draw), over);
      await this.#inTurn(() => this.#killLeader());
    }
  }

  async #killLeader(): Promise<void> {
    const over = this.#over.signal;
    if (over.aborted) return;
    // One may have lost its Lease, and what was undisturbed takes as long as it likes.
    await this.lead();
    const atWork = await untilAtWork(this, over);
    const victim = this.#leader;
    // One that ended by itself is told of at the end.
    if (over.aborted || !victim.running) return;
    this.#gone.push(victim);
    // At once: by way of its keeper it would get something more done.
    process.kill(victim.pid, 'SIGKILL');
    await victim.kill();
    this.kills += 1;
    if (atWork) this.#atWork += 1;
    const [successor] = await Promise.all([this.#start(), this.lead()]);
    this.#all[this.#all.indexOf(victim)] = successor;
  }

  async #quiet(): Promise<void> {
    this.#over.abort();
    await this.#killing;
    if (this.#accounted) return;
    this.#accounted = true;
    const exposedMs = performance.now() - this.#ledFrom - this.#undisturbedMs;
    const { kills } = this;
    await addAccount(inject('kills'), { file: this.#file, kills, atWork: this.#atWork, exposedMs });
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
    const { code, signal } = await dead.ended();
    const log = (await dead.logs()).split('\n').slice(-20).join('\n');
    await Promise.all(this.#all.map(each => each.dispose()));
    throw new Error(`a replica ended by itself with ${code ?? signal}:\n${log}`);
  }
}
