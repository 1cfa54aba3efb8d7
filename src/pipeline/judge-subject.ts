import type { Logger } from 'pino';
import { isIndexMediaType } from '../domain/manifest.ts';
import { storableJson } from '../domain/storable-json.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { JudgementStart, SubjectRecord } from '../ports/records.ts';
import type { ConfiguredRegistry } from '../ports/registries.ts';
import { enqueueEffects } from './enqueue-effects.ts';
import { inheritVerdict } from './inherit-verdict.ts';
import { type Judgement, judgeImage } from './judge-image.ts';
import { nextCheckAt, retryLookAt } from './next-check.ts';
import type { PipelineContext } from './pipeline-context.ts';
import { planForVerdict } from './plan-for-verdict.ts';

/** Starts without an end after which a subject is set aside: something in its evidence crashes the process. */
const MAX_STARTS = 3;

/**
 * Judges one subject: looks, decides, and commits the verdict together with what follows from it. Does nothing when
 * a newer judgement has taken over. Nothing is written to the registry here.
 * @throws {FaultError} `DATABASE_UNAVAILABLE`; faults of the registry become an `indeterminate` verdict instead.
 */
export async function judgeSubject(context: PipelineContext, subjectId: string, signal: AbortSignal): Promise<void> {
  const start = await context.records.subjects.begin(subjectId, { now: context.clock() });
  if (start === null) return;
  const log = context.logger.child({ correlationId: start.subject.correlationId, ...nameOf(start.subject) });
  const registry = context.registries.get(start.subject.registryId);
  if (registry === undefined) {
    log.warn('this registry is no longer configured: the image is set aside');
    await context.records.subjects.conclude(start, 'parked', context.clock());
    return;
  }
  if (start.starts > MAX_STARTS) {
    await commit(context, start, { registry, log, judgement: crashed(start), policies: policiesNow(context) });
    return;
  }
  const policies = policiesNow(context);
  const endTimer = context.metrics.verification();
  const judgement = await judgeImage({
    registry,
    repository: start.subject.repository,
    digest: start.subject.digest,
    policies: context.policies(),
    judge: context.judge,
    habits: context.habits,
    clock: context.clock,
    signal,
    ...tagOf(start.subject),
  });
  endTimer();
  if (judgement.kind === 'judged') await commit(context, start, { registry, log, judgement, policies });
  else await setAside(context, start, { log, judgement });
}

interface PolicyMoment {
  readonly policyRevision: string;
  readonly trustEpoch: number;
}

// Read before the look, not after it: a policy that changed meanwhile must make this verdict look old, not new.
function policiesNow(context: PipelineContext): PolicyMoment {
  return { policyRevision: context.policies().revision, trustEpoch: context.trustEpoch() };
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

interface Judged {
  readonly registry: ConfiguredRegistry;
  readonly log: Logger;
  readonly judgement: Extract<Judgement, { kind: 'judged' }>;
  readonly policies: PolicyMoment;
}

async function commit(context: PipelineContext, start: JudgementStart, judged: Judged): Promise<void> {
  const { log, judgement, registry } = judged;
  const now = context.clock();
  const image = `${registry.host}/${start.subject.repository}`;
  const verdict = await inheritVerdict(context, start.subject, { ...judgement, image });
  const timing = timingOf(start, verdict, { now, retryAfterMs: judgement.fault?.retryAfterMs });
  const fault = judgement.fault;
  const effects = planForVerdict(context, {
    subject: start.subject,
    host: registry.host,
    verdict,
    final: timing.final,
    now,
    ...(fault && { faultClass: `${registry.id} ${fault.code}` }),
  });
  const manifest = judgement.manifest;
  const isIndex = manifest !== null && isIndexMediaType(manifest.mediaType);
  const decided = await context.records.subjects.decide(start, {
    verdict,
    findings: judgement.findings,
    ...judged.policies,
    now,
    final: timing.final,
    nextCheckAt: timing.nextCheckAt,
    effects,
    children: isIndex ? manifest.manifests.map((child) => child.digest) : [],
  });
  if (decided === null) {
    log.info('a newer judgement of this image has taken over');
    return;
  }
  context.metrics.verdict(verdict, timing.final);
  log.info(
    {
      outcome: verdict.outcome,
      code: verdict.code,
      reason: verdict.reason,
      final: timing.final,
      nextCheckAt: timing.nextCheckAt,
    },
    timing.final ? 'verdict' : 'waiting',
  );
  await enqueueEffects(context, decided.effects);
  if (decided.again) await enqueueJudgement(context, start.subject.id, decided.again.sequence);
  if (isIndex && timing.final) await judgeChildrenAgain(context, start.subject);
}

function timingOf(
  start: JudgementStart,
  verdict: Verdict,
  time: { readonly now: Date; readonly retryAfterMs: number | undefined },
): { final: boolean; nextCheckAt: Date | null } {
  if (verdict.outcome === 'indeterminate') {
    return { final: false, nextCheckAt: retryLookAt(time.now, start.subject.failedLooks, time.retryAfterMs) };
  }
  if (verdict.outcome !== 'fail-missing') return { final: true, nextCheckAt: null };
  const next = nextCheckAt(start.subject.firstSeenAt, time.now, verdict.graceMs);
  return { final: next === null, nextCheckAt: next };
}

// A child of an index inherits from it, so what was decided for the index may change what holds for the child.
async function judgeChildrenAgain(context: PipelineContext, index: SubjectRecord): Promise<void> {
  for (const child of await context.records.subjects.findChildren(index.id)) {
    const requested = await context.records.subjects.requestJudgement(child, context.clock());
    if (requested !== null) await enqueueJudgement(context, requested.subjectId, requested.sequence);
  }
}

async function setAside(
  context: PipelineContext,
  start: JudgementStart,
  input: { readonly log: Logger; readonly judgement: Exclude<Judgement, { kind: 'judged' }> },
): Promise<void> {
  const { judgement, log } = input;
  if (judgement.kind === 'gone') {
    log.info('the registry no longer has this manifest');
    await context.records.subjects.conclude(start, 'gone', context.clock());
    return;
  }
  log.info({ of: judgement.of }, 'this push is evidence about another image, which is looked at again');
  await context.records.subjects.conclude(start, 'evidence', context.clock());
  for (const digest of judgement.of) {
    const { registryId, repository } = start.subject;
    const requested = await context.records.subjects.requestJudgement(
      { registryId, repository, digest },
      context.clock(),
    );
    if (requested !== null) await enqueueJudgement(context, requested.subjectId, requested.sequence);
  }
}

// The row is committed: should the queue be out, the sweeper finds it.
async function enqueueJudgement(context: PipelineContext, subjectId: string, sequence: number): Promise<void> {
  await context.queue.add({ kind: 'judge-subject', subjectId, sequence }).catch((error: unknown) => {
    context.logger.warn({ err: error, subjectId }, 'could not enqueue a judgement; the sweeper will');
  });
}
