import { createRequire } from 'node:module';
import type { Agent, Dispatcher, Pool, ProxyAgent } from 'undici';

/** The part of undici that sends requests. */
interface UndiciClient {
  readonly Agent: typeof Agent;
  readonly Dispatcher: typeof Dispatcher;
  readonly Pool: typeof Pool;
  readonly ProxyAgent: typeof ProxyAgent;
}

// The package's index also loads fetch, WebSocket, caches and mocks, which doubles what it costs: 50 ms of each start, and
// 10 MiB for as long as the process lives.
const load = createRequire(import.meta.url);

/** The objects that undici's index would give; those of the package have their methods (`request` and the like) from it. */
export const undici: UndiciClient = {
  Agent: load('undici/lib/dispatcher/agent.js'),
  Dispatcher: load('undici/lib/dispatcher/dispatcher.js'),
  Pool: load('undici/lib/dispatcher/pool.js'),
  ProxyAgent: load('undici/lib/dispatcher/proxy-agent.js'),
};
Object.assign(undici.Dispatcher.prototype, load('undici/lib/api/index.js'));
