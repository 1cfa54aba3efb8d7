import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

/**
 * What lies in the kernel's buffer is read within one turn of the loop; what the sender still holds, because that buffer
 * was full, comes a few round trips later.
 */
const LAST_MOMENT_MS = 1000;

/** Decides about connections whose time is over. */
export interface LateRequests {
  /** Gives the request a last moment to be whole; `cutOff` is called for one that is not. */
  judge(socket: Socket, cutOff: () => void): Promise<void>;
}

/**
 * Node ends connections whose time is over before it reads what has come meanwhile. After its loop stood still (no CPU, a
 * paused machine, a long computation) it would so answer 408, or reset the connection, to senders that were quick.
 */
export function watchLateRequests(server: Server): LateRequests {
  const requests = new WeakMap<Socket, { readonly begun: number; readonly last: IncomingMessage }>();
  server.on('request', (request: IncomingMessage) => {
    const { socket } = request;
    requests.set(socket, { begun: (requests.get(socket)?.begun ?? 0) + 1, last: request });
  });
  // Of a connection kept alive, on which nothing is under way.
  server.on('timeout', (socket) => void endUnlessRead(socket));
  const countWhole = (socket: Socket): number => {
    const known = requests.get(socket);
    if (known === undefined) return 0;
    return known.last.complete ? known.begun : known.begun - 1;
  };
  return {
    async judge(socket, cutOff) {
      const whole = countWhole(socket);
      const wasSilent = socket.bytesRead === 0;
      await lastMoment(LAST_MOMENT_MS);
      // A request that began only now has its time like every other.
      if (wasSilent && socket.bytesRead > 0 && countWhole(socket) === whole) await lastMoment(server.requestTimeout);
      if (!socket.destroyed && countWhole(socket) === whole) cutOff();
    },
  };
}

/** The time may be over because the loop stood still again: then what has come is read first. */
async function lastMoment(ms: number): Promise<void> {
  await delay(ms, undefined, { ref: false });
  await nextTurn();
}

async function endUnlessRead(socket: Socket): Promise<void> {
  const { bytesRead } = socket;
  await nextTurn();
  if (socket.bytesRead === bytesRead) socket.destroy();
}
