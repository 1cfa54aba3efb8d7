import type { Verdict } from '../domain/verdict.ts';
import type { SubjectRecord } from '../ports/records.ts';
import type { PipelineContext } from './pipeline-context.ts';

/**
 * What an image listed in an index takes over from it: a pass always (whoever signed the index named this digest),
 * a failure only if the image was pushed without a tag of its own, as part of the index; then the index carries the
 * mark and the notice, and its parts do not repeat them.
 */
export async function inheritVerdict(context: PipelineContext, subject: SubjectRecord, own: Verdict): Promise<Verdict> {
  if (own.outcome === 'pass' || own.outcome === 'indeterminate') return own;
  const current = context.policies().revision;
  const parents = (await context.records.subjects.findParents(subject)).filter(
    (parent) => parent.verdict?.final === true && parent.verdict.policyRevision === current,
  );
  const passed = parents.find((parent) => parent.verdict?.verdict.outcome === 'pass');
  if (passed?.verdict) {
    return {
      ...passed.verdict.verdict,
      code: 'INHERITED',
      reason: `Listed by the index ${passed.digest}, which passed.`,
    };
  }
  const [failed] = parents;
  if (failed?.verdict && subject.tags.length === 0) {
    const { verdict } = failed.verdict;
    return { ...verdict, code: 'INHERITED', reason: `Part of the index ${failed.digest}: ${verdict.reason}` };
  }
  return own;
}
