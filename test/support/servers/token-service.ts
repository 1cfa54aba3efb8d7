import { createServer } from 'node:https';
import { makeCertificate } from '../certificate.ts';

/** A service that gives tokens to clients, by https on this machine. */
export interface TestTokenService {
  readonly endpoint: URL;
  /** PEM. */
  readonly ca: string;
  readonly port: number;
  /** The requests it got, oldest first. */
  readonly asked: { readonly authorization: string; readonly fields: Readonly<Record<string, string>> }[];
  /** What it answers next. */
  answer: { readonly status: number; readonly body: string };
  stop(): Promise<void>;
}

/** Starts it; `name` is one that only a proxy can find. */
export async function startTokenService({ name }: { readonly name?: string } = {}): Promise<TestTokenService> {
  const { cert, key } = makeCertificate([name ?? '127.0.0.1']);
  const asked: TestTokenService['asked'] = [];
  const server = createServer({ cert, key }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const fields = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
    asked.push({ authorization: request.headers.authorization ?? '', fields });
    response.writeHead(service.answer.status, { 'content-type': 'application/json' }).end(service.answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const service: TestTokenService = {
    endpoint: new URL(name === undefined ? `https://127.0.0.1:${port}/oauth2/token` : `https://${name}/oauth2/token`),
    ca: cert,
    port,
    asked,
    answer: { status: 200, body: '{"access_token":"token-1","token_type":"Bearer","expires_in":300}' },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return service;
}
