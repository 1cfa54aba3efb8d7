import type { Digest } from '../../domain/digest.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { ImagePolicy } from '../../domain/policy.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { ManifestKind } from '../../evidence/manifest-kind.ts';
import { readManifestKind } from '../../evidence/read-manifest-kind.ts';
import { FaultError } from '../../kit/errors.ts';
import { isTimeout } from '../../kit/is-timeout.ts';
import { storableJson } from '../../kit/storable-json.ts';
import { coveringPolicies } from '../../policy/judge/match-policies.ts';
import { askedOfIndex } from '../../policy/read/levels.ts';
import { addNote, takenForImage } from '../../policy/words/platform-words.ts';
import type { EvidenceJudgement } from '../../ports/evidence-judge.ts';
import { isNoMark, parseReleasedArtifact } from '../../quarantine/released-artifact.ts';
import { couldNotTell } from './could-not-tell.ts';
import { judgeEvidence } from './judge-evidence.ts';
import { judgePlatforms } from './judge-platforms.ts';
import type { JudgementTarget } from './judgement-target.ts';

/** What a look at a digest came to. */
export type Judgement =
  | {
      readonly kind: 'judged';
      readonly manifest: Manifest | null;
      readonly verdict: Verdict;
      readonly findings: EvidenceJudgement['findings'];
      /** Its type, if it is no container image but a policy covers it all the same. */
      readonly artifactType?: string;
      /** The registry does not hold all that it names: for now, or for good. */
      readonly hasGaps?: true;
      /** The fault behind an `indeterminate` verdict. */
      readonly fault?: FaultError;
    }
  /** Not an image: evidence, or an artifact that no policy covers. */
  | Extract<ManifestKind, { kind: 'evidence' | 'artifact' }>
  /** The registry definitely has no such manifest (any more). */
  | { readonly kind: 'gone' };

/**
 * The whole way from a digest to a verdict, without a side effect: fetch, verify, decide.
 * @throws only what is a defect of ours: a fault of the world becomes an `indeterminate` verdict that names it.
 */
export async function judgeImage(target: JudgementTarget): Promise<Judgement> {
  const name = `${target.registry.host}/${target.repository}`;
  let manifest: Manifest | null = null;
  const gaps = new Set<Digest>();
  const gapsSoFar = () => (gaps.size > 0 ? { hasGaps: true as const } : {});
  try {
    const look = await lookAt(
      { ...target, onGap: (digest) => gaps.add(digest) },
      { name, onRead: (read) => (manifest = read) },
    );
    if (look === null) return { kind: 'gone' };
    if ('kind' in look) return look;
    const { target: noting, own, policies, artifactType, unread } = look;
    const verdict = await judgePlatforms({ target: noting, policies, manifest: look.manifest, own: own.verdict });
    return {
      kind: 'judged',
      manifest: look.manifest,
      verdict: verdict.outcome === 'pass' || unread === undefined ? verdict : addNote(verdict, takenForImage(unread)),
      ...gapsSoFar(),
      findings: own.findings,
      ...(artifactType !== undefined && { artifactType }),
    };
  } catch (error) {
    const fault = isOutOfTime(target.signal) ? outOfTime(target, error) : error;
    if (!(fault instanceof FaultError)) throw fault;
    return {
      kind: 'judged',
      manifest,
      verdict: couldNotTell(fault, coveringPolicies(target.policies, name, { digest: target.digest })),
      findings: storableJson([]),
      fault,
    };
  }
}

// The time a look may take has run out, wherever it was: that is not telling. Any other abort is the caller's own.
function isOutOfTime(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && isTimeout(signal.reason);
}

function outOfTime({ registry, repository }: JudgementTarget, cause: unknown): FaultError {
  if (cause instanceof FaultError) return cause;
  const what = `looking at an image of ${registry.host}/${repository} took longer than it may`;
  return new FaultError('REGISTRY_TIMEOUT', what, { retryable: true, cause });
}

interface Look {
  readonly target: JudgementTarget;
  readonly manifest: Manifest;
  /** Those that cover it. */
  readonly policies: readonly ImagePolicy[];
  /** What its own evidence comes to. */
  readonly own: EvidenceJudgement;
  readonly artifactType?: string;
  /** A part that it names and that is not there, so that it counts as an image. */
  readonly unread?: Digest;
}

interface Looking {
  /** `host/repository`. */
  readonly name: string;
  /** Called with its manifest, however the look ends. */
  readonly onRead: (manifest: Manifest) => void;
}

type NoImage = Extract<ManifestKind, { kind: 'evidence' | 'artifact' }>;

async function lookAt(target: JudgementTarget, { name, onRead }: Looking): Promise<Look | NoImage | null> {
  const { repository, digest, signal } = target;
  const { reader } = target.registry;
  const reading = reader.readManifest(repository, { digest }, signal);
  const judging = (policies: readonly ImagePolicy[]) => judgeEvidence({ target, policies, digest, manifest: reading });
  // Fetching side by side saves a round trip, and costs some requests for nothing where the push was a signature.
  const asImage = coveringPolicies(target.policies, name, { digest });
  const early = target.looksLikeImage === true ? judging(asImage) : undefined;
  // Awaited below; this only keeps a failure before that from counting as unhandled.
  early?.catch(() => undefined);
  const manifest = await reading;
  if (manifest === null) return null;
  onRead(manifest);
  // Our own "released" artifact may come this far if an event named only its tag; it is no image.
  const released = parseReleasedArtifact(manifest);
  if (released !== undefined) return { kind: 'evidence', of: [released] };
  if (isNoMark(manifest)) return { kind: 'evidence', of: [] };
  let unread: Digest | undefined;
  const kind = await readManifestKind({
    onGap: (part) => {
      unread ??= part;
      target.onGap?.(part);
    },
    reader,
    repository,
    manifest,
    ...(target.tag !== undefined && { tag: target.tag }),
    ...(target.evidenceBytes !== undefined && { itemBytes: target.evidenceBytes }),
    ...(target.heavyLooks && { heavyLooks: target.heavyLooks }),
    ...(signal && { signal }),
  });
  if (kind.kind === 'evidence') return kind;
  if (kind.kind === 'image') {
    const own = await (early ?? judging(asImage));
    return { target, manifest, policies: asImage, own, ...(unread !== undefined && { unread }) };
  }
  if (kind.kind === 'index') {
    const asked = askedOfIndex(asImage);
    const own = asked === asImage ? (early ?? judging(asImage)) : judging(asked);
    return { target, manifest, policies: asImage, own: await own };
  }
  const policies = coveringPolicies(target.policies, name, {
    digest,
    artifactType: kind.type,
    isAttached: kind.of.length > 0,
  });
  if (policies.length === 0) return kind;
  return { target, manifest, policies, own: await judging(policies), artifactType: kind.type };
}
