import { describe, expect, it } from 'vitest';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import type { RegistryEvent } from '../../../src/domain/registry-event.ts';
import { markNames, markTag, shapeOfOurs } from '../../../src/domain/tag-template.ts';
import type { Outcome } from '../../../src/domain/verdict.ts';
import { decideIntake, type IntakeContext } from '../../../src/intake/decide-intake.ts';
import type { SubjectRecord } from '../../../src/ports/subject-record.ts';
import { noMarkArtifact, releasedArtifact } from '../../../src/quarantine/released-artifact.ts';
import { eventOf } from '../sources/dialects/fixture.ts';

const DIGEST = digestOf(Buffer.from('bad image'));
const OTHER = digestOf(Buffer.from('another image'));
const OWN_TAG = markTag('quarantined-{digest}', DIGEST);

const push = (fields: Partial<RegistryEvent> = {}) =>
  eventOf({ host: 'registry.example.com', repository: 'acme/app', tag: 'v1', digest: DIGEST, ...fields });

describe('events that are work', () => {
  it('judges a push by digest', async () => {
    expect(await decide(push())).toMatchObject({ action: 'judge', reason: null });
  });

  it('resolves a push that names only a tag', async () => {
    expect(await decide(push({ digest: null }))).toMatchObject({ action: 'resolve' });
  });

  it('judges a push whose event names no host, for the receiver belongs to one registry', async () => {
    expect((await decide(push({ host: null }))).action).toBe('judge');
  });

  it.each(['localhost:5000', 'registry.example.com@evil.example', ''])(
    'A3: judges a push that names the host %j: whoever pushes may type what he likes, and chooses nothing with it',
    async (host) => {
      expect((await decide(push({ host }))).action).toBe('judge');
    },
  );

  it('drops a tag that is none before it reaches the record', async () => {
    const decision = await decide(push({ tag: '<script>' }));
    expect(decision).toMatchObject({ action: 'judge', event: { tag: null, digest: DIGEST } });
  });
});

describe('A3: events of another repository', () => {
  it.each(['../../etc', 'Acme/App', 'acme//app', 'acme/app%2f..', '', 'a'.repeat(300), 'acme/app\n'])(
    'ignores the repository %j',
    async (repository) => {
      expect((await decide(push({ repository }))).reason).toContain('not a name a registry can hold');
    },
  );

  it('ignores a repository the configuration does not cover', async () => {
    expect((await decide(push({ repository: 'other/app' }))).reason).toContain('do not cover it');
  });
});

describe('events that do not say which image they are about', () => {
  it.each([
    ['a push', push({ tag: null, digest: null })],
    ['a removal', push({ kind: 'delete', tag: null, digest: null })],
    [
      'what a dialect could not name',
      push({ kind: 'ignored', reason: 'unnamed', isUnnamed: true, tag: null, digest: null }),
    ],
  ])('make the sweeps of their registry look at their repository: %s', async (_what, event) => {
    expect(await decide(event)).toMatchObject({
      action: 'look',
      sweptBy: ['sweep'],
      reason: expect.stringContaining('a sweep looks'),
    });
  });

  it('are told apart where nobody sweeps their registry', async () => {
    const decision = await decide(push({ tag: null, digest: null }), { sweptBy: [] });
    expect(decision).toMatchObject({
      action: 'look',
      sweptBy: [],
      reason: expect.stringContaining('"poll" sweeps registry "prod"'),
    });
  });

  it('have nothing looked at that is not covered, or that is no name', async () => {
    const nothing = { tag: null, digest: null };
    expect(await decide(push({ ...nothing, repository: 'other/app' }))).toMatchObject({ action: 'ignore' });
    expect(await decide(push({ ...nothing, repository: 'acme/../app' }))).toMatchObject({ action: 'ignore' });
  });
});

describe('events that are no push', () => {
  it('keeps the reason of the dialect', async () => {
    expect(await decide(push({ kind: 'ignored', reason: 'it is a blob' }))).toMatchObject({
      action: 'ignore',
      reason: 'it is a blob',
    });
  });

  it('ignores a removal of what we have not marked', async () => {
    expect((await decide(push({ kind: 'delete' }))).action).toBe('ignore');
    expect((await decide(push({ kind: 'delete', digest: null }))).action).toBe('ignore');
    expect((await decide(push({ kind: 'delete', repository: 'other/app' }))).action).toBe('ignore');
  });

  it('ignores an event without tag and digest', async () => {
    expect((await decide(push({ tag: null, digest: null }))).reason).toContain('neither a tag nor');
  });
});

describe('a removal', () => {
  const marked = record({ outcome: 'fail-missing', mark: 'quarantined' });

  it('of an image we have marked has its mark looked up', async () => {
    const decision = await decide(push({ kind: 'delete', tag: null }), { subject: marked });
    expect(decision).toMatchObject({ action: 'check', about: DIGEST, reason: null });
  });

  it('of our tag has the mark of its image looked up, though the event names no digest', async () => {
    const decision = await decide(push({ kind: 'delete', tag: OWN_TAG, digest: null }), { marked });
    expect(decision).toMatchObject({ action: 'check', about: DIGEST });
  });

  it('A3: in a repository the configuration does not cover is ignored', async () => {
    const decision = await decide(push({ kind: 'delete', repository: 'other/app' }), { subject: marked, marked });
    expect(decision.action).toBe('ignore');
  });
});

describe('A8: our own tag comes back', () => {
  it('ignores our tag on a digest with a final failing verdict', async () => {
    const decision = await decide(push({ tag: OWN_TAG }), { subject: record({ outcome: 'fail-missing' }) });
    expect(decision).toMatchObject({ action: 'ignore', reason: 'it is our own quarantine tag' });
  });

  it('ignores our tag on a digest that carries our mark', async () => {
    const decision = await decide(push({ tag: OWN_TAG }), {
      subject: record({ outcome: 'pass', mark: 'quarantined' }),
    });
    expect(decision.action).toBe('ignore');
  });

  it('judges an unknown image pushed under the tag we would give it', async () => {
    expect((await decide(push({ tag: OWN_TAG }))).action).toBe('judge');
  });

  it('judges another image pushed under the tag of a quarantined one', async () => {
    const context = { subject: record({ outcome: 'fail-missing' }), marked: record({ mark: 'quarantined' }) };
    expect((await decide(push({ tag: OWN_TAG, digest: OTHER }), context)).action).toBe('judge');
  });

  it.each<Outcome>(['pass', 'indeterminate', 'rejected-input'])(
    'judges our tag on a digest whose verdict is %s',
    async (outcome) => {
      expect((await decide(push({ tag: OWN_TAG }), { subject: record({ outcome }) })).action).toBe('judge');
    },
  );

  it('judges our tag on a digest that still waits within its grace', async () => {
    const subject = record({ outcome: 'fail-missing', final: false });
    expect((await decide(push({ tag: OWN_TAG }), { subject })).action).toBe('judge');
  });

  it('judges a failing digest pushed again under a tag of its own', async () => {
    expect((await decide(push({ tag: 'v2' }), { subject: record({ outcome: 'fail-missing' }) })).action).toBe('judge');
  });

  it('ignores the "released" artifact under the tag of the image it releases, even before its write is on record', async () => {
    const digest = releasedArtifact(DIGEST).digest;
    const decision = await decide(push({ tag: OWN_TAG, digest }), { marked: record({ mark: 'quarantined' }) });
    expect(decision).toMatchObject({ action: 'ignore', reason: 'it is our own "released" artifact' });
  });

  it('judges the "released" artifact of one image under a tag that is no mark', async () => {
    expect((await decide(push({ digest: releasedArtifact(DIGEST).digest }))).action).toBe('judge');
  });

  it('resolves our tag where the event has no digest, for the tag may point elsewhere by now', async () => {
    expect(
      (await decide(push({ tag: OWN_TAG, digest: null }), { marked: record({ mark: 'quarantined' }) })).action,
    ).toBe('resolve');
  });
});

describe('P4: what is pushed under our names', () => {
  const wrong = async (event: Partial<RegistryEvent>, known: Known = {}) => (await decide(push(event), known)).undo;

  it('of another digest than the one it marks is put right for that one', async () => {
    const marked = record({ outcome: 'fail-missing', mark: 'quarantined' });
    expect(await wrong({ tag: OWN_TAG, digest: OTHER }, { marked, subject: marked })).toBe(DIGEST);
  });

  it('of another digest is put right where it marks nothing', async () => {
    expect(await wrong({ tag: OWN_TAG, digest: OTHER })).toBe(OTHER);
    expect(
      await wrong({ tag: OWN_TAG, digest: OTHER }, { marked: record({ outcome: 'pass', mark: 'released' }) }),
    ).toBe(OTHER);
  });

  it('of a passing digest under its own name is put right, also while a release is on its way', async () => {
    for (const mark of ['none', 'released', 'quarantined'] as const) {
      const subject = record({ outcome: 'pass', mark });
      expect(await wrong({ tag: OWN_TAG }, { subject, ...(mark !== 'none' && { marked: subject }) })).toBe(DIGEST);
    }
  });

  it('of a digest under its own name is put right once it turns out to pass', async () => {
    expect(await wrong({ tag: OWN_TAG })).toBe(DIGEST);
    expect(await wrong({ tag: OWN_TAG }, { subject: record({ outcome: 'fail-missing', final: false }) })).toBe(DIGEST);
  });

  it('by ourselves is left alone, and so is what is no name of ours', async () => {
    const marked = record({ outcome: 'fail-missing', mark: 'quarantined' });
    expect(await wrong({ tag: OWN_TAG }, { subject: marked, marked })).toBeUndefined();
    expect(await wrong({ tag: OWN_TAG, digest: noMarkArtifact().digest })).toBeUndefined();
    expect(await wrong({ tag: OWN_TAG, digest: releasedArtifact(DIGEST).digest }, { marked })).toBeUndefined();
    expect(await wrong({ tag: 'v1' }, { subject: record({ outcome: 'pass' }) })).toBeUndefined();
  });
});

interface Known {
  readonly subject?: SubjectRecord;
  readonly marked?: SubjectRecord;
  readonly sweptBy?: readonly string[];
}

function decide(event: RegistryEvent, known: Known = {}) {
  const context: IntakeContext = {
    registry: {
      id: 'prod',
      covers: (repository) => repository.startsWith('acme/'),
    },
    findSubject: async ({ digest }) => (known.subject?.digest === digest ? known.subject : null),
    findMark: async (_registryId, _repository, tag) => (tag === OWN_TAG ? (known.marked ?? null) : null),
    registryId: 'prod',
    sweptBy: known.sweptBy ?? ['sweep'],
    looksLikeOurs: shapeOfOurs('quarantined-{digest}'),
    noMarkDigest: noMarkArtifact().digest,
    markNames: (digest: Digest) => markNames('quarantined-{digest}', digest),
    releasedDigest: (digest: Digest) => releasedArtifact(digest).digest,
  };
  return decideIntake(event, context);
}

function record(given: { outcome?: Outcome; final?: boolean; mark?: SubjectRecord['mark'] }): SubjectRecord {
  const verdict = given.outcome && {
    id: '1',
    policyRevision: 'r',
    trustEpoch: 1,
    judgedAt: new Date(0),
    final: given.final ?? true,
    verdict: {
      outcome: given.outcome,
      code: 'SIGNATURE_MISSING' as const,
      reason: '',
      policies: [],
      onFailure: 'quarantine' as const,
      requirements: [],
      graceMs: 0,
    },
  };
  return {
    registryId: 'prod',
    repository: 'acme/app',
    digest: DIGEST,
    id: '1',
    state: 'final',
    firstSeenAt: new Date(0),
    tags: [],
    mark: given.mark ?? 'none',
    markTag: given.mark ? OWN_TAG : null,
    rehearsedMark: null,
    baseline: null,
    releasedArtifact: null,
    artifactType: null,
    hiddenEvidence: [],
    verdict: verdict ?? null,
    correlationId: 'c',
    settledOutcome: null,
    failedLooks: 0,
  };
}
