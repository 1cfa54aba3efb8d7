import { afterEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import type { Evidence } from '../../../src/domain/evidence.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import type { EvidenceQuestion } from '../../../src/ports/evidence-judge.ts';
import { createThreadedJudge, type ThreadLoss } from '../../../src/threads/judge-in-threads.ts';

// What becomes of a look whose thread is lost, with a thread that does what is written on the evidence.
const DEADLINE_MS = 1_000;
const MANIFEST = Buffer.from('{}');
const DIGEST = digestOf(MANIFEST);

let losses: ThreadLoss[] = [];
let judge: ReturnType<typeof createThreadedJudge>;

function open(limits: { examinationMs?: number; heapMb?: number; deadlineMs?: number } = {}): void {
  losses = [];
  judge = createThreadedJudge({
    entry: new URL('../../support/threads/moody-judge.thread.ts', import.meta.url),
    size: 2,
    trust: () => ({ epoch: 1, roots: new Map() }),
    onLoss: (loss) => losses.push(loss),
    limits: { deadlineMs: DEADLINE_MS, examinationMs: 20_000, heapMb: 32, ...limits },
  });
}

function evidenceOf(text: string): Evidence {
  const bytes = Buffer.from(text);
  return { kind: 'bundle', bytes, digest: digestOf(bytes), place: 'referrer' };
}

function questionOf(texts: readonly string[]): EvidenceQuestion {
  const inForce = { revision: 'r', policies: [], noMatch: 'alert' } as const;
  const evidence = { subject: DIGEST, items: texts.map(evidenceOf) };
  return { evidence, manifest: MANIFEST, image: 'reg/app', inForce, policies: [], now: new Date() };
}

async function judged(...texts: readonly string[]) {
  const { verdict, findings } = await judge.judge(questionOf(texts));
  const found: readonly Finding[] = JSON.parse(findings);
  return { outcome: verdict.outcome, reason: verdict.reason, found: found.map(({ code, message }) => [code, message]) };
}

const whys = () => losses.map(({ why, evidence }) => [why, evidence]);
const alone = (text: string) => digestOf(Buffer.from(text));

afterEach(() => judge.stop());

describe('C10, L8: evidence that takes too long', () => {
  it('is over the limit, once it took too long twice: among others and alone', async () => {
    open();
    expect(await judged('bad', 'hang')).toEqual({
      outcome: 'fail-evidence',
      reason: '',
      found: [
        ['SIGNATURE_INVALID', 'bad'],
        ['EVIDENCE_OVER_LIMIT', 'checking it takes more than 1 s'],
      ],
    });
    expect(whys()).toEqual([
      ['deadline', undefined],
      ['deadline', alone('hang')],
    ]);
    expect(losses[0]).toMatchObject({ image: 'reg/app', digest: DIGEST });
  });

  it('is still known by where it lay', async () => {
    open();
    const question = questionOf([]);
    const item = { ...evidenceOf('hang'), place: 'signature-tag', repository: 'other.example.com/signatures' } as const;
    const { findings } = await judge.judge({ ...question, evidence: { subject: DIGEST, items: [item] } });
    const { digest, place, repository } = item;
    expect(JSON.parse(findings)).toMatchObject([
      { code: 'EVIDENCE_OVER_LIMIT', evidence: { digest, place, repository } },
    ]);
  });

  it('does not lower a pass', async () => {
    open();
    expect(await judged('hang 1', 'good', 'hang 2')).toMatchObject({ outcome: 'pass' });
  });

  it('never is what only takes long together', async () => {
    open();
    const { outcome, found } = await judged('busy 600 a', 'busy 600 b', 'good');
    expect(outcome).toBe('pass');
    expect(found.map(([code]) => code)).not.toContain('EVIDENCE_OVER_LIMIT');
  });

  it('cuts the look short when there is too much of it: rejected, never failed', async () => {
    open({ deadlineMs: 600, examinationMs: 1_000 });
    const { outcome, reason } = await judged('hang 1', 'hang 2', 'hang 3', 'hang 4', 'hang 5');
    expect(outcome).toBe('rejected-input');
    expect(reason).toContain('checking its evidence takes more than 1 s');
    expect(await judged('good', 'hang 1', 'hang 2', 'hang 3', 'hang 4')).toMatchObject({ outcome: 'pass' });
  });

  it('leaves nine other images alone while it hangs', async () => {
    open();
    const others = Array.from({ length: 9 }, (_, n) => judged(`bad ${n}`, 'good'));
    const [hanging, ...rest] = await Promise.all([judged('hang'), ...others]);
    expect(hanging).toMatchObject({ outcome: 'fail-evidence' });
    expect(rest.map(({ outcome }) => outcome)).toEqual(rest.map(() => 'pass'));
  });
});

describe('L8: evidence that takes too much memory', () => {
  it('is over the limit, and leaves the process and the other evidence alone', async () => {
    open({ deadlineMs: 60_000 });
    const { outcome, found } = await judged('eat memory', 'good');
    expect(outcome).toBe('pass');
    expect(found[0]).toEqual(['EVIDENCE_OVER_LIMIT', 'checking it takes more than 32 MiB of memory']);
    expect(whys()).toEqual([
      ['memory', undefined],
      ['memory', alone('eat memory')],
    ]);
  });
});

describe('a thread that crashes', () => {
  it('is "could not tell" and names the cause: nothing fails by a bug of ours', async () => {
    open();
    await expect(judged('bad', 'crash')).rejects.toMatchObject({
      code: 'VERIFIER_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('a bug in what reads evidence'),
    });
  });

  it('does not lower a pass', async () => {
    open();
    const { outcome, found } = await judged('crash', 'good');
    expect(outcome).toBe('pass');
    expect(found).toEqual([['SIGNATURE_INVALID', 'good']]);
  });

  it('takes nothing along: the next image is judged', async () => {
    open();
    await expect(judged('crash')).rejects.toThrow();
    expect(await judged('good')).toMatchObject({ outcome: 'pass' });
  });
});

describe('judging in threads', () => {
  it("leaves the caller's bytes as they are", async () => {
    open();
    const question = questionOf(['good']);
    await judge.judge(question);
    expect((await judge.judge(question)).verdict.outcome).toBe('pass');
    expect(question.manifest).toEqual(Buffer.from('{}'));
  });

  it('is "could not tell" when the judgement\'s own time is over, and nothing at all when the job is given up', async () => {
    open();
    await expect(judge.judge(questionOf(['hang']), AbortSignal.timeout(100))).rejects.toMatchObject({
      code: 'VERIFIER_UNAVAILABLE',
      message: expect.stringContaining('in time'),
    });
    const given = AbortSignal.abort(new Error('stopping'));
    await expect(judge.judge(questionOf(['good']), given)).rejects.toThrow('stopping');
  });

  it('says nothing about an image, and reports no loss, when it is stopped', async () => {
    open();
    const judging = judge.judge(questionOf(['hang']));
    const ended = expect(judging).rejects.toMatchObject({ name: 'AbortError' });
    await judge.stop();
    await ended;
    expect(losses).toEqual([]);
  });
});
