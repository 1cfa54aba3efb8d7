import { join } from 'node:path';
import { startChild } from '../../support/servers/child-process.ts';
import type { Size } from './listed-content.ts';
import type { Counts } from './listed-server.ts';

/** A registry in a process of its own which lists and counts: by the distribution API, Harbor's, and ECR's. */
export interface ListedRegistry {
  readonly url: string;
  counts(): Promise<Counts>;
  /** The counts are zero from here on; the connections that are open stay. */
  forgetCounts(): Promise<void>;
  stop(): Promise<void>;
}

export async function startListedRegistry({ repositories, tagsEach }: Size): Promise<ListedRegistry> {
  const child = await startChild({
    name: 'the listed registry',
    command: process.execPath,
    args: [join(import.meta.dirname, 'listed-server.ts'), String(repositories), String(tagsEach)],
    ready: (output) => LISTENING.test(output),
  });
  const url = `http://127.0.0.1:${LISTENING.exec(child.output())?.[1]}`;
  return {
    url,
    counts: async () => (await (await fetch(`${url}/counts`)).json()) as Counts,
    forgetCounts: async () => void (await (await fetch(`${url}/counts`, { method: 'DELETE' })).text()),
    stop: child.stop,
  };
}

const LISTENING = /^listening on (\d+)$/m;
