import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Digest } from '../../src/domain/digest.ts';

type Status = 'ACTIVE' | 'ARCHIVED' | 'ACTIVATING';

export interface EcrArchive {
  readonly endpoint: URL;
  put(repository: string, digest: Digest): void;
  status(digest: Digest): Status | undefined;
  set(digest: Digest, status: Status): void;
  /** Calls so far, by their names in IAM. */
  readonly calls: readonly string[];
  /** Answers this call with an error of AWS from now on. */
  refuse(action: string, status: number, name: string): void;
  /** Whether what is restored stays `ACTIVATING`. */
  restoreSlowly(slowly: boolean): void;
}

const TARGET = 'AmazonEC2ContainerRegistry_V20150921.';

/**
 * Starts a server that answers as AWS documents `DescribeImages` and `UpdateImageStorageClass`: archived images are told
 * of only where they are asked for. moto 5.2.5 does not know the second.
 */
export async function startEcrArchive(): Promise<EcrArchive> {
  const images = new Map<string, { readonly repository: string; status: Status }>();
  const calls: string[] = [];
  const refusals = new Map<string, { readonly status: number; readonly name: string }>();
  let isSlow = false;
  const answer = (action: string, input: Input): { readonly status: number; readonly body: object } => {
    const refusal = refusals.get(action);
    if (refusal !== undefined) return { status: refusal.status, body: { __type: refusal.name, message: 'refused' } };
    const digest = input.imageId?.imageDigest ?? input.imageIds?.[0]?.imageDigest ?? '';
    const image = images.get(digest);
    const isTold = image?.status === 'ACTIVE' || input.filter?.imageStatus === 'ANY' || input.imageId !== undefined;
    if (image === undefined || image.repository !== input.repositoryName || !isTold) return NOT_FOUND;
    if (action === 'DescribeImages') {
      return { status: 200, body: { imageDetails: [{ imageDigest: digest, imageStatus: image.status }] } };
    }
    if (input.targetStorageClass === 'ARCHIVE') image.status = 'ARCHIVED';
    else if (image.status !== 'ACTIVE') image.status = isSlow ? 'ACTIVATING' : 'ACTIVE';
    return { status: 200, body: { imageStatus: image.status } };
  };
  const server = createServer(async (request, response) => {
    const action = String(request.headers['x-amz-target'] ?? '').replace(TARGET, '');
    calls.push(action);
    const { status, body } = answer(action, await readInput(request));
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return {
    endpoint: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    put: (repository, digest) => void images.set(digest, { repository, status: 'ACTIVE' }),
    status: (digest) => images.get(digest)?.status,
    set(digest, status) {
      const image = images.get(digest);
      if (image !== undefined) image.status = status;
    },
    calls,
    refuse: (action, status, name) => void refusals.set(action, { status, name }),
    restoreSlowly(slowly) {
      isSlow = slowly;
    },
  };
}

interface Input {
  readonly repositoryName?: string;
  readonly imageId?: { readonly imageDigest?: string };
  readonly imageIds?: readonly { readonly imageDigest?: string }[];
  readonly filter?: { readonly imageStatus?: string };
  readonly targetStorageClass?: string;
}

const NOT_FOUND = { status: 400, body: { __type: 'ImageNotFoundException', message: 'no such image' } };

async function readInput(request: IncomingMessage): Promise<Input> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as Input;
}
