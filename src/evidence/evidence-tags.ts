import { type Digest, digestAlgorithm, digestHex, parseDigest } from '../domain/digest.ts';

/** What cosign puts beside an image under tags made of its digest. Bills of materials are unsigned: never evidence. */
export type CosignTagKind = 'sig' | 'att' | 'sbom';

/**
 * The tag of the index of referrers in a registry without the API for them: algorithm and the first 64 characters of
 * the hex. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
 */
export function fallbackTag(digest: Digest): string {
  return `${digestAlgorithm(digest)}-${digestHex(digest).slice(0, 64)}`;
}

/**
 * cosign's tag beside an image; `undefined` for sha512, whose whole hex does not fit into the 128 characters of a tag.
 * https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#tag-based-discovery
 */
export function cosignTag(digest: Digest, kind: CosignTagKind): string | undefined {
  return digestAlgorithm(digest) === 'sha256' ? `sha256-${digestHex(digest)}.${kind}` : undefined;
}

// cosign allows a prefix of the user's choice before the digest.
const NAMES_DIGEST = /(?:^|[^0-9A-Za-z])sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/;

/** The digest a tag of evidence names. A hint about which image to look at again, never a proof of what it holds. */
export function digestNamedBy(tag: string): Digest | undefined {
  const [, hex] = NAMES_DIGEST.exec(tag) ?? [];
  return hex === undefined ? undefined : parseDigest(`sha256:${hex}`);
}
