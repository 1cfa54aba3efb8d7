import { describe, expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import { OCI_MANIFEST } from '../../../src/domain/manifest.ts';
import type { TagWriter } from '../../../src/ports/tag-writer.ts';
import type { RegistryOptions } from '../../../src/registry/registry-options.ts';
import {
  type Answer,
  type HostileRegistry,
  notFound,
  refusal,
  type SeenRequest,
  sampleManifest,
  startHostileRegistry,
} from '../../support/hostile-registry.ts';
import { openRegistry } from '../../support/open-registry.ts';

const SAMPLE = sampleManifest();
const MANIFEST = {
  bytes: Buffer.from(SAMPLE.text),
  mediaType: OCI_MANIFEST,
  digest: digestOf(Buffer.from(SAMPLE.text)),
};
const BLOB = Buffer.from('{}');

async function open(
  answer: (request: SeenRequest) => Answer | undefined,
  options: Partial<RegistryOptions> = {},
): Promise<{ server: HostileRegistry; writer: TagWriter }> {
  const server = await startHostileRegistry(answer);
  onTestFinished(() => server.stop());
  const { writer } = openRegistry(server.url, {
    writeCredentials: { kind: 'none' },
    limits: { retries: 0 },
    ...options,
  });
  if (writer === undefined) expect.fail('there is no writer');
  return { server, writer };
}

describe('putTag', () => {
  it('puts the very bytes with their media type, in one request', async () => {
    const { server, writer } = await open(() => ({ status: 201 }));
    await writer.putTag('acme/app', 'quarantined-1', MANIFEST);
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({
      method: 'PUT',
      path: '/v2/acme/app/manifests/quarantined-1',
      body: SAMPLE.text,
    });
    expect(server.requests[0]?.headers['content-type']).toBe(OCI_MANIFEST);
  });

  it('takes the refusal of a tag that points there already for success (immutable tags)', async () => {
    const { writer } = await open(({ method }) => (method === 'PUT' ? refusal(412, 'PRECONDITION') : SAMPLE.answer));
    await expect(writer.putTag('acme/app', 'quarantined-1', MANIFEST)).resolves.toBeUndefined();
  });

  it.each([400, 405, 409, 412])('says that the tag was refused with %i when it points elsewhere', async (status) => {
    const other = sampleManifest({ annotations: { an: 'other' } });
    const { writer } = await open(({ method }) => (method === 'PUT' ? refusal(status, 'TAG_IMMUTABLE') : other.answer));
    await expect(writer.putTag('acme/app', 'quarantined-1', MANIFEST)).rejects.toMatchObject({
      code: 'TAG_WRITE_REFUSED',
      retryable: false,
      remoteCode: 'TAG_IMMUTABLE',
    });
  });

  it('notices a registry that stored other bytes', async () => {
    const headers = { 'docker-content-digest': digestOf(Buffer.from('other')) };
    const { writer } = await open(() => ({ status: 201, headers }));
    await expect(writer.putTag('acme/app', 't', MANIFEST)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it.each<[number, string, boolean]>([
    [401, 'REGISTRY_UNAUTHORIZED', false],
    [403, 'REGISTRY_DENIED', false],
    [404, 'REGISTRY_ERROR', true],
    [429, 'REGISTRY_RATE_LIMITED', true],
    [500, 'REGISTRY_ERROR', true],
    [202, 'REGISTRY_RESPONSE_INVALID', false],
  ])('calls a %i the fault %s', async (status, code, retryable) => {
    const { writer } = await open(() => ({ status }));
    await expect(writer.putTag('acme/app', 't', MANIFEST)).rejects.toMatchObject({ code, retryable });
  });

  it('does not repeat a write whose answer was lost: the outbox does, knowing that it may have happened', async () => {
    const server = await startHostileRegistry(() => ({ status: 201, write: (response) => response.destroy() }));
    onTestFinished(() => server.stop());
    const { writer } = openRegistry(server.url, { writeCredentials: { kind: 'none' } });
    await expect(writer?.putTag('acme/app', 't', MANIFEST)).rejects.toMatchObject({ name: 'FaultError' });
    expect(server.requests).toHaveLength(1);
  });

  it('E1: writes to no other path, whatever the tag', async () => {
    const { server, writer } = await open(() => ({ status: 201 }));
    for (const tag of ['../blobs/uploads', 'a/b', '', 'a'.repeat(129), `sha256:${'0'.repeat(64)}`, 'a?b', 'a#b']) {
      await expect(writer.putTag('acme/app', tag, MANIFEST)).rejects.toMatchObject({ code: 'REFERENCE_INVALID' });
    }
    expect(server.requests).toEqual([]);
  });
});

describe('deleteTag', () => {
  it.each<[string, Answer, string]>([
    ['202', { status: 202 }, 'deleted'],
    ['404 of the registry', notFound('MANIFEST_UNKNOWN'), 'absent'],
    ['400, as distribution 2.8 does', refusal(400, 'DIGEST_INVALID'), 'refused'],
    ['405, as GHCR does', refusal(405, 'UNSUPPORTED'), 'refused'],
    ['405 without a body', { status: 405 }, 'refused'],
    ['501', { status: 501 }, 'refused'],
    ['401, where the credentials may write and not delete', { status: 401 }, 'refused'],
    ['403, where the credentials may write and not delete', refusal(403, 'DENIED'), 'refused'],
    ['409, as ECR and GAR do for what is referred to', refusal(409, 'DENIED'), 'refused'],
    ['412, as Harbor does for immutable tags', refusal(412, 'PRECONDITION'), 'refused'],
  ])('answered with %s', async (_name, answer, result) => {
    const { server, writer } = await open(() => answer);
    expect(await writer.deleteTag('acme/app', 'quarantined-1')).toBe(result);
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'DELETE /v2/acme/app/manifests/quarantined-1',
    ]);
  });

  it.each(['ghcr', 'dockerhub'] as const)('is not tried where it is known to be refused (%s)', async (kind) => {
    const { server, writer } = await open(() => ({ status: 202 }), { kind });
    expect(await writer.deleteTag('acme/app', 'quarantined-1')).toBe('refused');
    expect(server.requests).toEqual([]);
  });

  it.each<[Answer, string]>([
    [{ status: 404, body: 'default backend' }, 'REGISTRY_ERROR'],
    [{ status: 429 }, 'REGISTRY_RATE_LIMITED'],
    [{ status: 403, headers: { 'retry-after': '0' } }, 'REGISTRY_RATE_LIMITED'],
    [{ status: 500 }, 'REGISTRY_ERROR'],
  ])('calls %j a fault, neither absent nor refused', async (answer, code) => {
    const { writer } = await open(() => answer);
    await expect(writer.deleteTag('acme/app', 't')).rejects.toMatchObject({ code });
  });

  it('E1: never deletes by digest', async () => {
    const { server, writer } = await open(() => ({ status: 202 }));
    await expect(writer.deleteTag('acme/app', MANIFEST.digest)).rejects.toMatchObject({ code: 'REFERENCE_INVALID' });
    expect(server.requests).toEqual([]);
  });
});

describe('putBlob', () => {
  const upload = (location: string) => (request: SeenRequest) => {
    if (request.method === 'HEAD') return { status: 404 };
    if (request.method === 'POST') return { status: 202, headers: { location } };
    return { status: 201 };
  };

  it('asks first, and uploads nothing that is there', async () => {
    const { server, writer } = await open(() => ({ status: 200, headers: { 'content-length': '2' } }));
    expect(await writer.putBlob('acme/app', BLOB)).toBe(digestOf(BLOB));
    expect(server.requests.map(({ method }) => method)).toEqual(['HEAD']);
  });

  it('keeps the query of the place it is given', async () => {
    const { server, writer } = await open(upload('/v2/acme/app/blobs/uploads/1?_state=abc'));
    expect(await writer.putBlob('acme/app', BLOB)).toBe(digestOf(BLOB));
    const query = new URL(server.requests.at(-1)?.path ?? '', 'http://x').searchParams;
    expect([query.get('_state'), query.get('digest')]).toEqual(['abc', digestOf(BLOB)]);
    expect(server.requests.at(-1)?.body).toBe('{}');
  });

  it('B2: uploads to no other host', async () => {
    const elsewhere = await startHostileRegistry(() => ({ status: 201 }));
    onTestFinished(() => elsewhere.stop());
    const { writer } = await open(upload(`${elsewhere.url}upload`));
    await expect(writer.putBlob('acme/app', BLOB)).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID' });
    expect(elsewhere.connections).toBe(0);
  });

  it('keeps its connection after a HEAD', async () => {
    const { server, writer } = await open(() => ({ status: 200, headers: { 'content-length': '2' } }));
    for (let n = 0; n < 20; n++) await writer.putBlob('acme/app', BLOB);
    expect(server.requests).toHaveLength(20);
    // One a request if every HEAD closed its own.
    expect(server.connections).toBeLessThanOrEqual(2);
  });
});

describe('a registry without write credentials', () => {
  it('has no writer', () => {
    expect(openRegistry('http://127.0.0.1:1').writer).toBeUndefined();
  });
});
