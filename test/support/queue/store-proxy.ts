import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server, so that a test can take the server away and bring it back. */
export interface StoreProxy {
  readonly port: number;
  /** Breaks every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Keeps connections open and passes nothing on. */
  freeze(): void;
  /** Leads new connections to another server from now on. */
  pointTo(serverPort: number): void;
  /** Ends a cut or a freeze. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a proxy on a free loopback port. */
export async function startStoreProxy(serverPort: number): Promise<StoreProxy> {
  const sockets = new Set<Socket>();
  let frozen = false;
  let target = serverPort;
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    if (frozen) socket.pause();
  };
  const server = createServer((inner) => {
    const outer = connect({ port: target, host: '127.0.0.1' });
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      from.on('data', (chunk) => to.write(chunk));
      from.once('close', () => to.destroy());
      track(from);
    }
  });
  const listen = (port: number) =>
    new Promise<number>((done, failed) => {
      server.once('error', failed);
      server.listen(port, '127.0.0.1', () => done((server.address() as AddressInfo).port));
    });
  const port = await listen(0);
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = async () => {
    const closed = server.listening ? new Promise((done) => server.close(done)) : Promise.resolve();
    breakAll();
    await closed;
  };
  return {
    port,
    cut: close,
    freeze: () => {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    pointTo: (next) => {
      target = next;
    },
    restore: async () => {
      frozen = false;
      for (const socket of sockets) socket.resume();
      if (!server.listening) await listen(port);
    },
    close,
  };
}
