import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Announcement, RegistryAction } from '../../../src/domain/announcement.ts';
import type { Outcome, ReasonCode, Verdict } from '../../../src/domain/verdict.ts';
import type { PlannedEffect } from '../../../src/ports/effect-outbox.ts';
import type { SubjectAtCommit } from '../../../src/ports/judgements.ts';
import { type PlanInput, type PlannedStep, planEffects } from '../../../src/quarantine/plan-effects.ts';
import { makeAnnouncement, SAMPLE_DIGEST } from '../../support/announcements.ts';

const TAG = 'quarantined-5f4dcc3b5aa7';

interface Situation {
  readonly outcome: Outcome;
  readonly onFailure?: 'quarantine' | 'alert';
  readonly settled?: Outcome | null;
  readonly underWay?: boolean;
  readonly mark?: 'none' | 'quarantined' | 'released';
  readonly marksLost?: number;
  readonly markMissing?: boolean;
  readonly markUnderWay?: string;
  readonly mode?: 'tag' | 'label' | 'rehearse' | 'observe';
  /** In the rehearsal it carries the mark. */
  readonly rehearsed?: boolean;
  readonly onRejectedInput?: 'alert' | 'quarantine';
  readonly final?: boolean;
  /** Something that verified counts towards what is open. */
  readonly counted?: boolean;
  readonly mayAnnounceFault?: boolean;
}

function plan(situation: Situation): readonly PlannedStep[] {
  const { outcome, settled = null, mark = 'none', underWay = false } = situation;
  const input: PlanInput = {
    subject: {
      digest: SAMPLE_DIGEST,
      mark,
      markTag: mark === 'quarantined' ? TAG : null,
      rehearsedMark: situation.rehearsed === true ? TAG : null,
      settledOutcome: settled,
      quarantineUnderWay: underWay,
      markUnderWay: situation.markUnderWay ?? null,
      marksLost: situation.marksLost ?? 0,
      markMissing: situation.markMissing ?? false,
    },
    verdict: verdictOf(situation),
    final: situation.final ?? true,
    mode: situation.mode ?? 'tag',
    onRejectedInput: situation.onRejectedInput ?? 'alert',
    tagTemplate: 'quarantined-{digest12}',
    label: 'quarantined',
    sinkIds: ['security', 'oncall'],
    mayAnnounceFault: situation.mayAnnounceFault ?? true,
    announce: (kind: Announcement['kind'], action: RegistryAction) => makeAnnouncement({ kind, action, outcome }),
  };
  return planEffects(input);
}

function verdictOf({ outcome, onFailure = 'quarantine', counted = false }: Situation): Verdict {
  const code: ReasonCode = outcome === 'pass' ? 'SATISFIED' : 'PROVENANCE_MISSING';
  const tried = { evidence: { digest: SAMPLE_DIGEST, place: 'referrer' as const }, counted, code, message: 'It is.' };
  const open = { policy: 'p', name: 'signed', satisfied: false, code, expected: 'x', found: 'y', advice: '' } as const;
  const requirements = [{ ...open, evidence: [tried] }];
  return { outcome, code, reason: 'Because.', policies: [], onFailure, requirements, graceMs: 0 };
}

/** The plan in words: writes as they are, notices as `kind/action → sink`. */
function told(situation: Situation): string[] {
  return plan(situation).map((step) =>
    step.kind === 'notice'
      ? `${step.announcement.kind}/${step.announcement.action.kind} → ${step.sinkId}`
      : `${step.kind} ${step.tag}`,
  );
}

const FAILED_NOTICES = ['failed/pending → security', 'failed/pending → oncall'];

describe('a failing image', () => {
  it.each(['fail-evidence', 'fail-missing'] as const)('is tagged, and every sink hears of it (%s)', (outcome) => {
    expect(told({ outcome })).toEqual([`quarantine ${TAG}`, ...FAILED_NOTICES]);
  });

  it('is labelled where images are marked by a label, and the words say so', () => {
    expect(told({ outcome: 'fail-evidence', mode: 'label' })).toEqual([
      'quarantine label:quarantined',
      ...FAILED_NOTICES,
    ]);
    const [, notice] = plan({ outcome: 'fail-evidence', mode: 'label' });
    expect(notice).toMatchObject({
      announcement: { action: { sentence: 'The label quarantined is being put on it.' } },
    });
  });

  it('is left alone while its evidence is still waited for', () => {
    expect(told({ outcome: 'fail-missing', final: false })).toEqual([]);
  });

  it('is only announced where the policy alerts, or where Lazaret observes', () => {
    const only = ['failed/none → security', 'failed/none → oncall'];
    expect(told({ outcome: 'fail-missing', onFailure: 'alert' })).toEqual(only);
    expect(told({ outcome: 'fail-missing', mode: 'observe' })).toEqual(only);
  });

  it('causes nothing when it fails again in the same way', () => {
    expect(told({ outcome: 'fail-missing', settled: 'fail-missing', mark: 'quarantined' })).toEqual([]);
    expect(told({ outcome: 'fail-missing', settled: 'fail-missing', onFailure: 'alert' })).toEqual([]);
  });

  it('is announced again, without a second write, when it fails in another way', () => {
    expect(told({ outcome: 'fail-evidence', settled: 'fail-missing', mark: 'quarantined' })).toEqual([
      'failed/none → security',
      'failed/none → oncall',
    ]);
  });

  it('gets the tag it should have, without a second message, when it fails again and carries none', () => {
    expect(told({ outcome: 'fail-missing', settled: 'fail-missing' })).toEqual([`quarantine ${TAG}`]);
  });

  it('stays released by hand as long as it fails in the same way', () => {
    expect(told({ outcome: 'fail-missing', settled: 'fail-missing', mark: 'released' })).toEqual([]);
    expect(told({ outcome: 'fail-evidence', settled: 'fail-missing', mark: 'released' })).toEqual([
      `quarantine ${TAG}`,
      ...FAILED_NOTICES,
    ]);
  });

  it('is tagged again when it had been released because it passed', () => {
    expect(told({ outcome: 'fail-evidence', settled: 'pass', mark: 'released' })).toContain(`quarantine ${TAG}`);
  });
});

describe('a failing image whose tag was taken off', () => {
  const again = { outcome: 'fail-missing', settled: 'fail-missing', markMissing: true } as const;

  it('gets it back without a word, three times a day', () => {
    for (const marksLost of [1, 2, 3]) expect(told({ ...again, marksLost })).toEqual([`quarantine ${TAG}`]);
  });

  it('is told of when it does not stay, once, and gets it back when a day has passed', () => {
    const doesNotStay = ['mark-removed/none → security', 'mark-removed/none → oncall'];
    expect(told({ ...again, marksLost: 4 })).toEqual(doesNotStay);
    expect(told({ ...again, marksLost: 4, markMissing: false })).toEqual([]);
    expect(told({ ...again, marksLost: 3, markMissing: false })).toEqual([`quarantine ${TAG}`]);
  });

  it('gets no tag beyond that although it fails in another way, and people hear both', () => {
    const [notice, ...more] = plan({ ...again, outcome: 'fail-evidence', marksLost: 4 });
    expect(notice).toMatchObject({
      announcement: { kind: 'failed', action: { sentence: expect.stringMatching(/does not stay/) } },
    });
    expect(more.map((step) => step.kind)).toEqual(['notice']);
  });

  it('gets no tag where none is wanted any more', () => {
    expect(told({ ...again, marksLost: 1, mode: 'observe' })).toEqual([]);
    expect(told({ ...again, marksLost: 1, onFailure: 'alert' })).toEqual([]);
  });

  it('gets it back where the operator has asked for it on hostile evidence', () => {
    const hostile = { outcome: 'rejected-input', settled: 'rejected-input', markMissing: true, marksLost: 1 } as const;
    expect(told({ ...hostile, onRejectedInput: 'quarantine' })).toEqual([`quarantine ${TAG}`]);
    expect(told(hostile)).toEqual([]);
  });
});

describe('a passing image', () => {
  it('is silent', () => {
    expect(told({ outcome: 'pass' })).toEqual([]);
    expect(told({ outcome: 'pass', settled: 'pass' })).toEqual([]);
  });

  it('is released and announced as resolved when it was quarantined, in any mode', () => {
    const expected = [`release ${TAG}`, 'resolved/pending → security', 'resolved/pending → oncall'];
    expect(told({ outcome: 'pass', settled: 'fail-missing', mark: 'quarantined' })).toEqual(expected);
    expect(told({ outcome: 'pass', settled: 'fail-missing', mark: 'quarantined', mode: 'observe' })).toEqual(expected);
  });

  it('I2: is released although its quarantine is not confirmed, for its tag may come', () => {
    for (const settled of ['fail-missing', 'rejected-input'] as const) {
      const underWay = told({ outcome: 'pass', settled, underWay: true });
      expect(underWay).toEqual([`release ${TAG}`, 'resolved/pending → security', 'resolved/pending → oncall']);
    }
  });

  it('is released, in silence, from a quarantine by hand that nobody was told a reason for', () => {
    expect(told({ outcome: 'pass', underWay: true })).toEqual([`release ${TAG}`]);
  });

  it('is announced as resolved, without a write, when its quarantine never began', () => {
    expect(told({ outcome: 'pass', settled: 'fail-missing' })).toEqual([
      'resolved/none → security',
      'resolved/none → oncall',
    ]);
  });

  it('is announced as resolved, without a write, when its failure was only announced', () => {
    expect(told({ outcome: 'pass', settled: 'fail-evidence', onFailure: 'alert' })).toEqual([
      'resolved/none → security',
      'resolved/none → oncall',
    ]);
    expect(told({ outcome: 'pass', settled: 'rejected-input' })).toHaveLength(2);
  });

  it('is announced as resolved, without a write, when it was released by hand before', () => {
    expect(told({ outcome: 'pass', settled: 'fail-missing', mark: 'released' })).toEqual([
      'resolved/none → security',
      'resolved/none → oncall',
    ]);
  });
});

describe('what could not be decided', () => {
  it.each(['none', 'quarantined', 'released'] as const)('E2: never writes (mark %s)', (mark) => {
    for (const outcome of ['indeterminate', 'rejected-input'] as const) {
      for (const settled of [null, 'pass', 'fail-evidence', 'fail-missing', 'rejected-input'] as const) {
        expect(plan({ outcome, settled, mark }).filter((step) => step.kind !== 'notice')).toEqual([]);
      }
    }
  });

  it('says that it cannot verify, when that is worth saying', () => {
    expect(told({ outcome: 'indeterminate', final: false })).toEqual([
      'cannot-verify/none → security',
      'cannot-verify/none → oncall',
    ]);
    expect(told({ outcome: 'indeterminate', final: false, mayAnnounceFault: false })).toEqual([]);
  });

  it('announces hostile or broken evidence once', () => {
    expect(told({ outcome: 'rejected-input' })).toEqual(['rejected/none → security', 'rejected/none → oncall']);
    expect(told({ outcome: 'rejected-input', settled: 'rejected-input' })).toEqual([]);
  });

  it('P8: is only announced where the image had passed, or is partly proved: others can fill what is not theirs', () => {
    const asked = { outcome: 'rejected-input', onRejectedInput: 'quarantine' } as const;
    const announced = ['rejected/none → security', 'rejected/none → oncall'];
    expect(told({ ...asked, settled: 'pass' })).toEqual(announced);
    expect(told({ ...asked, counted: true })).toEqual(announced);
    expect(told({ ...asked, settled: 'fail-missing' })[0]).toBe(`quarantine ${TAG}`);
    const [notice] = plan({ ...asked, settled: 'pass' });
    expect(notice).toMatchObject({ announcement: { action: { sentence: expect.stringMatching(/passed before/) } } });
  });

  it('is tagged where the operator lets it, and released when it passes', () => {
    const asked = { onRejectedInput: 'quarantine' } as const;
    expect(told({ outcome: 'rejected-input', ...asked })[0]).toBe(`quarantine ${TAG}`);
    expect(told({ outcome: 'rejected-input', ...asked, mode: 'observe' })).toEqual([
      'rejected/none → security',
      'rejected/none → oncall',
    ]);
    expect(told({ outcome: 'rejected-input', ...asked, onFailure: 'alert' })[0]).toBe('rejected/none → security');
    expect(told({ outcome: 'pass', settled: 'rejected-input', mark: 'quarantined', ...asked })[0]).toBe(
      `release ${TAG}`,
    );
  });
});

it('makes what the outbox takes, from what the record holds', () => {
  expectTypeOf<PlannedStep>().toExtend<PlannedEffect>();
  expectTypeOf<SubjectAtCommit>().toExtend<PlanInput['subject']>();
});

describe('a rehearsal', () => {
  const sentences = (situation: Situation) =>
    plan(situation).flatMap((step) => (step.kind === 'notice' ? [step.announcement.action.sentence] : []));

  it('plans what would be planned where images are tagged, and says that it is one', () => {
    for (const outcome of ['fail-evidence', 'fail-missing'] as const) {
      expect(told({ outcome, mode: 'rehearse' })).toEqual(told({ outcome, mode: 'tag' }));
    }
    expect(sentences({ outcome: 'fail-missing', mode: 'rehearse' })[0]).toBe(
      `This is a rehearsal: the tag ${TAG} would have been put on it. Nothing was changed in the registry.`,
    );
  });

  it('goes on as if the image carried the mark it would have', () => {
    const again = { settled: 'fail-missing', rehearsed: true, mode: 'rehearse' } as const;
    expect(told({ outcome: 'fail-missing', ...again })).toEqual([]);
    expect(sentences({ outcome: 'fail-evidence', ...again })[0]).toBe(
      `Nothing new was done in the registry. In this rehearsal it carries the tag ${TAG} already.`,
    );
    expect(told({ outcome: 'pass', ...again })).toEqual([
      `release ${TAG}`,
      'resolved/pending → security',
      'resolved/pending → oncall',
    ]);
    expect(sentences({ outcome: 'pass', ...again })[0]).toBe(
      `This is a rehearsal: the tag ${TAG} would have been taken off. Nothing was changed in the registry.`,
    );
  });

  it('leaves what it put on record out of account once images are tagged', () => {
    const after = { settled: 'fail-missing', rehearsed: true, mode: 'tag' } as const;
    expect(told({ outcome: 'fail-missing', ...after })).toEqual([`quarantine ${TAG}`]);
    expect(told({ outcome: 'pass', ...after })).toEqual(['resolved/none → security', 'resolved/none → oncall']);
  });

  it('takes a mark off that was really put, before it began', () => {
    const real = { mark: 'quarantined', settled: 'fail-missing', mode: 'rehearse' } as const;
    expect(told({ outcome: 'pass', ...real })[0]).toBe(`release ${TAG}`);
    expect(sentences({ outcome: 'pass', ...real })[0]).toBe(`The tag ${TAG} is being taken off.`);
    expect(sentences({ outcome: 'fail-evidence', ...real })[0]).toMatch(/It still carries the tag/);
  });
});
