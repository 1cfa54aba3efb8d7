import { describe, expect, it } from 'vitest';
import { lookAgain } from '../../../src/cli/verify/look-again.ts';
import type { Outcome, ReasonCode } from '../../../src/domain/verdict.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { storableJson } from '../../../src/kit/storable-json.ts';
import type { Judgement } from '../../../src/pipeline/judge/judge-image.ts';
import { REPORTS } from './verify-samples.ts';

const { verdict } = REPORTS['an unsigned image']!;

function judged(outcome: Outcome, more: { code?: ReasonCode; retryable?: boolean; reason?: string } = {}): Judgement {
  const {
    code = 'SIGNATURE_MISSING',
    reason = verdict.reason,
    retryable = outcome === 'indeterminate' ? true : undefined,
  } = more;
  const fault = new FaultError('REGISTRY_ERROR', 'x', { retryable: retryable ?? true });
  return {
    kind: 'judged',
    manifest: null,
    findings: storableJson([]),
    verdict: { ...verdict, outcome, code, reason },
    ...(retryable !== undefined && { fault }),
  };
}

/** Looks with a clock of its own; the answers come in this order, the last one for ever. */
async function look(waitMs: number, answers: readonly Judgement[], signal = new AbortController().signal) {
  let time = 1_000;
  const looks: number[] = [];
  const told: string[] = [];
  const judgement = await lookAgain(
    async () => {
      looks.push(time - 1_000);
      return answers[Math.min(looks.length, answers.length) - 1]!;
    },
    {
      waitMs,
      signal,
      now: () => time,
      pause: async (ms) => {
        time += ms;
      },
      onWait: (waited) => told.push(waited.kind === 'judged' ? waited.verdict.reason : waited.kind),
    },
  );
  return { looks, told, outcome: judgement.kind === 'judged' ? judgement.verdict.outcome : judgement.kind };
}

describe('verify --wait', () => {
  it('looks once without it: what is missing is missing', async () => {
    expect(await look(0, [judged('fail-missing'), judged('pass')])).toMatchObject({
      looks: [0],
      outcome: 'fail-missing',
    });
  });

  it('looks again until the signature is there', async () => {
    const answers = [judged('fail-missing'), judged('fail-missing'), judged('pass')];
    expect(await look(60_000, answers)).toMatchObject({ looks: [0, 5_000, 10_000], outcome: 'pass' });
  });

  it('says once what is waited for, until that is another thing', async () => {
    const answers = [judged('fail-missing'), judged('fail-missing'), judged('indeterminate', { reason: 'away' })];
    const { told } = await look(22_000, answers);
    expect(told).toEqual([verdict.reason, 'away']);
  });

  it('looks a last time when the time is over', async () => {
    expect(await look(12_000, [judged('fail-missing')])).toMatchObject({
      looks: [0, 5_000, 10_000, 12_000],
      outcome: 'fail-missing',
    });
  });

  it.each<[string, Judgement]>([
    ['a pass', judged('pass')],
    ['an image that no policy covers', judged('fail-missing', { code: 'NO_POLICY' })],
    ['an image that the policy denies', judged('fail-evidence', { code: 'DENIED_BY_POLICY' })],
    ['credentials that are refused', judged('indeterminate', { retryable: false })],
    ['evidence instead of an image', { kind: 'evidence', of: [] }],
  ])('does not wait on %s', async (_, answer) => {
    expect((await look(60_000, [answer])).looks).toEqual([0]);
  });

  it.each<[string, Judgement]>([
    ['a signature by a stranger', judged('fail-evidence', { code: 'SIGNER_NOT_ALLOWED' })],
    ['a signature that is forged', judged('fail-evidence', { code: 'SIGNATURE_INVALID' })],
    ['more than can be read', judged('rejected-input', { code: 'LOOK_CUT_SHORT' })],
  ])('waits for the right signature although others attached %s', async (_, answer) => {
    expect(await look(60_000, [answer, judged('pass')])).toMatchObject({ looks: [0, 5_000], outcome: 'pass' });
  });

  it('waits out a registry that stumbles, and an image that is not there yet', async () => {
    const answers = [judged('indeterminate', { retryable: true }), { kind: 'gone' } as const, judged('pass')];
    expect(await look(60_000, answers)).toMatchObject({ looks: [0, 5_000, 10_000], outcome: 'pass' });
  });

  it('gives what it knows when interrupted', async () => {
    const answers = [judged('fail-missing'), judged('pass')];
    expect(await look(60_000, answers, AbortSignal.abort())).toMatchObject({ looks: [0], outcome: 'fail-missing' });
  });
});
