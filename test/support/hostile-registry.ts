import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { digestOf } from '../../src/domain/digest.ts';
import { OCI_MANIFEST } from '../../src/domain/manifest.ts';

/** One request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Writes the body by hand: slowly, endlessly, not at all. The head is sent already. */
  readonly write?: (response: ServerResponse) => void;
  /** Answers nothing at all. */
  readonly hangs?: true;
}

/** A server that answers whatever a test wants a registry (or a token service) to answer, and remembers who asked. */
export interface HostileRegistry {
  readonly port: number;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly url: URL;
  readonly requests: readonly SeenRequest[];
  /** TCP connections opened so far. */
  readonly connections: number;
  stop(): Promise<void>;
}

/** Starts one on loopback. `answer` decides; what it returns nothing for is the registry's own 404. */
export async function startHostileRegistry(
  answer: (request: SeenRequest) => Answer | undefined,
  tls?: { readonly cert: string; readonly key: string },
): Promise<HostileRegistry> {
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const seen = { method, path, headers, body: Buffer.concat(chunks).toString() };
      requests.push(seen);
      send(response, answer(seen) ?? notFound('MANIFEST_UNKNOWN'));
    });
  };
  const server = tls === undefined ? createHttpServer(listener) : createHttpsServer({ ...tls }, listener);
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    host: `127.0.0.1:${port}`,
    url: new URL(`${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`),
    requests,
    get connections() {
      return connections;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, answer: Answer): void {
  if (answer.hangs) return;
  response.writeHead(answer.status ?? 200, answer.headers);
  if (answer.write === undefined) {
    response.end(answer.body);
    return;
  }
  response.flushHeaders();
  answer.write(response);
}

/** The registry's own "there is no such thing", in the form of the distribution specification. */
export function notFound(code: string): Answer {
  return refusal(404, code);
}

/** An error in the registry's own form. */
export function refusal(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body: JSON.stringify({ errors: [{ code, message: 'no', detail: null }] }) };
}

/** A small manifest with its digest, to be served. */
export function sampleManifest(fields: object = {}): {
  readonly text: string;
  readonly digest: string;
  answer: Answer;
} {
  const empty = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(Buffer.from('{}')), size: 2 };
  const document = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: empty, layers: [empty], ...fields };
  const text = JSON.stringify(document);
  const answer = { headers: { 'content-type': OCI_MANIFEST }, body: text };
  return { text, digest: digestOf(Buffer.from(text)), answer };
}
