import { storableJson } from '../../kit/storable-json.ts';
import { coveringPolicies } from '../../policy/judge/match-policies.ts';
import type { OutdatedVerdict, OutdatedVerdicts } from '../../ports/outdated-verdicts.ts';
import type { RecordJudge } from '../../ports/record-judge.ts';
import type { PipelineContext } from '../pipeline-context.ts';
import { commitVerdict } from './commit-verdict.ts';

/** What the walk needs besides what all stages share. */
export interface WalkContext extends PipelineContext {
  readonly outdated: OutdatedVerdicts;
  readonly recordJudge: RecordJudge;
}

/** Walks over all that was judged under policies that are no longer in force. */
export interface PolicyWalk {
  /** Whether there is more of it than was walked over, under the policies of this moment. */
  isUnderWay(): boolean;
  /** Takes the next page. @throws {FaultError} `DATABASE_UNAVAILABLE`: the page is taken again. */
  step(signal: AbortSignal): Promise<void>;
}

/** Few enough that a page of the largest findings stays some MiB. */
const PAGE = 50;

/**
 * Creates the walk, which begins anew whenever policies have changed. What still passes by the evidence on record gets
 * its new verdict at once, and no registry is asked; what does not is left to the sweeper, which looks at it again: it may
 * pass by evidence that nobody looked at before.
 */
export function createPolicyWalk(context: WalkContext): PolicyWalk {
  let walked = '';
  let after: string | undefined = '';
  return {
    isUnderWay: () => after !== undefined || walked !== nameOf(context),
    async step(signal) {
      const name = nameOf(context);
      const from = walked === name ? (after ?? '') : '';
      const { revision: policyRevision } = context.policies();
      const registryIds = [...context.registries.keys()];
      const at = { policyRevision, trustEpoch: context.trustEpoch(), registryIds, after: from };
      const page = await context.outdated.findOutdated(at, PAGE);
      for (const found of page) {
        if (signal.aborted) return;
        await judgeAnew(context, found, signal);
      }
      walked = name;
      after = page.length < PAGE ? undefined : page.at(-1)?.subjectId;
    },
  };
}

/** A walk is for one trust epoch, because evidence on record of another epoch was verified with other roots. */
function nameOf({ policies, trustEpoch }: PipelineContext): string {
  return `${policies().revision} ${trustEpoch()}`;
}

async function judgeAnew(context: WalkContext, found: OutdatedVerdict, signal: AbortSignal): Promise<void> {
  const registry = context.registries.get(found.registryId);
  if (registry === undefined) return;
  const inForce = context.policies();
  const { trustEpoch } = { trustEpoch: context.trustEpoch() };
  const { subjectId, repository, digest, verdict: before, findings, artifactType, isIndex } = found;
  const image = `${registry.host}/${repository}`;
  const thing = artifactType === null ? {} : { artifactType };
  const policies = coveringPolicies(inForce, image, { digest, ...thing });
  const now = context.clock();
  const question = { image, digest, verdict: before, findings, isIndex, inForce, policies, now, ...thing };
  const log = context.logger.child({ registry: registry.id, repository, digest });
  try {
    const verdict = await context.recordJudge.judgeStored(question, signal);
    if (verdict === null || !(await context.outdated.request(found, now))) return;
    const start = await context.records.judgements.begin(subjectId, { now });
    if (start === null) return;
    const judgement = {
      kind: 'judged',
      manifest: null,
      verdict,
      findings: storableJson(JSON.parse(findings)),
      ...thing,
    } as const;
    await commitVerdict(context, start, {
      registry,
      log: log.child({ correlationId: start.subject.correlationId }),
      judgement,
      learnt: [],
      inForce: { policyRevision: inForce.revision, trustEpoch },
      lookedAt: now,
    });
  } catch (error) {
    if (signal.aborted) return;
    // The sweeper looks at it again, and tells what is wrong with it.
    log.warn({ err: error }, 'could not judge this image anew by what is on record');
  }
}
