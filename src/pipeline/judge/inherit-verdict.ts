import type { Manifest } from '../../domain/manifest.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { isBuildAttestation } from '../../evidence/manifest-kind.ts';
import { coveringPolicies } from '../../policy/judge/match-policies.ts';
import { takeOverFailure, takeOverPass } from '../../policy/rejudge/take-over.ts';
import type { Indexes } from '../../ports/indexes.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import type { PipelineContext } from '../pipeline-context.ts';

interface Context extends Pick<PipelineContext, 'policies' | 'trustEpoch'> {
  readonly records: { readonly indexes: Pick<Indexes, 'findParents'> };
}

/** What was found about an image by itself. */
interface Own {
  /** `host/repository`. */
  readonly image: string;
  readonly manifest: Manifest | null;
  readonly verdict: Verdict;
  /** Its type, if it is no container image. */
  readonly artifactType?: string;
  /** It has waited as long as it may for indexes that cannot be judged. */
  readonly isOverdue: boolean;
}

/**
 * What an image listed in an index takes over from it: a pass (whoever signed the index named this digest), but not for
 * policies that ask each image for proof of its own; a failure only if the image was pushed without a tag of its own,
 * as part of the index; then the index carries the mark and the notice, and its parts do not repeat them. While an
 * index that passed is judged anew (policies or trust have changed), nothing is decided about a part that fails by
 * itself.
 */
export async function inheritVerdict(context: Context, subject: SubjectRecord, own: Own): Promise<Verdict> {
  const { verdict } = own;
  if (verdict.outcome === 'pass' || verdict.outcome === 'indeterminate') return verdict;
  const policies = context.policies();
  const listedBy = await context.records.indexes.findParents(subject);
  const inForce = { policyRevision: policies.revision, trustEpoch: context.trustEpoch() };
  const parents = listedBy.filter((parent) => isSettled(parent, inForce));
  const passed = parents.find((parent) => parent.verdict?.verdict.outcome === 'pass');
  if (passed?.verdict) {
    return takeOverPass(
      verdict,
      { digest: passed.digest, verdict: passed.verdict.verdict },
      {
        policies: coveringPolicies(policies, own.image, {
          digest: subject.digest,
          ...(own.artifactType !== undefined && { artifactType: own.artifactType }),
        }),
        isBuildAttestation: own.manifest !== null && isBuildAttestation(own.manifest),
      },
    );
  }
  const open = listedBy.find(
    (parent) => !parents.includes(parent) && mayPassAgain(parent) && !(own.isOverdue && isUntold(parent)),
  );
  if (open) {
    const reason = `Listed by the index ${open.digest}, which passed before and is being judged anew.`;
    return { ...verdict, outcome: 'indeterminate', code: 'INHERITED', reason };
  }
  // An index that is gone carries no mark for its parts.
  const failed = parents.find(({ state }) => state !== 'gone');
  if (failed?.verdict && subject.tags.length === 0) {
    return takeOverFailure({ digest: failed.digest, verdict: failed.verdict.verdict });
  }
  return verdict;
}

function isSettled({ verdict }: SubjectRecord, inForce: { policyRevision: string; trustEpoch: number }): boolean {
  if (verdict === null || !verdict.final) return false;
  return verdict.policyRevision === inForce.policyRevision && verdict.trustEpoch >= inForce.trustEpoch;
}

function isUntold({ verdict }: SubjectRecord): boolean {
  return verdict?.verdict.outcome === 'indeterminate';
}

// Only an index that has passed before is waited for: whoever can push could list an image in ever new indexes.
function mayPassAgain({ settledOutcome, state }: SubjectRecord): boolean {
  return settledOutcome === 'pass' && (state === 'pending' || state === 'waiting' || state === 'final');
}
