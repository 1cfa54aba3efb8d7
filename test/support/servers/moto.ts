import { freePort } from '../free-port.ts';
import { startChild } from './child-process.ts';
import { answersHttp } from './http-probe.ts';
import { findMoto } from './native-paths.ts';

export interface Moto {
  /** `http://127.0.0.1:PORT`, for the SDK's `endpoint`. It keeps every region apart and believes every credential. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** The account of everything moto makes, whoever asks. */
export const MOTO_ACCOUNT = '123456789012';

/**
 * Starts moto, which speaks the requests and errors of ECR and SQS, natively under either backend.
 *
 * Not like AWS: the digests of images (never the content's), no `/v2/`, `ImageAlreadyExistsException` where AWS says
 * `ImageTagAlreadyExistsException`, `maxResults` ignored, `expiresAt` of a token in 2015, `Messages` left out when
 * a queue is empty.
 */
export async function startMoto(): Promise<Moto> {
  const program = findMoto();
  if (program === undefined) throw new Error('moto is not there: run bin/fetch-test-servers moto');
  const port = await freePort();
  const child = await startChild({
    name: 'moto',
    command: program.path,
    args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    env: { ...program.env, MOTO_ACCOUNT_ID: MOTO_ACCOUNT },
    ready: () => answersHttp(port, '/moto-api/'),
  });
  return { url: `http://127.0.0.1:${port}`, port, stop: child.stop };
}
