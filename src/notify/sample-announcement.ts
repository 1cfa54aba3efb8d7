import type { Announcement } from '../domain/announcement.ts';
import { digestOf } from '../domain/digest.ts';
import { wordsFor } from './build-announcement.ts';

/** The message of `lazaret notify test`: shaped like a real one, and plain about being a test. Pure. */
export function sampleAnnouncement(input: {
  readonly id: string;
  readonly now: Date;
  readonly configFile?: string | undefined;
}): Announcement {
  const digest = digestOf(new TextEncoder().encode('lazaret notify test'));
  const image = 'registry.example.com/acme/sample';
  return {
    id: input.id,
    kind: 'test',
    image,
    digest,
    tags: ['v1.2.3'],
    outcome: 'fail-missing',
    code: 'PROVENANCE_MISSING',
    reason: 'This is a test: no image has failed. A real message says here, in one sentence, why one did.',
    policies: ['sample-policy'],
    requirements: [
      {
        name: 'built by our release workflow',
        satisfied: false,
        expected: 'SLSA provenance signed by https://github.com/acme/sample/.github/workflows/release.yml',
        found: 'no provenance at all',
        advice: 'Nothing: this is only a test.',
      },
    ],
    action: { kind: 'none', sentence: 'Nothing was changed in any registry.' },
    firstSeenAt: input.now.toISOString(),
    judgedAt: input.now.toISOString(),
    commands: { look: `lazaret verify ${wordsFor(`${image}@${digest}`, input.configFile)}` },
    mayBeRepeat: false,
  };
}
