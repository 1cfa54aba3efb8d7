import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from '../wait-for.ts';

/** How to answer one request. */
export interface ScriptedAnswer {
  /** Default 200. */
  readonly status?: number;
  /** Default `ok`, as Slack says. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Take the request and never answer. */
  readonly hang?: boolean;
  /** Cut the connection instead of answering. */
  readonly reset?: boolean;
}

export interface ReceivedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
  readonly receivedAt: Date;
}

export interface SlackReceiver {
  /** An incoming-webhook address; its path is a secret, as Slack's is. */
  readonly url: string;
  readonly port: number;
  /** All requests so far, whatever they were answered, oldest first. */
  readonly requests: readonly ReceivedRequest[];
  /** Answers for the next requests, in order; after them each is answered 200 `ok`. */
  script(...answers: readonly ScriptedAnswer[]): void;
  /** The answer whenever the script is empty; `undefined` for 200 `ok` again. */
  setDefault(answer: ScriptedAnswer | undefined): void;
  /** Waits until there are that many requests. */
  waitForRequests(count: number, timeoutMs?: number): Promise<readonly ReceivedRequest[]>;
  stop(): Promise<void>;
}

/** The secret part of the address, for tests that look for it where it must not be. */
export const SLACK_CANARY_PATH = '/services/T0CANARY/B0CANARY/canarysecretcanarysecret';

/** Starts a plain HTTP receiver on 127.0.0.1 that keeps what is posted and answers as told; it serves any webhook. */
export async function startSlackReceiver(options: { readonly port?: number } = {}): Promise<SlackReceiver> {
  const requests: ReceivedRequest[] = [];
  const scripted: ScriptedAnswer[] = [];
  let fallback: ScriptedAnswer | undefined;
  const server = createServer((request, response) => {
    record(request).then(
      (received) => {
        requests.push(received);
        give(scripted.shift() ?? fallback ?? {}, response);
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${SLACK_CANARY_PATH}`,
    port,
    requests,
    script: (...answers) => {
      scripted.push(...answers);
    },
    setDefault: (answer) => {
      fallback = answer;
    },
    waitForRequests: (count, timeoutMs = 10_000) =>
      waitFor(() => requests.length >= count && requests, { what: `${count} requests`, timeoutMs }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function record(request: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('utf8');
  const { method = '', url: path = '', headers } = request;
  return { method, path, headers, body, json: parseOrUndefined(body), receivedAt: new Date() };
}

function parseOrUndefined(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function give(answer: ScriptedAnswer, response: ServerResponse): void {
  if (answer.hang) return;
  if (answer.reset) {
    response.destroy();
    return;
  }
  response.writeHead(answer.status ?? 200, { 'content-type': 'text/html', ...answer.headers });
  response.end(answer.body ?? 'ok');
}
