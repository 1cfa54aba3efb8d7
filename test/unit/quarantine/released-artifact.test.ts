import { describe, expect, it } from 'vitest';
import { type Digest, digestOf, parseDigest } from '../../../src/domain/digest.ts';
import { emptyBlob, parseReleasedArtifact, releasedArtifact } from '../../../src/quarantine/released-artifact.ts';

const DIGEST = parseDigest(`sha256:${'ab'.repeat(32)}`) as Digest;

it('makes the same bytes for the same image, and others for another', () => {
  const other = parseDigest(`sha256:${'cd'.repeat(32)}`) as Digest;
  expect(releasedArtifact(DIGEST).digest).toBe(releasedArtifact(DIGEST).digest);
  expect(releasedArtifact(DIGEST).digest).not.toBe(releasedArtifact(other).digest);
  expect(digestOf(releasedArtifact(DIGEST).bytes)).toBe(releasedArtifact(DIGEST).digest);
});

it('names the image in words, and not as its subject', () => {
  const manifest = JSON.parse(new TextDecoder().decode(releasedArtifact(DIGEST).bytes));
  expect(manifest.annotations['dev.lazaret.released.digest']).toBe(DIGEST);
  expect(manifest.annotations['org.opencontainers.image.description']).toContain('lifted the quarantine');
  expect(manifest).not.toHaveProperty('subject');
});

it('uses the empty descriptor of the image specification', () => {
  // https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidance-for-an-empty-descriptor
  expect(digestOf(emptyBlob())).toBe('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
});

describe('A8: our artifact found again', () => {
  const annotations = { 'dev.lazaret.released.digest': DIGEST };

  it('is recognised, with the image it is about', () => {
    expect(parseReleasedArtifact({ digest: releasedArtifact(DIGEST).digest, annotations })).toBe(DIGEST);
  });

  it('is not recognised in an image that only says so', () => {
    expect(parseReleasedArtifact({ digest: digestOf(Buffer.from('an image')), annotations })).toBeUndefined();
    const other = parseDigest(`sha256:${'cd'.repeat(32)}`) as Digest;
    expect(parseReleasedArtifact({ digest: releasedArtifact(other).digest, annotations })).toBeUndefined();
  });

  it.each([{}, { 'dev.lazaret.released.digest': 'v1' }])('is not recognised without a digest (%j)', (given) => {
    expect(parseReleasedArtifact({ digest: releasedArtifact(DIGEST).digest, annotations: given })).toBeUndefined();
  });
});
