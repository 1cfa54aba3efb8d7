import type { FastifyInstance } from 'fastify';
import { FaultError } from '../kit/errors.ts';

/** Where a server listens. */
export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** A server that listens. */
export interface Listening extends ListenOptions {
  readonly url: string;
}

/** Has a server listen. @throws {FaultError} `PORT_IN_USE` */
export async function listen(
  app: FastifyInstance,
  options: ListenOptions,
  scheme: 'http' | 'https' = 'http',
): Promise<Listening> {
  const { host } = options;
  try {
    await app.listen({ host, port: options.port });
  } catch (error) {
    throw asFault(error, options);
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return { host, port, url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}` };
}

function asFault(error: unknown, { host, port }: ListenOptions): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'EADDRINUSE') {
    const hint = `stop what listens there (ss -ltnp 'sport = :${port}' names it), or configure another port`;
    return new FaultError('PORT_IN_USE', `port ${port} on ${host} is in use`, { retryable: false, cause: error, hint });
  }
  if (error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL') {
    const hint = 'configure an address of this machine, and a port above 1023 unless the daemon may use lower ones';
    return new FaultError('PORT_IN_USE', `cannot listen on ${host}:${port}`, { retryable: false, cause: error, hint });
  }
  return error;
}
