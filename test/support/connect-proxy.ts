import { createServer, request as requestHttp } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** An HTTP proxy as companies run them, on loopback. */
export interface ConnectProxy {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly host: string;
  /** What it was asked for: `CONNECT registry.acme.test:443`, `GET http://registry.acme.test/v2/`. */
  readonly asked: readonly string[];
  /** Every header and every byte it could read, tunnels included. */
  readonly seen: () => string;
  stop(): Promise<void>;
}

/**
 * Starts one that knows names nobody else knows: each leads to a port of 127.0.0.1. With `user`, only who says so in
 * `Proxy-Authorization` is let through; `refuse` answers every CONNECT with this status.
 */
export async function startConnectProxy(options: {
  readonly names: Readonly<Record<string, number>>;
  readonly user?: string;
  readonly refuse?: number;
}): Promise<ConnectProxy> {
  const asked: string[] = [];
  const chunks: string[] = [];
  const sockets = new Set<Socket>();
  const wanted = options.user === undefined ? undefined : `Basic ${Buffer.from(options.user).toString('base64')}`;
  const isLetIn = (header: string | undefined): boolean => wanted === undefined || header === wanted;
  const note = (headers: object, line: string): void => {
    asked.push(line);
    chunks.push(line, JSON.stringify(headers));
  };
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  };

  const server = createServer((incoming, response) => {
    note(incoming.headers, `${incoming.method} ${incoming.url}`);
    const { 'proxy-authorization': shown, ...headers } = incoming.headers;
    if (!isLetIn(shown)) return void response.writeHead(407, { 'proxy-authenticate': 'Basic realm="out"' }).end();
    const url = new URL(incoming.url ?? '', 'http://nowhere.test');
    const port = options.names[url.hostname];
    if (port === undefined) return void response.writeHead(502).end();
    const { method } = incoming;
    const path = `${url.pathname}${url.search}`;
    const onward = requestHttp({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  });
  server.on('connection', keep);
  server.on('connect', (incoming, client: Socket) => {
    note(incoming.headers, `CONNECT ${incoming.url}`);
    const status = isLetIn(incoming.headers['proxy-authorization']) ? options.refuse : 407;
    const port = options.names[(incoming.url ?? '').replace(/:\d+$/, '')];
    if (status !== undefined || port === undefined) return void client.end(`HTTP/1.1 ${status ?? 502} No\r\n\r\n`);
    const target = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.on('data', (bytes: Buffer) => chunks.push(bytes.toString('latin1')));
      client.pipe(target).pipe(client);
    });
    keep(target);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    host,
    asked,
    seen: () => chunks.join('\n'),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
