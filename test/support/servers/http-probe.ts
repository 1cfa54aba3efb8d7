import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** Whether anything speaks HTTP at that port of 127.0.0.1; any status will do, any certificate too. */
export function answersHttp(port: number, path: string, tls = false): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path, timeout: 2_000, agent: false };
    const onResponse = (response: NodeJS.ReadableStream) => {
      response.resume();
      resolve(true);
    };
    const request = tls
      ? requestHttps({ ...options, rejectUnauthorized: false }, onResponse)
      : requestHttp(options, onResponse);
    request.once('error', () => resolve(false));
    request.once('timeout', () => request.destroy());
    request.end();
  });
}
