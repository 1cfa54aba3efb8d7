import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it came to the proxy. */
export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  /** What the server answered, once it has; also where the reply was thrown away. */
  readonly status: number | undefined;
}

/**
 * What becomes of a request: passed on; answered with this status; cut off before it is passed on (`reset`); passed on
 * and its reply thrown away, cut short, changed in its last byte, or held back for so long.
 */
export type Treatment =
  | 'pass'
  | 'lose-reply'
  | 'reset'
  | 'truncate'
  | 'corrupt'
  | { readonly status: number; readonly headers?: Record<string, string> }
  | { readonly replyAfterMs: number };

export interface FaultProxy {
  readonly url: string;
  /** `127.0.0.1:PORT`: what images behind it are named by. */
  readonly host: string;
  /** Everything that came, oldest first: also what was not passed on. */
  readonly requests: readonly ProxiedRequest[];
  /** Decides about each request from now on; a promise holds the request. `undefined`: all pass. */
  treat(decide: ((request: ProxiedRequest) => Treatment | Promise<Treatment>) | undefined): void;
  /** How far the time that answers tell is from the right one, in ms, from now on. */
  shiftTime(ms: number): void;
  stop(): Promise<void>;
}

/** Starts a proxy in front of one HTTP server on this machine. The Host header is passed on as it came. */
export async function startFaultProxy(target: URL, options: { readonly port?: number } = {}): Promise<FaultProxy> {
  const requests: SeenRequest[] = [];
  let shiftMs = 0;
  let decide: (request: ProxiedRequest) => Treatment | Promise<Treatment> = () => 'pass';
  const server = createServer((incoming, response) => {
    const seen: SeenRequest = { method: incoming.method ?? '', path: incoming.url ?? '', status: undefined };
    requests.push(seen);
    Promise.resolve(decide(seen)).then(
      (treatment) => carryOut(treatment, { target, incoming, response, seen, shiftMs }),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    requests,
    treat(next) {
      decide = next ?? (() => 'pass');
    },
    shiftTime(ms) {
      shiftMs = ms;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type SeenRequest = { -readonly [K in keyof ProxiedRequest]: ProxiedRequest[K] };

interface Exchange {
  readonly seen: SeenRequest;
  readonly target: URL;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly shiftMs: number;
}

function carryOut(treatment: Treatment, exchange: Exchange): void {
  const { incoming, response, seen } = exchange;
  if (typeof treatment === 'object' && 'status' in treatment) {
    seen.status = treatment.status;
    incoming.resume();
    response.writeHead(treatment.status, treatment.headers).end();
  } else if (treatment === 'reset') incoming.socket.resetAndDestroy();
  else forward(exchange, treatment);
}

function forward(
  { target, incoming, response, seen, shiftMs }: Exchange,
  treatment: Exclude<Treatment, 'reset' | { readonly status: number }>,
): void {
  const { method, url: path, headers } = incoming;
  const outgoing = request({ hostname: target.hostname, port: target.port, method, path, headers }, (answer) => {
    seen.status = answer.statusCode;
    if (treatment === 'lose-reply') {
      answer.resume().once('end', () => response.destroy());
      return;
    }
    const date = shiftMs === 0 ? {} : { date: new Date(Date.now() + shiftMs).toUTCString() };
    response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...date });
    if (treatment === 'pass') answer.pipe(response);
    else if (typeof treatment === 'object') setTimeout(() => answer.pipe(response), treatment.replyAfterMs);
    else void spoil(answer, response, treatment);
  });
  outgoing.once('error', () => response.destroy());
  response.once('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}

async function spoil(answer: IncomingMessage, response: ServerResponse, how: 'truncate' | 'corrupt'): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  if (how === 'truncate') {
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
    return;
  }
  const last = body.length - 1;
  if (last >= 0) body[last] = (body[last] ?? 0) ^ 1;
  response.end(body);
}
