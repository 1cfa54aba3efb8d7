import { request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

// A sender in a thread of its own: told to, it posts its body, and says what was answered.
const { url, headers, body }: { url: string; headers: Record<string, string>; body: Uint8Array } = workerData;
parentPort?.on('message', () => {
  const sending = request(url, { method: 'POST', headers }, (response) => {
    response.resume().on('end', () => parentPort?.postMessage(response.statusCode));
  });
  sending.end(body);
});
