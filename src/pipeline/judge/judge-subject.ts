// The room `pipeline/judge`: from an image that is due to a verdict on record.

import type { Logger } from 'pino';
import { artifactFamily } from '../../domain/artifact-family.ts';
import type { LearntEvidence } from '../../domain/evidence.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { shortText } from '../../kit/short-text.ts';
import { storableJson } from '../../kit/storable-json.ts';
import type { JudgementRef } from '../../ports/event-inbox.ts';
import type { JudgementStart } from '../../ports/judgements.ts';
import type { ConfiguredRegistry } from '../../ports/registries.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import { enqueueJudgements } from '../enqueue.ts';
import type { PipelineContext } from '../pipeline-context.ts';
import { registryAt } from '../registry-at.ts';
import { commitVerdict } from './commit-verdict.ts';
import { holdsOnlyEvidence, subjectsServedFrom } from './evidence-repositories.ts';
import { type Judgement, judgeImage } from './judge-image.ts';
import { lookAgainFor, lookOnceMore } from './not-yet.ts';

/** Starts without an end after which a subject is set aside: something in its evidence crashes the process. */
const MAX_STARTS = 3;

/**
 * Judges one subject: looks, decides, and commits the verdict together with what follows from it. Does nothing when
 * another judgement of it is under way. Nothing is written to the registry here.
 * @throws {FaultError} `DATABASE_UNAVAILABLE`; faults of the registry become an `indeterminate` verdict instead.
 */
export async function judgeSubject(
  context: PipelineContext,
  { subjectId, sequence }: Pick<JudgementRef, 'subjectId' | 'sequence'>,
  signal: AbortSignal,
): Promise<void> {
  const start = await context.records.judgements.begin(subjectId, { now: context.clock(), isFirst: sequence === 1 });
  if (start === null) return;
  const log = context.logger.child({ correlationId: start.subject.correlationId, ...nameOf(start.subject) });
  try {
    await judgeStarted(context, start, { log, signal });
  } catch (error) {
    await giveBack(context, start, log);
    throw error;
  }
}

async function judgeStarted(
  context: PipelineContext,
  start: JudgementStart,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const registry = context.registries.get(start.subject.registryId);
  if (registry === undefined) {
    log.warn('this registry is no longer configured: the image is set aside until it is again');
    await context.records.judgements.conclude(start, { state: 'parked', now: context.clock() });
    return;
  }
  // Read before the look, not after it: a policy that changed meanwhile must make this verdict look old, not new, and
  // evidence that came after the grace had ended must not be missing because the look began before.
  const inForce = { policyRevision: context.policies().revision, trustEpoch: context.trustEpoch() };
  const lookedAt = context.clock();
  const isCrashing = start.starts > MAX_STARTS;
  const looked: Looked = isCrashing ? { judgement: crashed(start) } : await look(context, start, { registry, signal });
  const { judgement: seen, learnt = [] } = looked;
  const judgement = start.subject.verdict !== null && seen.kind === 'artifact' ? letBe(seen) : seen;
  if (isNothingHere(context, start.subject, { registry, judgement })) {
    log.info('this is no evidence, and its repository is not covered: policies only let evidence lie in it');
    await context.records.judgements.conclude(start, { state: 'gone', now: context.clock() });
  } else if (judgement.kind === 'judged') {
    await commitVerdict(context, start, { registry, log, judgement, learnt, inForce, lookedAt });
  } else {
    await setAside(context, start, { log, judgement, registry, policyRevision: inForce.policyRevision });
  }
}

// Something that could not be read is another matter. A later push of it is looked at again.
function isNothingHere(
  context: PipelineContext,
  { repository }: SubjectRecord,
  { registry, judgement }: { readonly registry: ConfiguredRegistry; readonly judgement: Judgement },
): boolean {
  const isImage = judgement.kind === 'judged' && judgement.fault === undefined;
  return isImage && holdsOnlyEvidence(context, registry, repository);
}

interface Looked {
  readonly judgement: Judgement;
  readonly learnt?: readonly LearntEvidence[];
}

async function look(
  context: PipelineContext,
  { subject, known = [] }: JudgementStart,
  { registry, signal }: { readonly registry: ConfiguredRegistry; readonly signal: AbortSignal },
): Promise<Looked> {
  const endTimer = context.metrics.verification();
  const { judgements } = context.records;
  const learnt: LearntEvidence[] = [];
  const judgement = await judgeImage({
    registry,
    repository: subject.repository,
    digest: subject.digest,
    policies: context.policies(),
    judge: context.judge,
    habits: context.habits,
    evidenceBytes: context.evidenceBytes,
    heavyLooks: context.heavyLooks,
    // The known evidence of the image itself was read together with its row.
    knownOf: async (digest) =>
      digest === subject.digest ? known : await judgements.findEvidence({ ...subject, digest }),
    onLearnt: (one) => learnt.push(one),
    readerFor: (place) => registryAt(context.registries, place)?.reader,
    clock: context.clock,
    signal,
    ...tagOf(subject),
  });
  endTimer();
  return { judgement, learnt };
}

// An error is no crash: it must not count as one, nor keep the image from being looked at again at once.
async function giveBack(context: PipelineContext, start: JudgementStart, log: Logger): Promise<void> {
  await context.records.judgements.abandon(start, context.clock()).catch((error: unknown) => {
    log.warn({ err: error }, 'a judgement could not be given back; the sweeper will find it');
  });
}

function nameOf(subject: SubjectRecord): Record<string, string> {
  return { registry: subject.registryId, repository: subject.repository, digest: subject.digest };
}

function tagOf(subject: SubjectRecord): { tag?: string; looksLikeImage: boolean } {
  const evidenceTag = subject.tags.find((tag) => /(?:^|-)sha256-[0-9a-f]{64}/.test(tag));
  if (evidenceTag !== undefined) return { tag: evidenceTag, looksLikeImage: false };
  return { looksLikeImage: subject.tags.length > 0 };
}

function crashed(start: JudgementStart): Extract<Judgement, { kind: 'judged' }> {
  const verdict: Verdict = {
    outcome: 'rejected-input',
    code: 'CRASHED_REPEATEDLY',
    reason: `Checking this image ended ${start.starts - 1} times without a result, so it was set aside; its evidence may be made to do harm.`,
    policies: [],
    onFailure: 'alert',
    requirements: [],
    graceMs: 0,
  };
  return { kind: 'judged', manifest: null, verdict, findings: storableJson([]) };
}

/** What was judged while a policy covered it, and is not covered any more: as for an image that is ignored, it passes. */
function letBe({ type }: Extract<Judgement, { kind: 'artifact' }>): Extract<Judgement, { kind: 'judged' }> {
  const verdict: Verdict = {
    outcome: 'pass',
    code: 'NO_POLICY',
    reason: `This is no container image but ${shortText(type)}, which no policy covers.`,
    policies: [],
    onFailure: 'alert',
    requirements: [],
    graceMs: 0,
  };
  return { kind: 'judged', manifest: null, verdict, findings: storableJson([]), artifactType: type };
}

interface Aside {
  /** Read before the look. */
  readonly policyRevision: string;
  readonly registry: ConfiguredRegistry;
  readonly log: Logger;
  readonly judgement: Exclude<Judgement, { kind: 'judged' }>;
}

async function setAside(
  context: PipelineContext,
  start: JudgementStart,
  { judgement, log, policyRevision, registry }: Aside,
): Promise<void> {
  const now = context.clock();
  if (judgement.kind === 'gone') {
    const { mark, firstSeenAt } = start.subject;
    const lookAgainAt = mark === 'quarantined' ? lookOnceMore(now) : lookAgainFor(firstSeenAt, now);
    log.info({ lookAgainAt }, 'the registry does not have this manifest');
    await enqueueJudgements(
      context,
      await context.records.judgements.conclude(start, { state: 'gone', lookAgainAt, now }),
    );
    return;
  }
  const { of: about } = judgement;
  const { repository } = start.subject;
  const elsewhere = await subjectsServedFrom(context, { registry, repository }, about);
  if (judgement.kind === 'artifact') {
    const { type } = judgement;
    context.metrics.notAnImage(artifactFamily(type));
    log.info({ type: shortText(type), of: about }, 'not an image: no policy covers its type');
    const artifact = { type: shortText(type), policyRevision };
    const end = { state: 'artifact', artifact, about, elsewhere, now } as const;
    await enqueueJudgements(context, await context.records.judgements.conclude(start, end));
    return;
  }
  context.metrics.notAnImage('evidence');
  log.info({ of: about }, 'this push is evidence about another image, which is looked at again');
  const end = { state: 'evidence', about, elsewhere, now } as const;
  await enqueueJudgements(context, await context.records.judgements.conclude(start, end));
}
