import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Stands between a registry and a daemon and passes webhooks on, but for those it loses. */
export interface LosingWebhooks {
  /** Where the registry sends them. */
  readonly url: string;
  /** How many got lost so far. */
  lost(): number;
  stop(): Promise<void>;
}

/** Loses every webhook that names `repository`, and tells the registry all the same that it came. */
export async function startLosingWebhooks(target: string, repository: string): Promise<LosingWebhooks> {
  let lost = 0;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (body.includes(`"${repository}"`)) {
      lost++;
      response.writeHead(202).end();
      return;
    }
    // A registry delivers again what was not taken.
    response.writeHead(await passOn(request, body).catch(() => 503)).end();
  });
  async function passOn({ headers }: IncomingMessage, body: string): Promise<number> {
    const { authorization = '', 'content-type': type = '' } = headers;
    const answer = await fetch(target, { method: 'POST', headers: { authorization, 'content-type': type }, body });
    return answer.status;
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lost: () => lost,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
