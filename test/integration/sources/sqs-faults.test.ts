import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { FaultError } from '../../../src/kit/errors.ts';
import { probeSqs } from '../../../src/sources/sqs/probe-sqs.ts';
import { signIn } from '../../support/open-ecr.ts';

let server: Server;
let endpoint: URL;
let answer: { readonly status: number; readonly body: string };

beforeAll(async () => {
  signIn();
  server = createServer((_, response) => {
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
beforeEach(() => {
  answer = { status: 200, body: '{}' };
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  vi.unstubAllEnvs();
});

const queueUrl = new URL('https://sqs.eu-central-1.amazonaws.com/123456789012/ecr');

async function faultOf(status: number, body: string | object): Promise<FaultError> {
  answer = { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
  const place = { queueUrl, region: 'eu-central-1', endpoint };
  return probeSqs({ place }, AbortSignal.timeout(10_000)).then(
    () => {
      throw new Error('expected a fault');
    },
    (error: FaultError) => error,
  );
}

const named = (name: string) => ({ __type: `com.amazonaws.sqs#${name}`, message: 'canary of the answer' });

it.each([
  ['ExpiredToken', 403, false, /credentials have ended/],
  ['InvalidClientTokenId', 403, false, /AWS does not know these credentials in eu-central-1/],
  ['SignatureDoesNotMatch', 403, false, /secret key does not belong to its id/],
  ['AccessDeniedException', 400, false, /right to sqs:GetQueueAttributes.*deploy\/aws/],
  ['QueueDoesNotExist', 400, false, /account, name and region \(eu-central-1\)/],
  ['KmsAccessDenied', 400, false, /kms:Decrypt/],
  ['RequestThrottled', 400, true, /again by itself/],
  ['InternalFailure', 500, true, /again by itself/],
])('SQS_UNAVAILABLE: says what to do about %s', async (name, status, retryable, hint) => {
  const error = await faultOf(status, named(name));
  expect(error).toMatchObject({ code: 'SQS_UNAVAILABLE', retryable });
  expect(error.hint).toMatch(hint);
  expect(error.message).toContain('sqs.eu-central-1.amazonaws.com/123456789012/ecr');
  expect(`${error.message}${error.hint}`).not.toContain('canary');
});

it('SQS_UNAVAILABLE: names something in between that answers in the place of AWS, and quotes nothing of it', async () => {
  const error = await faultOf(502, '<html>canary of a proxy</html>');
  expect(error).toMatchObject({ code: 'SQS_UNAVAILABLE', retryable: true });
  expect(`${error.message}${error.hint}${String(error.cause)}`).not.toContain('canary');
});
