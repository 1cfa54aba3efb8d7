import type { Evidence, EvidenceSet } from '../domain/evidence.ts';
import type { ImagePolicy } from '../domain/policy.ts';
import type { TrustSnapshot } from '../domain/trust-root.ts';
import { FaultError } from '../kit/errors.ts';
import type { Lane } from '../kit/fair-queue.ts';
import { isTimeout } from '../kit/is-timeout.ts';
import type { EvidenceJudge, EvidenceJudgement, EvidenceQuestion } from '../ports/evidence-judge.ts';
import type { RecordJudge } from '../ports/record-judge.ts';
import type { ThreadAnswer } from './judging-messages.ts';
import type { LossReason, Run } from './run.ts';
import { createThreadPool, type TaskOptions } from './thread-pool.ts';
import { type JudgingTask, type StoredTask, type ThreadMemory, writeRequest } from './write-request.ts';

/** A thread that was lost over the evidence of an image. */
export interface ThreadLoss {
  readonly why: LossReason;
  readonly image: string;
  /** The image's digest. */
  readonly digest: string;
  /** The piece of evidence that was being checked, if it was alone. */
  readonly evidence?: string;
  readonly cause?: Error;
}

export interface ThreadedJudgeOptions {
  /** The module the threads run: it answers a `JudgingRequest` with an `EvidenceJudgement`. */
  readonly entry: URL;
  /** How many threads at most for one repository, one a core; twice as many in all. */
  readonly size: number;
  /** The most bytes of one piece of evidence; by default the pieces are small. */
  readonly evidenceBytes?: number;
  /** The trust roots of this moment. @throws {FaultError} when these policies name one that is not to be had */
  readonly trust: (policies: readonly ImagePolicy[]) => TrustSnapshot;
  readonly onLoss: (loss: ThreadLoss) => void;
  /** Default: the limits below. For tests. */
  readonly limits?: Partial<JudgingLimits>;
}

/** What evidence may cost. Milliseconds, MiB, counts. */
export interface JudgingLimits {
  /** Verifying all evidence of an image takes some 10 ms, the most there may be of it a second. */
  readonly deadlineMs: number;
  /** All that is examined piece by piece, after a first loss; then the look is cut short. */
  readonly examinationMs: number;
  readonly heapMb: number;
  readonly maxWaiting: number;
  readonly growAfterMs: number;
  readonly idleMs: number;
}

/**
 * MiB for values. A piece of 16 MiB is read with some 100, and one of 64 with 500: the limit must be far from what honest
 * evidence takes, because a large value that meets it ends the process instead of the thread.
 */
function heapFor(evidenceBytes: number): number {
  return 256 + Math.ceil(evidenceBytes / MIB) * 16;
}

/** Reading, hashing and parsing what is large takes some 20 ms a MiB; on a busy machine three times that. */
const MS_PER_MIB = 60;
const MIB = 1024 * 1024;

function bytesOf({ items }: EvidenceSet): number {
  return items.reduce((sum, item) => sum + ('bytes' in item ? item.bytes.length : 0), 0);
}

const LIMITS: JudgingLimits = {
  deadlineMs: 2_000,
  // Twice, for what is found first and for all: it must fit into the 50 s of a judgement.
  examinationMs: 10_000,
  heapMb: heapFor(0),
  // As many judgements as a process could ever have under way.
  maxWaiting: 1_000,
  // Longer than ordinary images keep each other waiting, far shorter than a harmful one may take.
  growAfterMs: 1_000,
  idleMs: 60_000,
};

/**
 * Judges in worker threads, so that hostile evidence holds up no one else. A question whose thread was lost is examined
 * piece by piece, each in a thread that lives: a piece that takes too long or too much memory even alone counts as
 * over the limit, and the rest is judged without it. Nothing passes or fails only because a thread was lost.
 */
export function createThreadedJudge(
  options: ThreadedJudgeOptions,
): EvidenceJudge & RecordJudge & { stop(): Promise<void> } {
  const limits = { ...LIMITS, heapMb: heapFor(options.evidenceBytes ?? 0), ...options.limits };
  const pool = createThreadPool<JudgingTask | StoredTask, ThreadAnswer, ThreadMemory>({
    entry: options.entry,
    size: options.size,
    ...limits,
    remember: () => ({}),
    write: writeRequest,
  });

  async function ask(question: EvidenceQuestion, task: TaskOptions): Promise<Run<EvidenceJudgement>> {
    const run = await pool.run({ question, trust: options.trust(question.policies) }, task);
    if (run.kind === 'lost') {
      options.onLoss(describeLoss(question, run));
      return run;
    }
    if ('stored' in run.reply) throw new TypeError('a thread answered another question');
    return { kind: 'answered', reply: run.reply };
  }

  async function examine(question: EvidenceQuestion, task: TaskOptions): Promise<Examination> {
    const kept: Evidence[] = [];
    let crash: Error | undefined;
    const end = performance.now() + limits.examinationMs;
    for (const item of question.evidence.items) {
      if (performance.now() >= end) {
        const cutShort = `checking its evidence takes more than ${limits.examinationMs / 1_000} s`;
        return { set: { ...question.evidence, items: kept, cutShort }, crash };
      }
      const alone = { ...question.evidence, items: [item] };
      const run = await ask({ ...question, evidence: alone }, task);
      if (run.kind === 'answered') kept.push(item);
      else if (run.why === 'crash') crash ??= run.cause ?? new Error('a thread ended');
      else kept.push(refuse(item, run.why, limits));
    }
    return { set: { ...question.evidence, items: kept }, crash };
  }

  async function judgeAgain(question: EvidenceQuestion, task: TaskOptions): Promise<EvidenceJudgement> {
    const { set, crash } = await examine(question, task);
    // Each piece alone took less than the deadline, but together they may take longer.
    const patient = {
      ...task,
      deadlineMs: Math.min(task.deadlineMs * Math.max(1, set.items.length), limits.examinationMs),
    };
    let run = await ask({ ...question, evidence: set }, patient);
    if (run.kind === 'lost' && run.why !== 'crash') {
      const cutShort = 'its evidence can be checked piece by piece, but not all of it within the limits';
      run = await ask({ ...question, evidence: { ...set, items: [], cutShort } }, task);
    }
    if (run.kind === 'lost') throw lost(run.cause);
    // The piece whose thread crashed may have been good.
    if (crash !== undefined && run.reply.verdict.outcome !== 'pass') throw lost(crash);
    return run.reply;
  }

  return {
    async judge(question, signal) {
      const deadlineMs = limits.deadlineMs + Math.floor(bytesOf(question.evidence) / MIB) * MS_PER_MIB;
      const task = { deadlineMs, lane: laneOf(question), ...(signal && { signal }) };
      try {
        const run = await ask(question, task);
        return run.kind === 'answered' ? run.reply : await judgeAgain(question, task);
      } catch (error) {
        throw isTimeout(error) ? late(error) : error;
      }
    },
    async judgeStored(stored, signal) {
      // Refuses where nothing that depends on time can be told now.
      options.trust(stored.policies);
      const task = { deadlineMs: limits.deadlineMs, lane: laneOf(stored), ...(signal && { signal }) };
      const run = await pool.run({ stored }, task);
      if (run.kind === 'answered') return 'stored' in run.reply ? run.reply.stored : null;
      const { why, cause } = run;
      options.onLoss({ why, image: stored.image, digest: stored.digest, ...(cause && { cause }) });
      return null;
    },
    stop: () => pool.stop(),
  };
}

function laneOf({ image }: Pick<EvidenceQuestion, 'image'>): Lane {
  const slash = image.indexOf('/');
  return { registry: image.slice(0, slash), repository: image.slice(slash + 1) };
}

interface Examination {
  readonly set: EvidenceSet;
  /** Of a piece that was left out because its thread crashed over it. */
  readonly crash: Error | undefined;
}

function refuse(
  { digest, place, repository, announced }: Evidence,
  why: 'deadline' | 'memory',
  limits: JudgingLimits,
): Evidence {
  const limit = why === 'deadline' ? `${limits.deadlineMs / 1_000} s` : `${limits.heapMb} MiB`;
  const words = `checking it takes more than ${limit}${why === 'memory' ? ' of memory' : ''}`;
  const ref = { digest, place, ...(repository !== undefined && { repository }), ...(announced && { announced }) };
  return { kind: 'refused', ...ref, code: 'EVIDENCE_OVER_LIMIT', why: words };
}

function describeLoss({ evidence, image }: EvidenceQuestion, run: Run<unknown> & { kind: 'lost' }): ThreadLoss {
  const [first, ...others] = evidence.items;
  const { why, cause } = run;
  return {
    why,
    image,
    digest: evidence.subject,
    ...(first !== undefined && others.length === 0 && { evidence: first.digest }),
    ...(cause && { cause }),
  };
}

function late(cause: unknown): FaultError {
  const message = 'the evidence could not be checked in time';
  const hint =
    'It is tried again. If it stays, this machine has too much to do, or somebody attaches harmful evidence.';
  return new FaultError('VERIFIER_UNAVAILABLE', message, { retryable: true, cause, hint });
}

function lost(cause: Error | undefined): FaultError {
  const why = cause === undefined ? '' : `: ${cause.message}`;
  return new FaultError('VERIFIER_UNAVAILABLE', `the thread that checked the evidence ended${why}`, {
    retryable: true,
    cause,
    hint: 'It is tried again. If it stays, please report it, with what is attached to the image.',
  });
}
