import { expect, it, onTestFinished } from 'vitest';
import { markNames } from '../../../src/domain/tag-template.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { applyQuarantine, type QuarantineRequest } from '../../../src/quarantine/apply-quarantine.ts';
import { applyRelease } from '../../../src/quarantine/apply-release.ts';
import { removeFalseMark, restoreMark } from '../../../src/quarantine/apply-undo.ts';
import { noMarkArtifact, RELEASED_ARTIFACT_TYPE, releasedArtifact } from '../../../src/quarantine/released-artifact.ts';
import { NAMESAKE_BLOBS, NAMESAKES } from '../../support/namesakes.ts';
import { listTags, type Pushed, pullDigest, pullManifest, pushBlob, pushManifest } from '../../support/oci-push.ts';
import { openRegistry, type TestRegistry } from '../../support/open-registry.ts';
import { describeWithPart } from '../../support/parts.ts';
import { IMAGE_CONFIG, LAYER_TAR_GZIP, pushImage, pushIndex } from '../../support/push-image.ts';
import { startDistribution } from '../../support/servers/distribution.ts';
import { startOlareg } from '../../support/servers/olareg.ts';

const REPOSITORY = 'acme/app';

async function open(start: () => Promise<{ readonly url: string; stop(): Promise<void> }>) {
  const server = await start();
  onTestFinished(() => server.stop());
  return { url: server.url, registry: openRegistry(server.url, { writeCredentials: { kind: 'none' } }) };
}

type Mark = QuarantineRequest & { readonly tag: string };

function markOf({ reader, writer }: TestRegistry, image: Pushed, template = 'quarantined-{digest}'): Mark {
  if (writer === undefined) throw new Error('this registry was opened without a writer');
  const names = markNames(template, image.digest);
  const subject = { repository: REPOSITORY, digest: image.digest };
  return { reader, writer, subject, names, tag: names[0] ?? '', isAnothers: async () => false };
}

describeWithPart('olareg', 'a registry that deletes tags', () => {
  it('gets our tag and loses it again, and the image keeps its own', async () => {
    const { url, registry } = await open(startOlareg);
    const image = await pushImage(url, REPOSITORY, 'v1');
    const mark = markOf(registry, image);
    await applyQuarantine(mark);
    await applyQuarantine(mark);
    expect(await listTags(url, REPOSITORY)).toEqual([mark.tag, 'v1'].toSorted());
    expect(await pullDigest(url, REPOSITORY, mark.tag)).toBe(image.digest);
    expect(await applyRelease(mark)).toMatchObject({ result: 'untagged' });
    expect(await listTags(url, REPOSITORY)).toEqual(['v1']);
    expect(await pullDigest(url, REPOSITORY, image.digest)).toBe(image.digest);
    expect(await applyRelease(mark)).toMatchObject({ result: 'tag-absent' });
  });

  it('makes a mark with a look at the tag, one at the image, and one PUT; and the same again with one look', async () => {
    const { url, registry } = await open(startOlareg);
    const image = await pushImage(url, REPOSITORY, 'v1');
    await applyQuarantine(markOf(registry, image));
    expect(registry.sent).toEqual(['GET 404', 'GET 200', 'PUT 201']);
    await applyQuarantine(markOf(registry, image));
    expect(registry.sent.slice(3)).toEqual(['GET 200']);
  });
});

describeWithPart(['olareg', 'registry'], 'P4: another image under our mark, in a registry that', () => {
  it.each([
    ['deletes tags', startOlareg, 'untagged'],
    ['deletes none', startDistribution, 'marked-nothing'],
  ] as const)('%s: the mark is put back, and comes off what it does not mark', async (_, start, off) => {
    const { url, registry } = await open(start);
    const [bad, good] = [await pushImage(url, REPOSITORY, 'v1'), await pushImage(url, REPOSITORY, 'v2')];
    const { tag, reader, writer } = markOf(registry, bad);
    const request = { reader, writer, repository: REPOSITORY, tag, signal: AbortSignal.timeout(30_000) };
    await writer.putTag(REPOSITORY, tag, {
      ...good,
      bytes: (await pullManifest(url, REPOSITORY, 'v2')) ?? Buffer.of(),
    });
    expect(await restoreMark(request, bad.digest)).toBe('put-back');
    expect(await pullDigest(url, REPOSITORY, tag)).toBe(bad.digest);
    expect(await removeFalseMark(request)).toBe(off);
    expect(await pullDigest(url, REPOSITORY, tag)).toBe(off === 'untagged' ? null : noMarkArtifact().digest);
    expect(await pullDigest(url, REPOSITORY, 'v1')).toBe(bad.digest);
    expect(await pullDigest(url, REPOSITORY, 'v2')).toBe(good.digest);
    expect((await applyQuarantine(markOf(registry, bad))).result).toBe('tagged');
    expect(await pullDigest(url, REPOSITORY, tag)).toBe(bad.digest);
  });

  it.each([
    ['deletes tags', startOlareg],
    ['deletes none', startDistribution],
  ] as const)('%s: two that share a short name have a mark each', async (_, start) => {
    const { url, registry } = await open(start);
    const types = [IMAGE_CONFIG, LAYER_TAR_GZIP];
    for (const [at, text] of NAMESAKE_BLOBS.entries()) {
      await pushBlob(url, REPOSITORY, Buffer.from(text), types[at] ?? '');
    }
    const template = 'quarantined-{digest12}';
    const ends = [];
    for (const { bytes, mediaType } of NAMESAKES) {
      const pushed = await pushManifest(url, REPOSITORY, null, JSON.parse(String(bytes)), mediaType);
      ends.push((await applyQuarantine(markOf(registry, pushed, template))).mark.tag ?? '');
    }
    expect(await Promise.all(ends.map((tag) => pullDigest(url, REPOSITORY, tag)))).toEqual(
      NAMESAKES.map(({ digest }) => digest),
    );
  });
});

describeWithPart('registry', 'a registry that deletes no tags', () => {
  it('keeps our tag after a release, pointing to an artifact that says "released"', async () => {
    const { url, registry } = await open(startDistribution);
    const image = await pushImage(url, REPOSITORY, 'v1');
    const mark = markOf(registry, image);
    await applyQuarantine(mark);
    expect(await pullDigest(url, REPOSITORY, mark.tag)).toBe(image.digest);
    const artifact = releasedArtifact(image.digest).digest;
    const released = { mark: 'released', tag: mark.tag, releasedArtifact: artifact };
    expect(await applyRelease(mark)).toEqual({ result: 'marked-released', mark: released });
    expect(await applyRelease(mark)).toEqual({ result: 'marked-released', mark: released });
    expect(await pullDigest(url, REPOSITORY, mark.tag)).toBe(artifact);
    const stored = JSON.parse(String(await pullManifest(url, REPOSITORY, mark.tag)));
    expect(stored).toMatchObject({ artifactType: RELEASED_ARTIFACT_TYPE });
    expect(await pullDigest(url, REPOSITORY, 'v1')).toBe(image.digest);
  });

  it('marks an image again after that', async () => {
    const { url, registry } = await open(startDistribution);
    const image = await pushImage(url, REPOSITORY, 'v1');
    const mark = markOf(registry, image);
    await applyQuarantine(mark);
    await applyRelease(mark);
    await applyQuarantine(mark);
    expect(await pullDigest(url, REPOSITORY, mark.tag)).toBe(image.digest);
  });

  it('marks an index as it is', async () => {
    const { url, registry } = await open(startDistribution);
    const children = [await pushImage(url, REPOSITORY, null), await pushImage(url, REPOSITORY, null)];
    const index = await pushIndex(url, REPOSITORY, 'v1', children);
    const mark = markOf(registry, index);
    await applyQuarantine(mark);
    expect(await pullDigest(url, REPOSITORY, mark.tag)).toBe(index.digest);
  });

  it('refuses a mark without rights to write, and says so', async () => {
    const { url } = await open(() => startDistribution({ basicAuth: true }));
    const registry = openRegistry(url, {
      writeCredentials: { kind: 'basic', username: 'writer', password: new Secret('wrong') },
    });
    const { writer } = registry;
    const image = { digest: releasedArtifact('sha256:00' as Pushed['digest']).digest };
    const bytes = Buffer.from('{}');
    const putting = writer?.putTag(REPOSITORY, 'quarantined-000000000000', { bytes, mediaType: 'x/y', ...image });
    await expect(putting).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED', retryable: expect.any(Boolean) });
  });
});
