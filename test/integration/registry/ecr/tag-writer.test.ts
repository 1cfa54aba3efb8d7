import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { digestHex, digestOf } from '../../../../src/domain/digest.ts';
import { OCI_MANIFEST } from '../../../../src/domain/manifest.ts';
import type { TagWriter } from '../../../../src/ports/tag-writer.ts';
import { applyRelease } from '../../../../src/quarantine/apply-release.ts';
import { releasedArtifact } from '../../../../src/quarantine/released-artifact.ts';
import { pullManifest } from '../../../support/oci-push.ts';
import { openEcr } from '../../../support/open-ecr.ts';
import { describeWithPart } from '../../../support/parts.ts';
import { pushToEcr } from '../../../support/push-to-ecr.ts';
import { type Ecr, type EcrAnswer, startEcr } from '../../../support/servers/ecr.ts';

describeWithPart(
  ['moto', 'olareg'],
  'tags of ECR',
  () => {
    let ecr: Ecr;
    beforeAll(async () => {
      ecr = await startEcr();
    });
    afterEach(() => ecr.answer(() => undefined));
    afterAll(() => ecr.stop());

    function open(): TagWriter {
      const { writer } = openEcr(ecr, { writeCredentials: { kind: 'aws' }, limits: { retries: 0 } });
      if (writer === undefined) throw new Error('opened without a writer');
      return writer;
    }

    /** Every call of this action is answered so. */
    function answering(wanted: string, answer: EcrAnswer): void {
      ecr.answer((action) => (action === wanted ? answer : undefined));
    }

    const deletions = () => ecr.asked.filter((call) => call === 'BatchDeleteImage').length;
    const refusing = (name: string, message = ''): EcrAnswer => ({ status: 400, body: { __type: name, message } });
    const written = (image: { readonly manifest: Buffer; readonly digest: ReturnType<typeof digestOf> }) => ({
      bytes: image.manifest,
      digest: image.digest,
      mediaType: OCI_MANIFEST,
    });

    async function tagsOf(repository: string): Promise<unknown> {
      const { imageDetails } = await ecr.api('DescribeImages', { repositoryName: repository });
      return (imageDetails as { imageTags?: string[] }[]).map(({ imageTags }) => imageTags);
    }

    it('are written with account, bytes, media type and digest, and read back as they are', async () => {
      const image = await pushToEcr(ecr, 'acme/put', 'v1');
      const inputs: object[] = [];
      ecr.answer((action, input) => {
        if (action === 'PutImage') inputs.push(input);
        return undefined;
      });
      await open().putTag('acme/put', 'quarantined-1', written(image));
      expect(inputs).toEqual([
        {
          registryId: ecr.registryId,
          repositoryName: 'acme/put',
          imageTag: 'quarantined-1',
          imageManifest: image.manifest.toString(),
          imageManifestMediaType: OCI_MANIFEST,
          imageDigest: image.digest,
        },
      ]);
      expect(await pullManifest(ecr.content, 'acme/put', 'quarantined-1')).toEqual(image.manifest);
    });

    it.each(['ImageAlreadyExistsException', 'ImageTagAlreadyExistsException'])(
      'that are there already (%s) are a success where they lead to the image',
      async (name) => {
        const repository = `acme/again-${name.length}`;
        const image = await pushToEcr(ecr, repository, 'v1', 'quarantined-1');
        answering('PutImage', refusing(name));
        await open().putTag(repository, 'quarantined-1', written(image));
      },
    );

    it("that are immutable and another image's are refused, with the filter that lets Lazaret have its own", async () => {
      const image = await pushToEcr(ecr, 'acme/immutable', 'v1');
      const other = await pushToEcr(ecr, 'acme/immutable', 'quarantined-0123456789ab');
      answering('PutImage', refusing('ImageTagAlreadyExistsException'));
      await expect(open().putTag('acme/immutable', 'quarantined-0123456789ab', written(image))).rejects.toMatchObject({
        code: 'TAG_WRITE_REFUSED',
        retryable: false,
        remoteCode: 'ImageTagAlreadyExistsException',
        hint: expect.stringMatching(/IMMUTABLE_WITH_EXCLUSION .*filterType=WILDCARD,filter='quarantined-\*'/),
      });
      expect(await pullManifest(ecr.content, 'acme/immutable', 'quarantined-0123456789ab')).toEqual(other.manifest);
    });

    it('keep to the exclusion filter of a repository with immutable tags', async () => {
      await ecr.api('CreateRepository', {
        repositoryName: 'acme/excluded',
        imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
        imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'quarantined-*' }],
      });
      const [image, other] = [await pushToEcr(ecr, 'acme/excluded', 'v1'), await pushToEcr(ecr, 'acme/excluded', 'v2')];
      const writer = open();
      await writer.putTag('acme/excluded', 'quarantined-1', written(image));
      await writer.putTag('acme/excluded', 'quarantined-1', written(other));
      await expect(writer.putTag('acme/excluded', 'v1', written(other))).rejects.toMatchObject({
        code: 'TAG_WRITE_REFUSED',
      });
    });

    it.each([
      ['LimitExceededException', { code: 'TAG_WRITE_REFUSED', hint: expect.stringContaining('1,000 tags') }],
      ['LayersNotFoundException', { code: 'TAG_WRITE_REFUSED', hint: expect.stringContaining('lifecycle') }],
      ['ImageDigestDoesNotMatchException', { code: 'DIGEST_MISMATCH', retryable: true }],
      ['RepositoryNotFoundException', { code: 'REGISTRY_ERROR', hint: expect.stringContaining('eu-central-1') }],
    ])('say what %s means', async (name, fault) => {
      const image = await pushToEcr(ecr, 'acme/refused', 'v1');
      answering('PutImage', refusing(name));
      await expect(open().putTag('acme/refused', 'q', written(image))).rejects.toMatchObject(fault);
    });

    it('are not written for bytes that ECR cannot be sent whole', async () => {
      const bytes = Buffer.from([0x7b, 0xff, 0x7d]);
      const manifest = { bytes, digest: digestOf(bytes), mediaType: OCI_MANIFEST };
      await expect(open().putTag('acme/put', 'q', manifest)).rejects.toMatchObject({ code: 'TAG_WRITE_REFUSED' });
    });

    it('are deleted by name, and never the last of an image, which ECR would delete with it', async () => {
      const image = await pushToEcr(ecr, 'acme/last', 'v1', 'quarantined-1');
      const writer = open();
      expect(await writer.deleteTag('acme/last', 'quarantined-1')).toBe('deleted');
      expect(await writer.deleteTag('acme/last', 'quarantined-1')).toBe('absent');
      expect(await writer.deleteTag('acme/last', 'v1')).toBe('refused');
      expect(ecr.asked.at(-1)).toBe('DescribeImages');
      expect(await tagsOf('acme/last')).toEqual([['v1']]);
      expect(await pullManifest(ecr.content, 'acme/last', 'v1')).toEqual(image.manifest);
    });

    it('P13: end a release of an image without another tag at the "released" artifact: the image stays', async () => {
      const image = await pushToEcr(ecr, 'acme/released');
      const tag = `quarantined-${digestHex(image.digest)}`;
      await ecr.push('acme/released', tag, image.manifest, image.mediaType);
      const { reader, writer } = openEcr(ecr, { writeCredentials: { kind: 'aws' } });
      if (writer === undefined) throw new Error('opened without a writer');
      const subject = { registryId: 'test', repository: 'acme/released', digest: image.digest };
      const before = deletions();
      const end = await applyRelease({ reader, writer, subject, names: [tag] });
      expect(end.result).toBe('marked-released');
      const released = releasedArtifact(image.digest);
      expect(await pullManifest(ecr.content, 'acme/released', tag)).toEqual(Buffer.from(released.bytes));
      expect(await pullManifest(ecr.content, 'acme/released', image.digest)).toEqual(image.manifest);
      expect(deletions()).toBe(before);
    });

    it('whose deletion these credentials may not ask for are left, as where a registry deletes none', async () => {
      await pushToEcr(ecr, 'acme/kept', 'v1', 'quarantined-1');
      answering('BatchDeleteImage', refusing('AccessDeniedException'));
      expect(await open().deleteTag('acme/kept', 'quarantined-1')).toBe('refused');
    });

    it.each([
      ['ImageNotFound', 'absent'],
      ['KmsError', { code: 'REGISTRY_ERROR', remoteCode: 'KmsError' }],
    ] as const)('that were not deleted are read from the list of failures: %s', async (failureCode, end) => {
      await pushToEcr(ecr, 'acme/failures', 'v1', 'quarantined-1');
      const failures = [{ imageId: { imageTag: 'quarantined-1' }, failureCode }];
      answering('BatchDeleteImage', { status: 200, body: { imageIds: [], failures } });
      const deletion = open().deleteTag('acme/failures', 'quarantined-1');
      await (typeof end === 'string'
        ? expect(deletion).resolves.toBe(end)
        : expect(deletion).rejects.toMatchObject(end));
    });

    it('are put again after a lost answer, and deleted only once', async () => {
      const image = await pushToEcr(ecr, 'acme/lost', 'v1');
      const { writer } = openEcr(ecr, { writeCredentials: { kind: 'aws' } });
      const losing = (wanted: string): void => {
        let lost = false;
        ecr.answer(async (action) => {
          if (action !== wanted || lost) return undefined;
          lost = true;
          return { status: 503, body: { __type: 'ServiceUnavailable' } };
        });
      };
      losing('PutImage');
      await writer?.putTag('acme/lost', 'quarantined-1', written(image));
      losing('BatchDeleteImage');
      const before = deletions();
      await expect(writer?.deleteTag('acme/lost', 'quarantined-1')).rejects.toMatchObject({ retryable: true });
      expect(deletions()).toBe(before + 1);
    });
  },
  'native',
);
