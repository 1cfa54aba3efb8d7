import type { Digest } from '../../domain/digest.ts';
import { formatImageReference, type ImageReference } from '../../domain/image-reference.ts';
import { isIndexMediaType, type Manifest } from '../../domain/manifest.ts';
import { collectEvidence } from '../../evidence/collect-evidence.ts';
import { readManifestKind } from '../../evidence/read-manifest-kind.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { walkListed } from '../../pipeline/judge/listed-image.ts';
import type { ImageSample } from '../../policy/suggest/image-sample.ts';
import type { RegistryReader } from '../../ports/registry-reader.ts';
import { verifyEvidence } from '../../verification/check/verify-evidence.ts';
import type { VerificationMaterial } from '../../verification/read/verification-material.ts';

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
 * Reads everything that is attached to an image, and to each image of an index, and verifies it with all there is.
 * @throws {InvalidInputError} `REFERENCE_INVALID` where there is no such image, or it is evidence about one
 * @throws {FaultError} `REGISTRY_*`: could not tell
 */
export async function takeSample(asked: ImageReference, look: SampleLook): Promise<ImageSample> {
  const { reader, signal } = look;
  const { host, repository, tag = 'latest', digest } = asked;
  const name = formatImageReference(asked);
  const manifest = await reader.readManifest(repository, digest === undefined ? { tag } : { digest }, signal);
  if (manifest === null) throw notThere(name);
  const kind = await readManifestKind({ reader, repository, manifest, signal });
  if (kind.kind === 'evidence') throw isEvidence(name, kind.of);
  const image = { name, image: `${host}/${repository}` };
  if (kind.kind === 'artifact')
    return { ...(await verified(image, manifest, repository, look)), artifactType: kind.type };
  const own = await verified(image, manifest, repository, look);
  return kind.kind === 'index' ? { ...own, platforms: await takeListed(own, manifest, repository, look) } : own;
}

// Each of them, since whatever is asked of each must hold for all; an index of too many is judged no better.
async function takeListed(
  own: ImageSample,
  index: Manifest,
  repository: string,
  look: SampleLook,
): Promise<readonly ImageSample[]> {
  const samples: ImageSample[] = [];
  for await (const listed of walkListed({ ...look, registry: look, repository }, index)) {
    if ('cut' in listed || listed.image.manifest === null) return [];
    const { manifest, name } = listed.image;
    if (isIndexMediaType(manifest.mediaType)) continue;
    samples.push(await verified({ name: `${own.name} (${name})`, image: own.image }, manifest, repository, look));
  }
  return samples;
}

async function verified(
  named: Pick<ImageSample, 'name' | 'image'>,
  manifest: Manifest,
  repository: string,
  { reader, signal, evidenceBytes, materials, now }: SampleLook,
): Promise<ImageSample> {
  const { digest } = manifest;
  const limits = evidenceBytes === undefined ? {} : { limits: { itemBytes: evidenceBytes } };
  const evidence = await collectEvidence({ reader, repository, digest, signal, ...limits });
  return { ...named, digest, findings: verifyEvidence(evidence, { digest, manifest: manifest.bytes }, materials, now) };
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
