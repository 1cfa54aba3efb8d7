import { describe, expect, it, onTestFinished } from 'vitest';
import type { Digest } from '../../../src/domain/digest.ts';
import { collectEvidence } from '../../../src/evidence/collect-evidence.ts';
import { readManifestKind } from '../../../src/evidence/read-manifest-kind.ts';
import type { PushTarget } from '../../support/oci-push.ts';
import { openRegistry } from '../../support/open-registry.ts';
import { describeWithPart } from '../../support/parts.ts';
import {
  fallbackTag,
  pushCosignAttestation,
  pushCosignSignature,
  pushFallbackReferrer,
  pushImage,
  pushReferrer,
} from '../../support/push-image.ts';
import { startDistribution } from '../../support/servers/distribution.ts';
import { startOlareg } from '../../support/servers/olareg.ts';
import { COSIGN_SIGN, createSigstoreWorld } from '../../support/sigstore-world.ts';

const REPOSITORY = 'acme/app';
const WORLD = createSigstoreWorld();

async function open(start: () => Promise<{ readonly url: string; stop(): Promise<void> }>) {
  const server = await start();
  onTestFinished(() => server.stop());
  return { url: server.url, registry: openRegistry(server.url) };
}

function cosignLayer({ bytes, annotations }: ReturnType<typeof WORLD.cosignSignature>) {
  return { payload: bytes, annotations };
}

async function pushLegacy(url: PushTarget, digest: Digest) {
  const identity = WORLD.mintGithub();
  const signature = cosignLayer(WORLD.cosignSignature({ digest, identity }));
  const attestation = cosignLayer(WORLD.cosignAttestation({ digest, identity, predicateType: COSIGN_SIGN }));
  const sig = await pushCosignSignature(url, REPOSITORY, digest, [signature]);
  const att = await pushCosignAttestation(url, REPOSITORY, digest, [attestation]);
  return { sig, att };
}

const cases = [
  {
    name: 'distribution',
    part: 'registry',
    start: startDistribution,
    place: 'fallback-tag',
    push: pushFallbackReferrer,
    absent: 5,
  },
  { name: 'olareg', part: 'olareg', start: startOlareg, place: 'referrer', push: pushReferrer, signed: 3, absent: 4 },
] as const;

for (const { name, part, start, place, push, absent } of cases) {
  describeWithPart(part, `evidence in ${name}`, () => {
    it('is found in every place, with the bytes that were pushed', async () => {
      const { url, registry } = await open(start);
      const image = await pushImage(url, REPOSITORY, 'v1');
      const bundle = WORLD.attestProvenance({ digest: image.digest, identity: WORLD.mintGithub() });
      await push(url, REPOSITORY, image, bundle);
      await pushLegacy(url, image.digest);
      const { reader } = registry;
      const found = await collectEvidence({ reader, repository: REPOSITORY, digest: image.digest });
      expect(found.cutShort).toBeUndefined();
      expect(found.items.map((item) => item.place).toSorted()).toEqual(
        ['attestation-tag', place, 'signature-tag'].toSorted(),
      );
      const [item] = found.items.filter(({ kind }) => kind === 'bundle');
      expect(item && 'bytes' in item && Buffer.from(item.bytes).equals(bundle)).toBe(true);
    });

    it(`G4: takes 4 requests when a first bundle is enough, and ${absent} to prove absence`, async () => {
      const { url, registry } = await open(start);
      const { reader, sent } = registry;
      const look = async (digest: Digest) => {
        const before = sent.length;
        await reader.readManifest(REPOSITORY, { digest });
        const isEnough = ({ items }: { items: readonly unknown[] }) => items.length > 0;
        await collectEvidence({ reader, repository: REPOSITORY, digest, isEnough });
        return sent.length - before;
      };
      const unsigned = await pushImage(url, REPOSITORY, 'v0');
      expect(await look(unsigned.digest)).toBe(absent);
      const image = await pushImage(url, REPOSITORY, 'v1');
      await push(url, REPOSITORY, image, '{"bundle":1}');
      // By now it is known which of the two ways the registry has.
      expect(await look(image.digest)).toBe(4);
    });

    it('is told from an image when it is pushed', async () => {
      const { url, registry } = await open(start);
      const { reader } = registry;
      const image = await pushImage(url, REPOSITORY, 'v1');
      const { sig, att } = await pushLegacy(url, image.digest);
      const referrer = await pushReferrer(url, REPOSITORY, image, '{"bundle":1}');
      const { index } = await pushFallbackReferrer(url, REPOSITORY, image, '{"bundle":2}');
      const fake = await pushImage(url, REPOSITORY, `${fallbackTag(referrer.digest)}.sig`, { subject: image });
      const read = async (digest: Digest, tag?: string) => {
        const manifest = await reader.readManifest(REPOSITORY, { digest });
        if (manifest === null) throw new Error(`${digest} is not there`);
        return readManifestKind({ reader, repository: REPOSITORY, manifest, ...(tag !== undefined && { tag }) });
      };
      for (const { digest } of [sig, att, referrer, index]) {
        expect(await read(digest)).toEqual({ kind: 'evidence', of: [image.digest] });
      }
      expect(await read(image.digest, 'v1')).toEqual({ kind: 'image' });
      expect(await read(fake.digest, `${fallbackTag(referrer.digest)}.sig`)).toEqual({ kind: 'image' });
    });
  });
}

describeWithPart('olareg', 'C9: spam in olareg', () => {
  it('does not hide one bundle behind more artifacts than a list may have', async () => {
    const { url } = await open(startOlareg);
    const image = await pushImage(url, REPOSITORY, 'v1');
    const spam = async (count: number) => {
      for (let n = 0; n < count; n++) {
        const annotations = { 'org.example.spam': `${n} of ${count}` };
        await pushReferrer(url, REPOSITORY, image, 'spam', { mediaType: 'application/vnd.example.spam', annotations });
      }
    };
    // Behind the limit, whichever end the registry begins at.
    await spam(30);
    await pushReferrer(url, REPOSITORY, image, '{"bundle":1}');
    await spam(31);
    const { reader } = openRegistry(url, { limits: { referrerDescriptors: 20 } });
    const isEnough = ({ items }: { items: readonly unknown[] }) => items.length > 0;
    const found = await collectEvidence({ reader, repository: REPOSITORY, digest: image.digest, isEnough });
    expect(found.items).toMatchObject([{ kind: 'bundle', place: 'referrer' }]);
    expect(found.cutShort).toContain('refer to the image');
  });
});

describe('silence', () => {
  it('is a fault: a registry that is gone says nothing about evidence', async () => {
    const { reader } = openRegistry('http://127.0.0.1:9');
    const digest = `sha256:${'ab'.repeat(32)}` as Digest;
    await expect(collectEvidence({ reader, repository: REPOSITORY, digest })).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
    });
  });
});
