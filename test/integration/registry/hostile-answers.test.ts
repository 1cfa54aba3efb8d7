import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Digest, digestOf, parseDigest } from '../../../src/domain/digest.ts';
import { OCI_MANIFEST } from '../../../src/domain/manifest.ts';
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
import { BUNDLE_V03 } from '../../support/push-image.ts';
import { waitFor } from '../../support/wait-for.ts';

const SAMPLE = sampleManifest();
const DIGEST = digestOf(Buffer.from(SAMPLE.text));

async function serve(answer: (request: SeenRequest) => Answer | undefined): Promise<HostileRegistry> {
  const server = await startHostileRegistry(answer);
  onTestFinished(() => server.stop());
  return server;
}

function readSample(server: HostileRegistry, options: Parameters<typeof openRegistry>[1] = {}) {
  return openRegistry(server.url, options).reader.readManifest('acme/app', { digest: DIGEST });
}

describe('what is there, what is not there, and what cannot be told', () => {
  it('reads a manifest whose bytes have the digest', async () => {
    const server = await serve(() => SAMPLE.answer);
    expect(await readSample(server)).toMatchObject({ digest: DIGEST, mediaType: OCI_MANIFEST });
  });

  it.each<[string, Answer]>([
    ['MANIFEST_UNKNOWN', notFound('MANIFEST_UNKNOWN')],
    ['NAME_UNKNOWN', notFound('NAME_UNKNOWN')],
    ["Harbor's NOT_FOUND", notFound('NOT_FOUND')],
    [
      'the version header of a registry',
      { status: 404, headers: { 'Docker-Distribution-Api-Version': 'registry/2.0' } },
    ],
  ])('takes 404 with %s for absence', async (_name, answer) => {
    const server = await serve(() => answer);
    expect(await readSample(server)).toBeNull();
  });

  it.each<[string, Answer]>([
    ['of a mesh without a route, with no body', { status: 404 }],
    ['of an ingress', { status: 404, body: 'default backend - 404' }],
    ['in HTML', { status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>Not Found</h1>' }],
    ['in JSON of another kind', { status: 404, body: '{"message":"no Route matched"}' }],
    ['that means "not you"', notFound('UNAUTHORIZED')],
    ['that means "not now"', notFound('UNAVAILABLE')],
  ])('B12: never takes a 404 %s for absence', async (_name, answer) => {
    const server = await serve(() => answer);
    await expect(readSample(server)).rejects.toMatchObject({ name: 'FaultError', retryable: true });
  });

  it.each<[number, string, string, boolean]>([
    [401, 'UNAUTHORIZED', 'REGISTRY_UNAUTHORIZED', false],
    [403, 'DENIED', 'REGISTRY_DENIED', false],
    [400, 'NAME_INVALID', 'REGISTRY_ERROR', false],
    [408, 'TIMEOUT', 'REGISTRY_ERROR', true],
    [429, 'TOOMANYREQUESTS', 'REGISTRY_RATE_LIMITED', true],
    [500, 'UNKNOWN', 'REGISTRY_ERROR', true],
    [502, 'UNKNOWN', 'REGISTRY_ERROR', true],
    [503, 'UNAVAILABLE', 'REGISTRY_ERROR', true],
    [204, 'NONE', 'REGISTRY_RESPONSE_INVALID', false],
    [304, 'NONE', 'REGISTRY_RESPONSE_INVALID', false],
  ])('keeps the code of a %i as %s in the fault %s', async (status, remote, code, retryable) => {
    const server = await serve(() => refusal(status, remote));
    const fault = await readSample(server, { limits: { retries: 0 } }).catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'FaultError', code, retryable });
    if (status >= 400) expect(fault).toMatchObject({ remoteCode: remote });
  });

  it('never quotes what a registry writes besides its code', async () => {
    const body = JSON.stringify({ errors: [{ code: 'DENIED <script>', message: 'secret-from-registry' }] });
    const server = await serve(() => ({ status: 403, body }));
    const fault = await readSample(server).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'REGISTRY_DENIED', remoteCode: undefined });
    expect(String(fault)).not.toContain('script');
    expect(String(fault)).not.toContain('secret-from-registry');
  });

  it('says that nothing listens, and what to do', async () => {
    const server = await serve(() => undefined);
    await server.stop();
    await expect(readSample(server, { limits: { retries: 0 } })).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      retryable: true,
      hint: expect.stringContaining('Nothing listens there'),
    });
  });

  it('repeats a read that was cut off or answered 503, and is silent about it', async () => {
    let asked = 0;
    const server = await serve(() => {
      asked++;
      if (asked === 1) return { write: (response) => response.destroy() };
      return asked === 2 ? refusal(503, 'UNAVAILABLE') : SAMPLE.answer;
    });
    expect(await readSample(server)).toMatchObject({ digest: DIGEST });
    expect(asked).toBe(3);
  });

  it('ends when its caller gives up, with the reason of the caller', async () => {
    const controller = new AbortController();
    const server = await serve(() => {
      queueMicrotask(() => controller.abort(new Error('shutting down')));
      return { write: () => undefined };
    });
    const { reader } = openRegistry(server.url);
    await expect(reader.readManifest('acme/app', { digest: DIGEST }, controller.signal)).rejects.toThrow(
      'shutting down',
    );
  });
});

describe('a caller with a deadline', () => {
  it('L6: hears of a timeout wherever the deadline strikes, while it waits for its turn too', async () => {
    const server = await serve(() => ({ hangs: true }));
    const { reader } = openRegistry(server.url, { limits: { concurrency: 1 } });
    const controller = new AbortController();
    const reads = [1, 2].map(() => reader.readManifest('acme/app', { digest: DIGEST }, controller.signal));
    const outcomes = Promise.allSettled(reads);
    await waitFor(() => server.requests.length === 1, { what: 'the first request' });
    controller.abort(new DOMException('a minute is over', 'TimeoutError'));
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'REGISTRY_TIMEOUT', retryable: true } });
    }
    expect(server.requests).toHaveLength(1);
  });

  it('is not kept waiting by a pause of the registry when it gives up', async () => {
    const server = await serve(() => ({ status: 429, headers: { 'retry-after': '2' } }));
    const { reader } = openRegistry(server.url);
    const controller = new AbortController();
    const read = reader.readManifest('acme/app', { digest: DIGEST }, controller.signal);
    await waitFor(() => server.requests.length === 1, { what: 'the first request' });
    controller.abort(new Error('given up'));
    await expect(read).rejects.toThrow('given up');
    expect(server.requests).toHaveLength(1);
  });
});

describe('bytes that are not what was asked for', () => {
  const flipped = SAMPLE.text.replace('2,', '3,');

  it('B8: refuses a manifest of which one byte differs', async () => {
    const server = await serve(() => ({ ...SAMPLE.answer, body: flipped }));
    await expect(readSample(server)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('B8: refuses a blob of which one byte differs', async () => {
    const blob = { digest: digestOf(Buffer.from('good')), size: 4 };
    const server = await serve(() => ({ body: 'evil' }));
    await expect(openRegistry(server.url).reader.readBlob('acme/app', blob)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
  });

  it('B8: refuses a blob that is shorter than its manifest says', async () => {
    const blob = { digest: digestOf(Buffer.from('good')), size: 100 };
    const server = await serve(() => ({ body: 'goo' }));
    await expect(openRegistry(server.url).reader.readBlob('acme/app', blob)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
  });

  it('B8: refuses a manifest by tag whose header names another digest', async () => {
    const lie = { ...SAMPLE.answer, headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } };
    const server = await serve(() => lie);
    await expect(openRegistry(server.url).reader.readManifest('acme/app', { tag: '1' })).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
  });

  it('B8: believes the bytes and not the header of a manifest by digest', async () => {
    const lie = { ...SAMPLE.answer, headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } };
    const server = await serve(() => lie);
    expect(await readSample(server)).toMatchObject({ digest: DIGEST });
  });

  it('B9: names the digest of the bytes it got, whatever a tag that flips says next', async () => {
    const other = sampleManifest({ annotations: { other: 'image' } });
    let asked = 0;
    const server = await serve(() => (asked++ % 2 === 0 ? SAMPLE : other).answer);
    const { reader } = openRegistry(server.url);
    const first = await reader.readManifest('acme/app', { tag: '1' });
    const second = await reader.readManifest('acme/app', { tag: '1' });
    expect([first?.digest, second?.digest]).toEqual([SAMPLE.digest, other.digest]);
    expect(Buffer.from(second?.bytes ?? []).toString()).toBe(other.text);
  });

  it('says null of a blob that the registry itself does not have, and fails where something before it says so (P2)', async () => {
    const blob = { digest: DIGEST, size: 9 };
    const own = await serve(() => notFound('BLOB_UNKNOWN'));
    expect(await openRegistry(own.url).reader.readBlob('acme/app', blob)).toBeNull();
    const proxy = await serve(() => ({ status: 404, body: 'no such service' }));
    await expect(openRegistry(proxy.url).reader.readBlob('acme/app', blob)).rejects.toMatchObject({
      code: 'REGISTRY_ERROR',
      retryable: true,
    });
  });
});

describe('bodies without measure', () => {
  const limits = { manifestBytes: 1_000, retries: 0 };
  const exact = 'x'.repeat(1_000);
  const byTag = (server: HostileRegistry) =>
    openRegistry(server.url, { limits }).reader.readManifest('acme/app', { tag: '1' });

  it('B5: reads a body of exactly the limit', async () => {
    const server = await serve(() => ({ body: exact }));
    expect(await byTag(server)).toMatchObject({ digest: digestOf(Buffer.from(exact)) });
  });

  it.each<[string, Answer]>([
    ['one byte over the limit', { body: `${exact}x` }],
    ['ten times the limit', { body: exact.repeat(10) }],
    ['one byte over, without a length', { write: (response) => response.end(`${exact}x`) }],
    ['a length over the limit and nothing else', { headers: { 'content-length': '1000000' }, write: () => undefined }],
    ['a length beyond all numbers', { headers: { 'content-length': '9'.repeat(15) }, write: () => undefined }],
  ])('B5: refuses %s', async (_name, answer) => {
    const server = await serve(() => answer);
    await expect(byTag(server)).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_TOO_LARGE', retryable: false });
  });

  it('B5: calls a body that ends before its length a broken connection', async () => {
    const headers = { 'content-length': '500' };
    const server = await serve(() => ({
      headers,
      write: (response) => response.write('x', () => response.destroy()),
    }));
    await expect(byTag(server)).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
  });

  it('B5: closes the connection on an endless body instead of reading on', async () => {
    let sent = 0;
    const closed = Promise.withResolvers<number>();
    const chunk = Buffer.alloc(64 * 1024);
    const server = await serve(() => ({
      write(response) {
        const more = (): void => {
          while (!response.destroyed && response.write(chunk)) sent += chunk.length;
        };
        response.on('drain', more).on('close', () => closed.resolve(sent));
        more();
      },
    }));
    const read = openRegistry(server.url).reader.readManifest('acme/app', { tag: '1' });
    await expect(read).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_TOO_LARGE' });
    // 4 MiB is the limit; the rest is what the sockets of both sides hold.
    expect(await closed.promise).toBeLessThan(16 * 1024 * 1024);
  });

  it('B5: refuses a blob whose descriptor is over the limit without asking for it', async () => {
    const server = await serve(() => ({ body: 'x' }));
    const blob = { digest: DIGEST, size: 64 * 1024 * 1024 + 1 };
    await expect(openRegistry(server.url).reader.readBlob('acme/app', blob)).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_TOO_LARGE',
    });
    expect(server.requests).toEqual([]);
  });

  it('B5: refuses a blob that is longer than its descriptor', async () => {
    const server = await serve(() => ({ body: 'good and more' }));
    const blob = { digest: digestOf(Buffer.from('good')), size: 4 };
    await expect(openRegistry(server.url).reader.readBlob('acme/app', blob)).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_TOO_LARGE',
    });
  });

  it('B6: asks for no compression and refuses any, without unpacking it', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });
    const server = await serve(() => ({ headers: { 'content-encoding': 'gzip' }, body: bomb }));
    // Unpacked it would be over the limit: another code.
    await expect(openRegistry(server.url).reader.readManifest('acme/app', { tag: '1' })).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
    });
    expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  it.each(['br', 'deflate', 'gzip, gzip', 'x-unknown'])('B6, L5: refuses Content-Encoding %s', async (encoding) => {
    const server = await serve(() => ({ headers: { 'content-encoding': encoding }, body: 'x' }));
    await expect(byTag(server)).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID' });
  });

  it('B7: ends a body that only drips', async () => {
    const server = await serve(() => ({
      write(response) {
        const timer = setInterval(() => response.write('x'), 20);
        response.on('close', () => clearInterval(timer));
      },
    }));
    await expect(readSample(server, { limits: { requestMs: 200, retries: 0 } })).rejects.toMatchObject({
      code: 'REGISTRY_TIMEOUT',
      retryable: true,
    });
  });

  it('B7: ends a request that is never answered', async () => {
    const server = await startHostileRegistry(() => ({ hangs: true }));
    onTestFinished(() => server.stop());
    await expect(readSample(server, { limits: { requestMs: 200, retries: 0 } })).rejects.toMatchObject({
      code: 'REGISTRY_TIMEOUT',
    });
  });
});

describe('what manifests and lists may say', () => {
  it('B3: contacts nobody for the urls of a foreign layer', async () => {
    const elsewhere = await serve(() => ({ body: 'x' }));
    const layer = { mediaType: 'application/x', digest: DIGEST, size: 1, urls: [`${elsewhere.url}layer`] };
    const sample = sampleManifest({ layers: [layer] });
    const server = await serve(({ path }) => (path.includes('/manifests/') ? sample.answer : notFound('BLOB_UNKNOWN')));
    const { reader } = openRegistry(server.url);
    const manifest = await reader.readManifest('acme/app', { tag: '1' });
    const [found] = manifest?.layers ?? [];
    if (found === undefined) expect.fail('the layer was lost');
    expect(await reader.readBlob('acme/app', found)).toBeNull();
    expect(elsewhere.connections).toBe(0);
  });

  it('B10: calls a manifest nested a million deep unreadable', async () => {
    const text = `{"a":${'['.repeat(1_000_000)}`;
    const server = await serve(() => ({ headers: { 'content-type': OCI_MANIFEST }, body: text }));
    const manifest = await openRegistry(server.url).reader.readManifest('acme/app', { tag: '1' });
    expect(manifest).toMatchObject({ layers: [], unreadable: expect.stringContaining('nesting') });
  });

  it.each(['acme/../secret', 'ACME/app', 'acme/app?x=', 'acme//app', ''])(
    'A3: sends nothing for the repository %j',
    async (repository) => {
      const server = await serve(() => SAMPLE.answer);
      const { reader } = openRegistry(server.url);
      await expect(reader.readManifest(repository, { tag: '1' })).rejects.toMatchObject({ code: 'REFERENCE_INVALID' });
      expect(server.requests).toEqual([]);
    },
  );

  it.each(['../blobs/x', 'a b', 'a?b', ''])('A3: sends nothing for the tag %j', async (tag) => {
    const server = await serve(() => SAMPLE.answer);
    const { reader } = openRegistry(server.url);
    await expect(reader.readManifest('acme/app', { tag })).rejects.toMatchObject({ code: 'REFERENCE_INVALID' });
    expect(server.requests).toEqual([]);
  });
});

describe('a registry that wants to be asked less', () => {
  it('B12: waits out a short Retry-After and goes on', async () => {
    let asked = 0;
    const server = await serve(() =>
      asked++ === 0 ? refusal(429, 'TOOMANYREQUESTS', { 'retry-after': '0' }) : SAMPLE.answer,
    );
    expect(await readSample(server)).toMatchObject({ digest: DIGEST });
    expect(asked).toBe(2);
  });

  it('B12: does not wait for a long one, says how long it is, and leaves the whole registry alone meanwhile', async () => {
    const server = await serve(() => ({ status: 429, headers: { 'retry-after': '120' } }));
    const { reader } = openRegistry(server.url);
    const limited = { code: 'REGISTRY_RATE_LIMITED', retryable: true };
    const fault = await reader.readManifest('acme/app', { digest: DIGEST }).catch((error: unknown) => error);
    expect(fault).toMatchObject(limited);
    expect(fault).toHaveProperty('retryAfterMs', expect.closeTo(135_000, -5));
    await expect(reader.listReferrers('acme/other', DIGEST)).rejects.toMatchObject(limited);
    expect(server.requests).toHaveLength(1);
  });

  it('B12: takes 503 with Retry-After and 403 TOOMANYREQUESTS for the same', async () => {
    for (const answer of [{ status: 503, headers: { 'retry-after': '120' } }, refusal(403, 'TOOMANYREQUESTS')]) {
      const server = await serve(() => answer);
      await expect(readSample(server, { limits: { retries: 0 } })).rejects.toMatchObject({
        code: 'REGISTRY_RATE_LIMITED',
      });
    }
  });

  it('B12: makes of 429 to every third request neither an absence nor a fault', async () => {
    // Mixed up, but the same in every run: strictly every third could meet the same request again and again.
    let state = 1;
    const isRefused = (): boolean => {
      state = (state * 48_271) % 0x7fff_ffff;
      return state % 3 === 0;
    };
    const busy = { status: 429, headers: { 'retry-after': '0' } };
    const server = await serve(() => (isRefused() ? busy : SAMPLE.answer));
    const { reader } = openRegistry(server.url, { limits: { retries: 20 } });
    const reads = Array.from({ length: 60 }, () => reader.readManifest('acme/app', { digest: DIGEST }));
    const found = await Promise.all(reads);
    expect(found.every((manifest) => manifest?.digest === DIGEST)).toBe(true);
  });
});

describe('pages of referrers', () => {
  const digests = Array.from({ length: 1_200 }, (_, n) => digestOf(Buffer.from(String(n))));
  const page = (from: number, to: number, link?: string): Answer => ({
    headers: { 'content-type': 'application/vnd.oci.image.index.v1+json', ...(link !== undefined && { link }) },
    body: JSON.stringify({
      schemaVersion: 2,
      manifests: digests.slice(from, to).map((digest) => ({ mediaType: OCI_MANIFEST, digest, size: 10 })),
    }),
  });
  const at = (path: string): number => Number(new URL(path, 'http://x').searchParams.get('page') ?? 0);
  const list = (server: HostileRegistry) => openRegistry(server.url).reader.listReferrers('acme/app', DIGEST);
  const unfiltered = ({ requests }: HostileRegistry) => requests.filter(({ path }) => !path.includes('artifactType'));
  const next = (n: number): string => `</v2/acme/app/referrers/${DIGEST}?page=${n}>; rel="next"`;

  it('B4: finds what lies on the second page', async () => {
    const server = await serve(({ path }) => (at(path) === 0 ? page(0, 2, next(1)) : page(2, 3)));
    expect(await list(server)).toEqual({
      kind: 'listed',
      descriptors: digests.slice(0, 3).map((digest) => ({ mediaType: OCI_MANIFEST, digest, size: 10 })),
    });
  });

  it('B4: stops at fifty pages and says so', async () => {
    const server = await serve(({ path }) => page(at(path), at(path) + 1, next(at(path) + 1)));
    expect(await list(server)).toMatchObject({ cutShort: expect.stringContaining('50 pages') });
    expect(unfiltered(server)).toHaveLength(50);
  });

  it('B4, L4: follows the list no further behind so many descriptors, says so, and keeps what it has read', async () => {
    const server = await serve(({ path }) => page(0, 1_200, next(at(path) + 1)));
    const answer = await list(server);
    expect(answer).toMatchObject({ cutShort: expect.stringContaining('more than 20000 artifacts') });
    expect(answer.kind === 'listed' && answer.descriptors.length).toBe(20_400);
    expect(unfiltered(server)).toHaveLength(17);
  });

  it('B4: follows the list no further behind so many bytes', async () => {
    const answers = [page(0, 2, next(1)), page(2, 4, next(2)), page(4, 6)];
    const server = await serve(({ path }) => answers[at(path)] ?? notFound('NAME_UNKNOWN'));
    const { reader } = openRegistry(server.url, { limits: { referrerListBytes: 300 } });
    const answer = await reader.listReferrers('acme/app', DIGEST);
    expect(answer).toMatchObject({ cutShort: expect.stringContaining('more than 300 bytes') });
    expect(answer.kind === 'listed' && answer.descriptors.length).toBeLessThan(6);
  });

  describe('of which there are too many', () => {
    const FEW = { referrerDescriptors: 1_000 };
    const isAsked = (path: string) => new URL(path, 'http://x').searchParams.get('artifactType') === BUNDLE_V03;
    const filtered = (answer: Answer): Answer => ({
      ...answer,
      headers: { ...answer.headers, 'OCI-Filters-Applied': 'artifactType' },
    });
    const digestsOf = (answer: Awaited<ReturnType<typeof list>>) =>
      answer.kind === 'listed' ? answer.descriptors.map(({ digest }) => digest) : [];

    it.each<[string, Answer]>([
      ['entries', page(0, 1_100)],
      ['bytes', { body: ' '.repeat(4 * 1024 * 1024 + 1) }],
      ['values', { body: `{"manifests":[${'0,'.repeat(100_000)}0]}` }],
    ])('C9: asks besides for those that say they hold bundles: too many %s', async (_, answer) => {
      const server = await serve(({ path }) => (isAsked(path) ? filtered(page(1_150, 1_152)) : answer));
      const { reader } = openRegistry(server.url, { limits: FEW });
      const found = await reader.listReferrers('acme/app', DIGEST);
      expect(digestsOf(found)).toEqual(expect.arrayContaining(digests.slice(1_150, 1_152)));
      expect(found).toHaveProperty('cutShort');
    });

    it.each<[string, Answer]>([
      ['does not filter', page(1_150, 1_152)],
      ['does not know how', { status: 400, body: '{"errors":[{"code":"UNSUPPORTED"}]}' }],
      ['fails', { status: 500 }],
    ])('says no more than before where the registry %s', async (_, answer) => {
      const server = await serve(({ path }) => (isAsked(path) ? answer : page(0, 1_100)));
      const { reader } = openRegistry(server.url, { limits: { ...FEW, retries: 0 } });
      const found = await reader.listReferrers('acme/app', DIGEST);
      expect(digestsOf(found)).toEqual(digests.slice(0, 1_100));
      expect(found).toHaveProperty('cutShort');
    });

    it('asks only once where the list is whole', async () => {
      const server = await serve(() => page(0, 1_000));
      expect(await list(server)).not.toHaveProperty('cutShort');
      expect(server.requests).toHaveLength(1);
    });
  });

  it.each<[string, string]>([
    ['over 4 MiB', ' '.repeat(4 * 1024 * 1024 + 1)],
    ['nested a hundred thousand deep', '['.repeat(100_000)],
    ['of more values than any list has', `{"manifests":[${'0,'.repeat(100_000)}0]}`],
  ])('B4: says of a page %s that the look was cut short, and keeps the pages before', async (_name, body) => {
    const server = await serve(({ path }) => (at(path) === 0 ? page(0, 2, next(1)) : { body }));
    const answer = await list(server);
    expect(answer).toMatchObject({ kind: 'listed', cutShort: expect.stringContaining('over the limits') });
    expect(answer.kind === 'listed' && answer.descriptors.map(({ digest }) => digest)).toEqual(digests.slice(0, 2));
  });

  it('B4: ends where a page links to itself or to one before', async () => {
    const self = await serve(({ path }) => page(0, 1, `<${path}>; rel="next"`));
    expect(await list(self)).toMatchObject({ cutShort: expect.stringContaining('circle') });
    expect(unfiltered(self)).toHaveLength(1);
    const circle = await serve(({ path }) => page(0, 1, next(at(path) === 0 ? 1 : 0)));
    await list(circle);
    expect(unfiltered(circle).length).toBeLessThanOrEqual(3);
  });

  it('B4: follows no link to another host, port or path, and calls the list incomplete', async () => {
    const elsewhere = await serve(() => page(0, 1));
    const links = [
      `${elsewhere.url}v2/acme/app/referrers/${DIGEST}`,
      '/v2/acme/other/referrers/x',
      '/token',
      '//evil.test/',
      'http://[',
    ];
    for (const link of links) {
      const server = await serve(() => page(0, 1, `<${link}>; rel="next"`));
      const answer = await list(server);
      expect(answer).toMatchObject({
        descriptors: [{ digest: digests[0] }],
        fault: { code: 'REGISTRY_RESPONSE_INVALID', message: expect.stringContaining(link.replace(/^\/(?!\/)/, '')) },
      });
      expect(server.requests).toHaveLength(1);
    }
    expect(elsewhere.connections).toBe(0);
  });

  it('calls a list whose second page fails incomplete, and keeps the first', async () => {
    const server = await serve(({ path }) => (at(path) === 0 ? page(0, 1, next(1)) : notFound('NAME_UNKNOWN')));
    expect(await list(server)).toMatchObject({ descriptors: [{ digest: digests[0] }], fault: { name: 'FaultError' } });
  });

  it('could not tell where the first page holds nothing and the second fails', async () => {
    const server = await serve(({ path }) => (at(path) === 0 ? page(0, 0, next(1)) : notFound('NAME_UNKNOWN')));
    await expect(list(server)).rejects.toMatchObject({ name: 'FaultError' });
  });

  it('takes `null` for an empty list, as some registries write it', async () => {
    const server = await serve(() => ({ body: '{"schemaVersion":2,"manifests":null}' }));
    expect(await list(server)).toEqual({ kind: 'listed', descriptors: [] });
  });

  it.each<[string, Answer]>([
    ['an index with a status that says it is none', { ...page(0, 1), status: 206 }],
    ['an index of something else than a list', { body: '{"manifests":{}}' }],
    ['a list without an index', { body: '[]' }],
    ['no JSON', { body: '<html>' }],
    ['an index without manifests', { body: '{"schemaVersion":2}' }],
    ['a list that was filtered unasked', { ...page(0, 1), headers: { 'OCI-Filters-Applied': 'artifactType' } }],
  ])('calls %s a fault and not an empty list', async (_name, answer) => {
    const server = await serve(() => answer);
    await expect(list(server)).rejects.toMatchObject({ name: 'FaultError' });
  });

  it.each([[500], [503], [401], [403], [429], [400]])('B12: calls a %i no missing API', async (status) => {
    const server = await serve(() => ({ status, headers: { 'retry-after': '0' } }));
    const { reader } = openRegistry(server.url, { limits: { retries: 0 } });
    await expect(reader.listReferrers('acme/app', DIGEST)).rejects.toMatchObject({ name: 'FaultError' });
  });

  it.each([
    [400, 'NAME_INVALID'],
    [400, 'MANIFEST_INVALID'],
    [406, 'UNKNOWN'],
  ])('takes a %i %s of the registry itself for a missing API, as other clients do', async (status, code) => {
    const answer = { status, body: JSON.stringify({ errors: [{ code }] }) };
    const server = await serve(() => answer);
    expect(await list(server)).toEqual({ kind: 'unsupported' });
  });

  it.each([['TOOMANYREQUESTS'], ['DENIED'], ['UNAUTHORIZED']])('calls a 400 %s no missing API', async (code) => {
    const server = await serve(() => ({ status: 400, body: JSON.stringify({ errors: [{ code }] }) }));
    const { reader } = openRegistry(server.url, { limits: { retries: 0, pauseMs: 0 } });
    await expect(reader.listReferrers('acme/app', DIGEST)).rejects.toMatchObject({ name: 'FaultError' });
  });

  it('remembers that a registry has no such API, but not what something in front of it says', async () => {
    const version = { 'Docker-Distribution-Api-Version': 'registry/2.0' };
    const registry = await serve(() => ({ status: 404, headers: version, body: '404 page not found' }));
    const proxy = await serve(() => ({ status: 404, body: '404 page not found' }));
    const unknown = await serve(() => notFound('NAME_UNKNOWN'));
    for (const [server, requests] of [
      [registry, 1],
      [proxy, 2],
      [unknown, 2],
    ] as const) {
      const { reader } = openRegistry(server.url);
      expect(await reader.listReferrers('acme/app', DIGEST)).toEqual({ kind: 'unsupported' });
      expect(await reader.listReferrers('acme/app', DIGEST)).toEqual({ kind: 'unsupported' });
      expect(server.requests).toHaveLength(requests);
    }
  });

  it('leaves out entries whose digest is none', async () => {
    const manifests = [{ digest: 'sha256:x', size: 1 }, { mediaType: OCI_MANIFEST, digest: DIGEST, size: 1 }, null];
    const server = await serve(() => ({ body: JSON.stringify({ manifests }) }));
    const answer = await list(server);
    const digest: Digest | undefined = parseDigest(DIGEST);
    expect(answer).toEqual({ kind: 'listed', descriptors: [{ mediaType: OCI_MANIFEST, digest, size: 1 }] });
  });
});
