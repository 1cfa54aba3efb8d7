import { z } from 'zod';
import { parseJson } from '../../kit/parse-json.ts';

/** Where the daemon listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const readinessSchema = z.object({
  parts: z.array(z.object({ name: z.string(), problem: z.string().optional() })),
  concerns: z.array(z.object({ id: z.string(), kind: z.string(), problem: z.string() })).default([]),
});

/** The address to reach a daemon at that listens there. */
export function daemonUrl({ host, port }: ListenAddress, path: string): string {
  // An address for all interfaces is none to connect to.
  const target = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  return `http://${target}:${port}${path}`;
}

/** What a running daemon says keeps this source from being heard; nothing where none runs, or all is well. */
export async function askDaemon(
  address: ListenAddress,
  sourceId: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const response = await fetch(daemonUrl(address, '/readyz'), { signal, redirect: 'error' });
    const { parts, concerns } = readinessSchema.parse(parseJson(await response.text()));
    const now = parts.flatMap(({ name, problem }) => (name === `source ${sourceId}` && problem ? [problem] : []));
    const lately = concerns
      .filter(({ id, kind }) => id === sourceId && kind !== 'unsaid')
      .map(({ problem }) => problem);
    return [...new Set([...now, ...lately])];
  } catch {
    // Whether a daemon runs, and answers as one, is the check of the port's to say.
    return [];
  }
}
