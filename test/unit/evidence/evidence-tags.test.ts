import { describe, expect, it } from 'vitest';
import { type Digest, parseDigest } from '../../../src/domain/digest.ts';
import { cosignTag, digestNamedBy, fallbackTag } from '../../../src/evidence/evidence-tags.ts';

const HEX = 'a1'.repeat(32);
const SHA256 = parseDigest(`sha256:${HEX}`) as Digest;
const SHA512 = parseDigest(`sha512:${'b2'.repeat(64)}`) as Digest;

describe('names of evidence', () => {
  it('are made of the digest', () => {
    expect(fallbackTag(SHA256)).toBe(`sha256-${HEX}`);
    expect(cosignTag(SHA256, 'sig')).toBe(`sha256-${HEX}.sig`);
    expect(cosignTag(SHA256, 'att')).toBe(`sha256-${HEX}.att`);
  });

  it('fit into the 128 characters of a tag for the longest digest', () => {
    expect(fallbackTag(SHA512)).toBe(`sha512-${'b2'.repeat(32)}`);
    expect(cosignTag(SHA512, 'sig')).toBeUndefined();
  });
});

describe('the digest a tag names', () => {
  it.each([
    `sha256-${HEX}`,
    `sha256-${HEX}.sig`,
    `sha256-${HEX}.att`,
    `sha256-${HEX}.sbom`,
    `team-a-sha256-${HEX}.sig`,
  ])('is found in %s', (tag) => {
    expect(digestNamedBy(tag)).toBe(SHA256);
  });

  it.each([
    'v1',
    `sha256-${HEX}.sig.sig`,
    `sha256-${HEX}0.sig`,
    `sha256-${HEX.toUpperCase()}.sig`,
    `xsha256-${HEX}`,
    `sha256-${HEX}.tar`,
    `quarantined-${HEX.slice(0, 12)}`,
  ])('is not in %s', (tag) => {
    expect(digestNamedBy(tag)).toBeUndefined();
  });
});
