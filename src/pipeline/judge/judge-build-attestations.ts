import type { Digest } from '../../domain/digest.ts';
import type { Evidence, VouchedStatements } from '../../domain/evidence.ts';
import type { Descriptor, Manifest } from '../../domain/manifest.ts';
import type { ImagePolicy } from '../../domain/policy.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { collectEvidence } from '../../evidence/collect-evidence.ts';
import { EVIDENCE_LIMITS, limitsFor } from '../../evidence/evidence-limits.ts';
import { isBuildAttestation } from '../../evidence/manifest-kind.ts';
import { mapBounded } from '../../evidence/map-bounded.ts';
import type { JudgementTarget } from './judgement-target.ts';
import { type Learning, startLearning } from './learn-evidence.ts';
import type { ListedImage } from './listed-image.ts';
import { placesElsewhere } from './look-elsewhere.ts';

/** BuildKit writes one for provenance and one for each bill of materials. */
const MAX_STATEMENTS = 10;

/** What comes of the attestations that a builder has put beside an image. */
export interface BuilderStatement {
  readonly verdict: Verdict;
  /** Whether anybody has signed one of them. */
  readonly isSigned: boolean;
}

/**
 * Judges an image by what its builder has put beside it in the index: statements that say nothing by themselves, but do
 * for whoever has signed the manifest that lists them, as docker/github-builder does. `null` if there are none.
 * https://github.com/docker/github-builder
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`, and those of the judge: could not tell.
 */
export async function judgeBuildAttestations(
  target: JudgementTarget,
  image: ListedImage & { readonly manifest: Manifest },
  policies: readonly ImagePolicy[],
): Promise<BuilderStatement | null> {
  if (image.attestations.length === 0) return null;
  const items: Evidence[] = [];
  const learnings: Learning[] = [];
  for (const digest of image.attestations) {
    const learning = await startLearning(target, digest);
    learnings.push(learning);
    items.push(...(await signaturesOf(target, { digest, learning }, policies)));
  }
  const judgement = await target.judge.judge(
    {
      evidence: { subject: image.digest, items },
      manifest: image.manifest.bytes,
      image: `${target.registry.host}/${target.repository}`,
      inForce: target.policies,
      policies,
      now: target.clock(),
    },
    target.signal,
  );
  for (const learning of learnings) learning.tell(judgement.verdict);
  return { verdict: judgement.verdict, isSigned: items.length > 0 };
}

async function signaturesOf(
  target: JudgementTarget,
  { digest, learning }: { readonly digest: Digest; readonly learning: Learning },
  policies: readonly ImagePolicy[],
): Promise<readonly Evidence[]> {
  const { evidenceBytes, registry, readerFor, repository, signal } = target;
  const { reader, host } = registry;
  const manifest = await reader.readManifest(repository, { digest }, signal);
  if (manifest === null || !isBuildAttestation(manifest)) return [];
  const { items } = await collectEvidence({
    reader,
    repository,
    digest,
    elsewhere: placesElsewhere(policies, { image: `${host}/${repository}`, repository, reader, readerFor }),
    ...(signal && { signal }),
    ...(evidenceBytes !== undefined && { limits: limitsFor(evidenceBytes) }),
    ...learning.request,
  });
  if (items.length === 0) return [];
  const maxBytes = evidenceBytes ?? EVIDENCE_LIMITS.itemBytes;
  const layers = manifest.layers.filter(({ size }) => size <= maxBytes).slice(0, MAX_STATEMENTS);
  const statements = await mapBounded(layers, EVIDENCE_LIMITS.concurrency, async (layer) => ({
    digest: layer.digest,
    bytes: await parseStatement(target, layer),
  }));
  const vouches: VouchedStatements = {
    by: digest,
    manifest: manifest.bytes,
    statements: statements.flatMap(({ bytes, ...rest }) => (bytes === null ? [] : [{ ...rest, bytes }])),
  };
  return items.map((item) => ({ ...item, vouches }));
}

/** `null`: the statement is not there, so it proves nothing even if the list that names it is signed. */
async function parseStatement(
  { onGap, registry, repository, signal }: JudgementTarget,
  layer: Descriptor,
): Promise<Uint8Array | null> {
  const bytes = await registry.reader.readBlob(repository, layer, signal);
  if (bytes === null) onGap?.(layer.digest);
  return bytes;
}
