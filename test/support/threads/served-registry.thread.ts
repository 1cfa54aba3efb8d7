import { createServer } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import type { Served } from './served-registry.ts';

// A registry in a thread of its own, so that serving costs the measured thread nothing.
const content: ReadonlyMap<string, Served> = workerData;
const NOT_FOUND = JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'no', detail: null }] });

const server = createServer(({ url = '' }, response) => {
  const found = content.get(url);
  if (found === undefined) response.writeHead(404, { 'content-type': 'application/json' }).end(NOT_FOUND);
  else response.writeHead(200, found.headers).end(found.body);
});
server.listen(0, '127.0.0.1', () => parentPort?.postMessage(server.address()));
