/**
 * New connections, which are dear: a TLS handshake alone takes the event loop as long as several requests. They are taken
 * up one at a time, addresses in turn. Invariant: between two of one address, every other address that waits has one; then
 * the loop is free for others for as long as it was busy, or for `mostRestMs`; of one that waits nothing is read, and no
 * more than `waitingEach` of one address wait.
 */
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Clock } from '../runtime/clock.ts';
import { FairLines } from '../runtime/fair-lines.ts';

/** Milliseconds that the event loop has waited for something to do, and been at work, so far. */
export interface LoopTime {
  readonly idle: number;
  readonly active: number;
}

export interface NewConnectionsOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'timer'>;
  readonly loopTime: () => LoopTime;
  readonly takeUp: (socket: Socket) => void;
  readonly waitingEach: number;
}

/** A descriptor each. More may come at once from an Ingress, when all its clients come back after a restart. */
const waitingEach = 4_096;
/** The least that a timer can wait. */
const leastRestMs = 1;
/** A loop that is always busy takes up 2,000, as many as may watch, within the 10 s that Go's clients wait for a handshake. */
const mostRestMs = 3;

export class NewConnections {
  readonly #options: NewConnectionsOptions;
  readonly #lines = new FairLines<Socket>();
  #isResting = false;
  #isClosed = false;

  constructor(options: NewConnectionsOptions) {
    this.#options = options;
  }

  /** Of a connection of which nothing is read yet. */
  add(socket: Socket): void {
    const { remoteAddress: address } = socket;
    // It is gone already.
    if (address === undefined || this.#isClosed) return void socket.destroy();
    if (this.#lines.waitingIn(address) >= this.#options.waitingEach) return void socket.destroy();
    this.#lines.push(address, socket);
    if (!this.#isResting) this.#next();
  }

  /** Closes those that wait, and those that come from now on. */
  close(): void {
    this.#isClosed = true;
    for (const socket of this.#lines.clear()) socket.destroy();
  }

  #next(): void {
    const socket = this.#lines.shift();
    this.#isResting = socket !== undefined;
    if (!socket) return;
    const { clock, loopTime, takeUp } = this.#options;
    const [before, startedAt] = [loopTime(), clock.monotonic()];
    const rest = () => {
      clock.timer(leastRestMs, () => {
        const { idle, active } = loopTime();
        const isOver = idle - before.idle >= active - before.active;
        if (isOver || clock.monotonic() - startedAt >= mostRestMs) this.#next();
        else rest();
      });
    };
    rest();
    takeUp(socket);
  }
}

/** What node:net calls `pauseOnConnect`: whether a new socket is not read until somebody asks for it. */
type Accepting = Server & { pauseOnConnect: boolean };

/** Before it listens. */
export function takeTurnsToConnect(server: Server, clock: NewConnectionsOptions['clock']): NewConnections {
  const accepting = server as Accepting;
  const listeners = server.listeners('connection') as ((socket: Socket) => void)[];
  const connections = new NewConnections({
    clock,
    loopTime: () => performance.eventLoopUtilization(),
    waitingEach,
    takeUp(socket) {
      // TLS would leave its own socket unread, too.
      accepting.pauseOnConnect = false;
      for (const listener of listeners) listener.call(server, socket);
      accepting.pauseOnConnect = true;
    },
  });
  accepting.pauseOnConnect = true;
  server.removeAllListeners('connection');
  server.on('connection', socket => connections.add(socket as Socket));
  return connections;
}
