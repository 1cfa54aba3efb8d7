import type { Logger } from 'pino';
import type { Digest } from '../../domain/digest.ts';
import type { LearntEvidence } from '../../domain/evidence.ts';
import { type Descriptor, isIndexMediaType } from '../../domain/manifest.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { digestNamedBy } from '../../evidence/evidence-tags.ts';
import { isBuildAttestation } from '../../evidence/manifest-kind.ts';
import { shortText } from '../../kit/short-text.ts';
import type { JudgementStart, ListedChild } from '../../ports/judgements.ts';
import type { ConfiguredRegistry } from '../../ports/registries.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import { isMarkMissing } from '../act/find-missing-mark.ts';
import { enqueueEffects, enqueueJudgements } from '../enqueue.ts';
import type { PipelineContext } from '../pipeline-context.ts';
import { inheritVerdict } from './inherit-verdict.ts';
import type { Judgement } from './judge-image.ts';
import { isNew, lookOnceMore } from './not-yet.ts';
import { planForVerdict } from './plan-for-verdict.ts';
import { recordHidden } from './record-hidden.ts';
import { timeVerdict } from './time-verdict.ts';

/** More are somebody playing. */
const MAX_NAMED = 16;

/** What a look came to, and under what it was made. */
export interface Judged {
  readonly registry: ConfiguredRegistry;
  readonly log: Logger;
  readonly judgement: Extract<Judgement, { kind: 'judged' }>;
  /** Of the evidence about it, and about the images in it. */
  readonly learnt: readonly LearntEvidence[];
  readonly inForce: { readonly policyRevision: string; readonly trustEpoch: number };
  /** When the look began: it may have missed what came later. */
  readonly lookedAt: Date;
}

/**
 * Commits the verdict on an image with its effects, and hands out the work that follows.
 * @throws {FaultError} `DATABASE_UNAVAILABLE`
 */
export async function commitVerdict(context: PipelineContext, start: JudgementStart, judged: Judged): Promise<void> {
  const { log, judgement, registry, inForce } = judged;
  const image = `${registry.host}/${start.subject.repository}`;
  const now = context.clock();
  const verdict = await inheritVerdict(context, start.subject, {
    ...judgement,
    image,
    isOverdue: isOverdue(start, judgement.verdict, now),
  });
  const graceFrom = graceAnew(start, verdict, judged);
  const begun = { ...start, ...(graceFrom && { graceFrom }) };
  const timed = await timeVerdict(context.records.indexes, begun, {
    ...judged,
    verdict,
    now,
    rescanEveryMs: context.rescanEveryMs,
  });
  const timing = { ...timed, nextCheckAt: lookForMarkAt(start, timed.nextCheckAt, now) };
  const { fault, manifest } = judgement;
  const mayMark = timing.final && verdict.outcome !== 'pass';
  const markMissing = mayMark && (await isMarkMissing(start, { registry, log, now }));
  const isIndex = manifest !== null && isIndexMediaType(manifest.mediaType);
  const hidden = await recordHidden(context, start.subject, { verdict, learnt: judged.learnt }, now);
  const decided = await context.records.judgements.decide(start, {
    verdict,
    findings: judgement.findings,
    ...inForce,
    ...timing,
    now,
    markMissing,
    ...(verdict.outcome !== 'indeterminate' && { learnt: certain(judged.learnt, timing.final) }),
    ...(manifest !== null && { isIndex }),
    ...(judgement.hasGaps && { hasGaps: true }),
    ...(verdict.outcome === 'indeterminate' && { untoldBy: fault?.code ?? verdict.code }),
    ...(graceFrom && { graceFrom }),
    ...(hidden && { hidden }),
    about: namedByTags(start.subject),
    // Called inside the transaction, with the subject as it stands under its lock: which writes and messages follow depends
    // on the mark it has by then, and on record they stand with the verdict or not at all. It is asked again where the
    // transaction had to give way to another, so all of it is pure: `planForVerdict` and the `announce` it hands on too.
    effects: (subject) =>
      planForVerdict(context, {
        subject,
        host: registry.host,
        verdict,
        final: timing.final,
        now,
        ...(hidden && { hidden }),
        cause: fault?.code ?? verdict.code,
      }),
    children: isIndex ? manifest.manifests.map(toListedChild) : [],
    ...(judgement.artifactType !== undefined && { artifactType: shortText(judgement.artifactType) }),
    ...(manifest !== null && { isBuildAttestation: isBuildAttestation(manifest) }),
  });
  if (decided === null) {
    log.info('a newer judgement of this image has taken over');
    return;
  }
  context.metrics.verdict(verdict, timing.final);
  const { outcome, code, reason } = verdict;
  log.info({ outcome, code, reason, ...timing }, timing.final ? 'verdict' : 'waiting');
  await enqueueEffects(context, decided.effects);
  await enqueueJudgements(context, decided.judgements);
}

/** Nobody knows yet whether a mark that was put just now stays, so another look follows as soon as that can be seen. */
function lookForMarkAt({ subject, markedAt }: JudgementStart, nextCheckAt: Date | null, now: Date): Date | null {
  if (nextCheckAt === null || subject.mark !== 'quarantined' || markedAt === null || !isNew(markedAt, now)) {
    return nextCheckAt;
  }
  const once = lookOnceMore(now);
  return once < nextCheckAt ? once : nextCheckAt;
}

/**
 * If evidence by which the image passed is gone, as the registry itself says, the grace starts again, so that somebody
 * can push the evidence again. That happens once until the image passes again, however often other evidence disappears.
 */
function graceAnew({ subject, gaps }: JudgementStart, verdict: Verdict, { judgement, lookedAt }: Judged) {
  const isLost = judgement.hasGaps === true && gaps.since === null && subject.settledOutcome === 'pass';
  return isLost && verdict.outcome !== 'pass' && verdict.outcome !== 'indeterminate' ? lookedAt : undefined;
}

/** If an image was pushed under a tag where another image's evidence belongs, it has replaced that evidence. */
function namedByTags({ digest, tags }: SubjectRecord): readonly Digest[] {
  const named = new Set(tags.flatMap((tag) => digestNamedBy(tag) ?? []));
  named.delete(digest);
  return [...named].slice(0, MAX_NAMED);
}

/**
 * A look that could not judge the image teaches nothing. Evidence that is gone is forgotten only when the verdict is
 * final: a registry may say so for a moment only, and perhaps no tag leads to the evidence any more.
 */
function certain(learnt: Judged['learnt'], isFinal: boolean): Judged['learnt'] {
  return isFinal ? learnt : learnt.map((one) => ({ ...one, lost: [] }));
}

/** An image waits for others for one more grace after its own at most; one that had passed keeps its pass. */
function isOverdue({ subject, graceFrom }: JudgementStart, { graceMs }: Verdict, now: Date): boolean {
  return subject.settledOutcome !== 'pass' && now.getTime() - graceFrom.getTime() >= 2 * graceMs;
}

function toListedChild({ digest, platform }: Descriptor): ListedChild {
  return { digest, ...(platform && { platform: shortText(`${platform.os}/${platform.architecture}`) }) };
}
