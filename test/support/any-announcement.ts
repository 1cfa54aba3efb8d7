import fc from 'fast-check';
import { type Announcement, GROUPED_KINDS } from '../../src/domain/announcement.ts';
import { makeAnnouncement, SAMPLE_DIGEST } from './announcements.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';

const text = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary', maxLength: 80 }), fc.string());
const texts = (most: number) => fc.array(text, { maxLength: most });

/** Announcements of every kind with anything at all in them; the digest alone is always one. */
export const anyAnnouncement: fc.Arbitrary<Announcement> = fc
  .record({
    kind: fc.constantFrom<Announcement['kind']>(
      'failed',
      'resolved',
      'cannot-verify',
      'rejected',
      'breaker-open',
      'mark-removed',
      'evidence-hidden',
      'false-mark',
      'several',
      'cannot-hear',
      'cannot-tell',
      'baseline',
      'not-announced',
      'announced-again',
      'test',
    ),
    outcome: fc.constantFrom<Announcement['outcome']>(
      'pass',
      'fail-evidence',
      'fail-missing',
      'indeterminate',
      'rejected-input',
    ),
    id: text,
    image: text,
    tags: texts(20),
    code: text,
    reason: text,
    policies: texts(20),
    requirements: fc.array(
      fc.record({ name: text, satisfied: fc.boolean(), expected: text, found: text, advice: text }),
      { maxLength: 20 },
    ),
    action: fc.record({
      kind: fc.constantFrom<Announcement['action']['kind']>(
        'tagged',
        'untagged',
        'marked-released',
        'pending',
        'failed',
        'held',
        'none',
      ),
      tag: text,
      sentence: text,
    }),
    listed: fc.record({
      counts: fc.record({ failed: fc.nat(10_000), resolved: fc.nat(10_000) }),
      images: fc.array(
        fc.record({
          kind: fc.constantFrom(...GROUPED_KINDS),
          digest: fc.constant(SAMPLE_DIGEST),
          tags: texts(20),
          outcome: fc.constantFrom('pass' as const, 'fail-evidence' as const, 'rejected-input' as const),
          reason: text,
          action: fc.record({ kind: fc.constantFrom('tagged' as const, 'held' as const), tag: text, sentence: text }),
        }),
        { maxLength: 30 },
      ),
    }),
    firstSeenAt: text,
    judgedAt: text,
    commands: fc.record({ look: text, release: text }),
    mayBeRepeat: fc.boolean(),
    held: fc.record({ count: fc.nat(), images: texts(5) }),
  })
  .map(makeAnnouncement);
