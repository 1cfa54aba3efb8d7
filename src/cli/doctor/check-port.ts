import { createServer } from 'node:net';
import { daemonUrl, type ListenAddress } from './ask-daemon.ts';
import { type Check, type CheckResult, fail, ok } from './check.ts';

/**
 * Whether the daemon could listen there now. A port a running Lazaret has taken is
 * well, too; it is known by its health check.
 */
export function checkPort(address: ListenAddress): Check {
  return { name: 'HTTP port', run: (signal) => tryToListen(address, 'http.port', { main: address, signal }) };
}

interface Running {
  /** Where a running Lazaret answers its health check. */
  readonly main: ListenAddress;
  readonly signal: AbortSignal;
}

/** Tries an address that is configured under this key. */
export async function tryToListen(
  { host, port }: ListenAddress,
  key: string,
  { main, signal }: Running,
): Promise<CheckResult> {
  const where = `${host}:${port}`;
  const code = await listen({ host, port });
  if (code === undefined) return ok(`${where} is free`);
  if (code === 'EACCES') {
    return fail(`${where} needs the rights of root`, `Set ${key} to 1024 or above, and forward the other port to it.`);
  }
  if (code !== 'EADDRINUSE')
    return fail(
      `${where} cannot be used (${code})`,
      `Set ${key.replace('port', 'host')} to an address of this machine.`,
    );
  if (await isLazaret(main, signal)) return ok(`${where} is in use by a running Lazaret`);
  return fail(
    `${where} is in use by another program`,
    `Stop it (ss -ltnp 'sport = :${port}' names it), or set ${key}.`,
  );
}

function listen(address: ListenAddress): Promise<string | undefined> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    server.listen({ ...address, exclusive: true }, () => server.close(() => done(undefined)));
  });
}

async function isLazaret(address: ListenAddress, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(daemonUrl(address, '/healthz'), { signal, redirect: 'error' });
    return (await response.text()) === '{"status":"ok"}';
  } catch {
    return false;
  }
}
