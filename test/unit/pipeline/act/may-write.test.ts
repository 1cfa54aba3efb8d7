import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../../src/domain/digest.ts';
import type { Outcome } from '../../../../src/domain/verdict.ts';
import { mayWrite } from '../../../../src/pipeline/act/may-write.ts';
import type { QuarantineSettings } from '../../../../src/pipeline/pipeline-context.ts';
import type { LastHour, MarkEffect } from '../../../../src/ports/effect-record.ts';
import { breakerOf } from '../../../support/breaker-limits.ts';

const NOW = new Date('2026-11-24T08:00:00Z');
const TAG = 'quarantined-0123456789ab';
const SETTINGS: QuarantineSettings = {
  mode: 'tag',
  onRejectedInput: 'alert',
  modes: new Map(),
  tag: 'quarantined-{digest}',
  label: 'quarantined',
  breaker: breakerOf({ perHour: 20, share: 0.05 }),
};

const NONE = { quarantines: 0, judged: 0, ahead: 0, fullest: [] } as const;
const QUIET: LastHour = { ...NONE, writesOfSubject: 0, registry: NONE, repository: NONE, behind: null };

interface Situation {
  readonly kind?: 'quarantine' | 'release';
  readonly outcome?: Outcome;
  readonly onFailure?: 'quarantine' | 'alert';
  readonly final?: boolean;
  /** Whether a verdict was made since this write was planned. */
  readonly isOlder?: boolean;
  readonly manual?: boolean;
  readonly mark?: 'none' | 'quarantined' | 'released';
  readonly rehearsed?: boolean;
}

function effectOf(situation: Situation): MarkEffect {
  const { kind = 'quarantine', outcome = 'fail-missing', onFailure = 'quarantine', final = true } = situation;
  const { mark = kind === 'release' ? 'quarantined' : 'none', manual = false, isOlder = false } = situation;
  const code = outcome === 'pass' ? 'SATISFIED' : 'SIGNATURE_MISSING';
  const verdict = { outcome, code, reason: '', policies: [], onFailure, requirements: [], graceMs: 0 } as const;
  const planned = {
    id: '1',
    subject: {
      id: 's',
      registryId: 'prod',
      repository: 'acme/app',
      digest: digestOf(Buffer.from('image')),
      state: final ? 'final' : 'waiting',
      firstSeenAt: NOW,
      tags: ['v1'],
      mark,
      markTag: mark === 'quarantined' ? TAG : null,
      rehearsedMark: situation.rehearsed === true ? TAG : null,
      baseline: null,
      releasedArtifact: null,
      artifactType: null,
      hiddenEvidence: [],
      verdict: { id: '7', verdict, policyRevision: 'p', trustEpoch: 1, judgedAt: NOW, final },
      settledOutcome: final ? outcome : null,
      failedLooks: 0,
      correlationId: 'c',
    },
    verdictId: isOlder ? '6' : '7',
    tag: TAG,
    attempts: 1,
    manual,
    replyUnknown: false,
  } as const;
  return kind === 'release' ? { kind, ...planned } : { kind, ...planned, resumed: false, lastHour: QUIET };
}

const answer = (situation: Situation, settings: Partial<QuarantineSettings> = {}) =>
  mayWrite(effectOf(situation), { ...SETTINGS, ...settings }).kind;

describe('a planned write', () => {
  it('is made while its verdict stands', () => {
    expect(answer({})).toBe('yes');
    expect(answer({ outcome: 'fail-evidence' })).toBe('yes');
    expect(answer({ kind: 'release', outcome: 'pass' })).toBe('yes');
  });

  it('is never made after a newer final verdict, even one that says the same: that one has its own', () => {
    expect(answer({ isOlder: true })).toBe('never');
    expect(answer({ isOlder: true, outcome: 'pass' })).toBe('never');
    expect(answer({ isOlder: true, kind: 'release', outcome: 'pass' })).toBe('never');
  });

  it('I5: waits while the image is being looked at again', () => {
    for (const outcome of ['indeterminate', 'fail-missing', 'fail-evidence'] as const) {
      expect(answer({ outcome, final: false, isOlder: true })).toBe('later');
      expect(answer({ outcome, final: false, isOlder: true, kind: 'release' })).toBe('later');
    }
  });

  it('I3: is not made twice', () => {
    expect(answer({ mark: 'quarantined' })).toBe('never');
  });

  it('is not made where Lazaret has come to observe only; our tag comes off all the same', () => {
    expect(answer({}, { mode: 'observe' })).toBe('never');
    expect(answer({ kind: 'release', outcome: 'pass' }, { mode: 'observe' })).toBe('yes');
  });

  it('is made twice in no rehearsal either, and by hand all the same', () => {
    expect(answer({}, { mode: 'rehearse' })).toBe('yes');
    expect(answer({ rehearsed: true }, { mode: 'rehearse' })).toBe('never');
    expect(answer({ rehearsed: true, manual: true }, { mode: 'rehearse' })).toBe('yes');
    expect(answer({ rehearsed: true }, { mode: 'tag' })).toBe('yes');
  });

  it('E4: follows from the verdict on record and not from what planned it', () => {
    expect(answer({ outcome: 'pass' })).toBe('never');
    expect(answer({ onFailure: 'alert' })).toBe('never');
    expect(answer({ outcome: 'rejected-input' })).toBe('never');
    expect(answer({ outcome: 'rejected-input' }, { onRejectedInput: 'quarantine' })).toBe('yes');
    expect(answer({ kind: 'release' })).toBe('never');
    expect(mayWrite({ ...effectOf({}), subject: { ...effectOf({}).subject, verdict: null } }, SETTINGS).kind).toBe(
      'never',
    );
  });
});

describe('a write by hand', () => {
  it('is made whatever the verdict, but for the quarantine of what passes', () => {
    const byHand = { manual: true, isOlder: true } as const;
    expect(answer({ ...byHand, kind: 'release' })).toBe('yes');
    expect(answer({ ...byHand, outcome: 'indeterminate', final: false })).toBe('yes');
    expect(answer({ ...byHand }, { mode: 'observe' })).toBe('yes');
    expect(answer({ ...byHand, outcome: 'pass' })).toBe('never');
  });
});
