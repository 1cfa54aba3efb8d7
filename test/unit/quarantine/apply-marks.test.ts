import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Digest, digestOf, shortDigest } from '../../../src/domain/digest.ts';
import { markNames, markTag } from '../../../src/domain/tag-template.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { applyQuarantine, type QuarantineRequest } from '../../../src/quarantine/apply-quarantine.ts';
import { applyRelease } from '../../../src/quarantine/apply-release.ts';
import { releasedArtifact } from '../../../src/quarantine/released-artifact.ts';
import { putImage, putIndex, REPOSITORY } from '../../support/memory-artifacts.ts';
import { createMemoryRegistry, type MemoryRegistry, type StoredManifest } from '../../support/memory-registry.ts';
import { NAMESAKE_BLOBS, NAMESAKES } from '../../support/namesakes.ts';

const tagOf = (image: StoredManifest) => markTag('quarantined-{digest}', image.digest);
const SHORT = 'quarantined-{digest12}';

function markOf(
  registry: MemoryRegistry,
  image: StoredManifest,
  over: Partial<QuarantineRequest> = {},
): QuarantineRequest {
  const { reader, writer } = registry;
  const subject = { repository: REPOSITORY, digest: image.digest };
  const names = markNames('quarantined-{digest}', image.digest);
  return { reader, writer, subject, names, isAnothers: async () => false, ...over };
}

const writes = (registry: MemoryRegistry) => registry.requests.filter((line) => !line.startsWith('GET'));

describe('quarantine', () => {
  it('puts our tag beside the others, in three requests: the tag is read before it is written', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry, { tag: 'v1' });
    expect(await applyQuarantine(markOf(registry, image))).toEqual({
      result: 'tagged',
      mark: { mark: 'quarantined', tag: tagOf(image), releasedArtifact: null },
    });
    expect(registry.tags(REPOSITORY)).toEqual({ v1: image.digest, [tagOf(image)]: image.digest });
    expect(registry.requests).toEqual([
      `GET ${REPOSITORY} manifests/${tagOf(image)}`,
      `GET ${REPOSITORY} manifests/${image.digest}`,
      `PUT ${REPOSITORY} manifests/${tagOf(image)}`,
    ]);
  });

  it('changes nothing when it is done again', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry, { tag: 'v1' });
    await applyQuarantine(markOf(registry, image));
    const before = registry.tags(REPOSITORY);
    registry.clearRequests();
    expect((await applyQuarantine(markOf(registry, image))).result).toBe('tagged');
    expect(registry.tags(REPOSITORY)).toEqual(before);
    expect(registry.requests).toEqual([`GET ${REPOSITORY} manifests/${tagOf(image)}`]);
  });

  it('E3: gives two failing images of a repository a mark each', async () => {
    const registry = createMemoryRegistry();
    const images = [putImage(registry), putImage(registry)];
    for (const image of images) await applyQuarantine(markOf(registry, image));
    expect(Object.values(registry.tags(REPOSITORY)).toSorted()).toEqual(images.map((i) => i.digest).toSorted());
  });

  it('marks an index, and leaves its children alone', async () => {
    const registry = createMemoryRegistry();
    const index = putIndex(registry, [putImage(registry), putImage(registry)], 'v1');
    await applyQuarantine(markOf(registry, index));
    expect(registry.tags(REPOSITORY)).toEqual({ v1: index.digest, [tagOf(index)]: index.digest });
  });

  it('has nothing to mark when the image is gone', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    registry.removeManifest(image.digest);
    expect((await applyQuarantine(markOf(registry, image))).result).toBe('subject-gone');
    expect(writes(registry)).toEqual([]);
  });

  it('E1: writes nothing when the registry sends other bytes than the digest says', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const reader = {
      ...registry.reader,
      readManifest: async () => ({
        digest: image.digest,
        mediaType: image.mediaType,
        bytes: Buffer.from('{"other":1}'),
        layers: [],
        manifests: [],
        annotations: {},
      }),
    };
    await expect(applyQuarantine(markOf(registry, image, { reader }))).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
    expect(writes(registry)).toEqual([]);
  });

  it.each(['latest', 'quarantined-000000000000', '../v1', ''])(
    'E1: refuses the tag %j, which cannot be ours',
    async (tag) => {
      const registry = createMemoryRegistry();
      const image = putImage(registry, { tag: 'latest' });
      for (const apply of [applyQuarantine, applyRelease]) {
        await expect(apply(markOf(registry, image, { names: [tag, tagOf(image)] }))).rejects.toMatchObject({
          code: 'JOB_MALFORMED',
        });
      }
      expect(registry.requests).toEqual([]);
    },
  );

  it('passes on that the registry does not answer', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const fault = new FaultError('REGISTRY_ERROR', 'the registry answered 503', { retryable: true });
    registry.failOn('PUT', fault);
    await expect(applyQuarantine(markOf(registry, image))).rejects.toBe(fault);
  });
});

describe('E3, P4: a name that another image has', () => {
  /** Two images that share the twelve characters of the short name, and how each is marked by that template. */
  function twins() {
    const registry = createMemoryRegistry();
    for (const blob of NAMESAKE_BLOBS) registry.putBlob(blob);
    const [first, second] = NAMESAKES.map(({ bytes, mediaType }) => registry.putManifest(REPOSITORY, bytes, mediaType));
    if (first === undefined || second === undefined) throw new Error('there are two namesakes');
    const mark = (image: StoredManifest, over: Partial<QuarantineRequest> = {}) =>
      applyQuarantine(markOf(registry, image, { names: markNames(SHORT, image.digest), ...over }));
    return { registry, first, second, short: markTag(SHORT, first.digest), mark };
  }

  it('is never moved: the second of two that share the short one gets the longer', async () => {
    const { registry, first, second, short, mark } = twins();
    expect(await mark(first)).toMatchObject({ result: 'tagged', mark: { tag: short } });
    expect(await mark(second)).toMatchObject({ result: 'tagged-longer', mark: { tag: tagOf(second) } });
    expect(await mark(first)).toMatchObject({ result: 'tagged' });
    expect(registry.tags(REPOSITORY)).toEqual({ [short]: first.digest, [tagOf(second)]: second.digest });
  });

  it('by the record, for a write that is under way, is not written either', async () => {
    const { registry, second, short, mark } = twins();
    await mark(second, { isAnothers: async (tag) => tag === short });
    expect(registry.tags(REPOSITORY)).toEqual({ [tagOf(second)]: second.digest });
    expect(registry.requests.some((line) => line.endsWith(short))).toBe(false);
  });

  it('comes off with the others when the image is released, whichever of them it was given', async () => {
    const { registry, first, second, short, mark } = twins();
    await mark(first);
    await mark(second);
    const names = markNames(SHORT, second.digest);
    expect(await applyRelease(markOf(registry, second, { names }))).toMatchObject({ result: 'untagged' });
    expect(registry.tags(REPOSITORY)).toEqual({ [short]: first.digest });
  });

  it('is kept by nobody with something pushed under the whole digest: it is taken off, and then ours put there', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry, { tag: 'v1' });
    const other = putImage(registry, { tag: tagOf(image) });
    expect((await applyQuarantine(markOf(registry, image))).result).toBe('tagged-over');
    expect(registry.tags(REPOSITORY)).toEqual({ v1: image.digest, [tagOf(image)]: image.digest });
    expect(writes(registry)).toEqual(
      ['DELETE', 'PUT'].map((verb) => `${verb} ${REPOSITORY} manifests/${tagOf(image)}`),
    );
    expect(other.digest).not.toBe(image.digest);
  });

  it('nor with something too large to be read', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry, { tag: 'v1' });
    const tooLarge = new FaultError('REGISTRY_RESPONSE_TOO_LARGE', 'more than 4 MiB', { retryable: false });
    registry.failOn(`GET ${REPOSITORY} manifests/${tagOf(image)}`, tooLarge);
    expect((await applyQuarantine(markOf(registry, image))).result).toBe('tagged-over');
    expect(registry.tags(REPOSITORY)[tagOf(image)]).toBe(image.digest);
  });

  it('where the registry does not say what it points to, nothing is written', async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    const fault = new FaultError('REGISTRY_ERROR', 'the registry answered 503', { retryable: true });
    registry.failOn(`GET ${REPOSITORY} manifests/${tagOf(image)}`, fault);
    await expect(applyQuarantine(markOf(registry, image))).rejects.toBe(fault);
    expect(writes(registry)).toEqual([]);
  });
});

describe('release', () => {
  async function quarantined(options: { deletesTags: boolean }) {
    const registry = createMemoryRegistry(options);
    const image = putImage(registry, { tag: 'v1' });
    await applyQuarantine(markOf(registry, image));
    registry.clearRequests();
    return { registry, image };
  }

  it('deletes our tag, by its name and never by the digest', async () => {
    const { registry, image } = await quarantined({ deletesTags: true });
    expect(await applyRelease(markOf(registry, image))).toEqual({
      result: 'untagged',
      mark: { mark: 'released', tag: null, releasedArtifact: null },
    });
    expect(registry.tags(REPOSITORY)).toEqual({ v1: image.digest });
    expect(writes(registry)).toEqual([`DELETE ${REPOSITORY} manifests/${tagOf(image)}`]);
  });

  it('points our tag to the "released" artifact where tags cannot be deleted', async () => {
    const { registry, image } = await quarantined({ deletesTags: false });
    const artifact = releasedArtifact(image.digest).digest;
    expect(await applyRelease(markOf(registry, image))).toEqual({
      result: 'marked-released',
      mark: { mark: 'released', tag: tagOf(image), releasedArtifact: artifact },
    });
    expect(registry.tags(REPOSITORY)).toEqual({ v1: image.digest, [tagOf(image)]: artifact });
  });

  it.each([true, false])('I6: changes nothing when it is done again (tags can be deleted: %s)', async (deletesTags) => {
    const { registry, image } = await quarantined({ deletesTags });
    const first = await applyRelease(markOf(registry, image));
    const before = registry.tags(REPOSITORY);
    registry.clearRequests();
    const again = await applyRelease(markOf(registry, image));
    expect(again.result).toBe(deletesTags ? 'tag-absent' : 'marked-released');
    expect(again.mark).toEqual(first.mark);
    expect(registry.tags(REPOSITORY)).toEqual(before);
    expect(writes(registry)).toEqual([]);
  });

  it('I6: leaves our tag alone when somebody pointed it elsewhere', async () => {
    const { registry, image } = await quarantined({ deletesTags: true });
    const other = putImage(registry, { tag: tagOf(image) });
    expect((await applyRelease(markOf(registry, image))).result).toBe('tag-moved');
    expect(registry.tags(REPOSITORY)[tagOf(image)]).toBe(other.digest);
    expect(writes(registry)).toEqual([]);
  });

  it('can be followed by a quarantine again, over the "released" artifact', async () => {
    const { registry, image } = await quarantined({ deletesTags: false });
    await applyRelease(markOf(registry, image));
    await applyQuarantine(markOf(registry, image));
    expect(registry.tags(REPOSITORY)[tagOf(image)]).toBe(image.digest);
  });

  it('passes on that the registry does not answer, and leaves the mark as it was', async () => {
    const { registry, image } = await quarantined({ deletesTags: true });
    const fault = new FaultError('REGISTRY_ERROR', 'the registry answered 503', { retryable: true });
    registry.failOn('DELETE', fault);
    await expect(applyRelease(markOf(registry, image))).rejects.toBe(fault);
    expect(registry.tags(REPOSITORY)[tagOf(image)]).toBe(image.digest);
  });
});

it('E1: writes nothing but tags that carry the digest they mark, whatever a forged record asks for', async () => {
  const registry = createMemoryRegistry();
  const images = [putImage(registry, { tag: 'v1' }), putImage(registry, { tag: 'latest' })];
  const digest = fc.constantFrom<Digest[]>(...images.map((image) => image.digest), digestOf(Buffer.from('nowhere')));
  const tag = fc.oneof(
    fc.constantFrom('v1', 'latest', '', '..', ...images.map(tagOf), ...images.map((image) => image.digest)),
    fc.string({ unit: 'binary', maxLength: 140 }),
    fc.tuple(fc.string({ maxLength: 20 }), fc.constantFrom(...images)).map(([text, image]) => text + tagOf(image)),
  );
  const forged = fc.record({ digest, tag, apply: fc.constantFrom(applyQuarantine, applyRelease) });
  await fc.assert(
    fc.asyncProperty(forged, async (given) => {
      registry.clearRequests();
      const { reader, writer } = registry;
      const subject = { repository: REPOSITORY, digest: given.digest };
      const names = markNames('quarantined-{digest}', given.digest, given.tag);
      await given.apply({ reader, writer, subject, names, isAnothers: async () => false }).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'JOB_MALFORMED' });
      });
      for (const line of writes(registry)) expect(line).toContain(shortDigest(given.digest));
      expect(registry.tags(REPOSITORY)).toMatchObject({ v1: images[0]?.digest, latest: images[1]?.digest });
    }),
    { numRuns: 2_000 },
  );
});
