import type { Digest } from '../../domain/digest.ts';
import { InvalidInputError } from '../../domain/errors.ts';
import { formatImageReference, type ImageReference } from '../../domain/image-reference.ts';
import { collectEvidence } from '../../evidence/collect-evidence.ts';
import { readManifestKind } from '../../evidence/read-manifest-kind.ts';
import type { ImageSample } from '../../policy/suggest/image-sample.ts';
import type { RegistryReader } from '../../ports/registry-reader.ts';
import type { VerificationMaterial } from '../../verification/verification-material.ts';
import { verifyEvidence } from '../../verification/verify-evidence.ts';

/** How a sample is looked at. */
export interface SampleLook {
  readonly reader: RegistryReader;
  readonly materials: readonly VerificationMaterial[];
  readonly now: Date;
  readonly signal: AbortSignal;
  /** The most bytes of one piece of evidence. */
  readonly evidenceBytes?: number;
}

/**
 * Reads everything that is attached to an image and verifies it with all there is.
 * @throws {InvalidInputError} `REFERENCE_INVALID` where there is no such image, or it is evidence about one
 * @throws {FaultError} `REGISTRY_*`: could not tell
 */
export async function takeSample(asked: ImageReference, look: SampleLook): Promise<ImageSample> {
  const { reader, materials, now, signal, evidenceBytes } = look;
  const { host, repository, tag = 'latest', digest } = asked;
  const name = formatImageReference(asked);
  const manifest = await reader.readManifest(repository, digest === undefined ? { tag } : { digest }, signal);
  if (manifest === null) throw notThere(name);
  const kind = await readManifestKind({ reader, repository, manifest, signal });
  if (kind.kind === 'evidence') throw isEvidence(name, kind.of);
  const evidence = await collectEvidence({
    reader,
    repository,
    digest: manifest.digest,
    signal,
    ...(evidenceBytes !== undefined && { limits: { itemBytes: evidenceBytes } }),
  });
  const subject = { digest: manifest.digest, manifest: manifest.bytes };
  const findings = verifyEvidence(evidence, subject, materials, now);
  const artifactType = kind.kind === 'artifact' ? { artifactType: kind.type } : {};
  return { name, image: `${host}/${repository}`, digest: manifest.digest, findings, ...artifactType };
}

function notThere(name: string): InvalidInputError {
  return new InvalidInputError('REFERENCE_INVALID', `the registry has no image ${name}`, [
    {
      where: name,
      message: 'there is no such manifest',
      hint: 'Check the name, and that these credentials may see it: some registries say the same when they may not.',
    },
  ]);
}

function isEvidence(name: string, of: readonly Digest[]): InvalidInputError {
  return new InvalidInputError('REFERENCE_INVALID', `${name} is no image, but evidence about one`, [
    { where: name, message: 'is a signature or an attestation', hint: `Name what it is about: ${of.join(', ')}` },
  ]);
}
