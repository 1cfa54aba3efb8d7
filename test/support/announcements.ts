import type { Announcement } from '../../src/domain/announcement.ts';
import { type Digest, digestOf, parseDigest } from '../../src/domain/digest.ts';

/** A digest that is easy to recognise. */
export const SAMPLE_DIGEST = parseDigest(`sha256:${'5f4dcc3b5aa7'.repeat(5)}abcd`) as Digest;

/** A failing image as a real announcement tells of it; `over` replaces parts. */
export function makeAnnouncement(over: Partial<Announcement> = {}): Announcement {
  return {
    id: 'verdict-01JD3Z0000000000000000TEST',
    kind: 'failed',
    image: 'registry.example.com/acme/app',
    digest: SAMPLE_DIGEST,
    tags: ['v1.4.2', 'latest'],
    outcome: 'fail-missing',
    code: 'PROVENANCE_MISSING',
    reason: 'No provenance was found for this image within 15 minutes of its push.',
    policies: ['acme-apps'],
    requirements: [
      {
        name: 'built by our release workflow',
        satisfied: false,
        expected:
          'provenance signed by https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v.* (https://token.actions.githubusercontent.com)',
        found: 'no provenance',
        advice: 'Let the release workflow attest the image, or push the attestation to the same repository.',
      },
      { name: 'has a recent SBOM', satisfied: true, expected: 'a CycloneDX SBOM', found: 'one', advice: '' },
    ],
    action: {
      kind: 'tagged',
      tag: 'quarantined-5f4dcc3b5aa7',
      sentence: 'The tag quarantined-5f4dcc3b5aa7 was put on it.',
    },
    firstSeenAt: '2026-11-24T05:00:00.000Z',
    judgedAt: '2026-11-24T05:15:02.000Z',
    commands: {
      look: `lazaret verify registry.example.com/acme/app@${SAMPLE_DIGEST}`,
      release: `lazaret quarantine release registry.example.com/acme/app@${SAMPLE_DIGEST}`,
    },
    mayBeRepeat: false,
    ...over,
  };
}

const LOOK_ONLY = { look: `lazaret verify registry.example.com/acme/app@${SAMPLE_DIGEST}` };

/** One announcement of every kind, by a name for files. */
export const EVERY_KIND: Readonly<Record<string, Announcement>> = {
  'failed-quarantined': makeAnnouncement(),
  'failed-alert-only': makeAnnouncement({
    outcome: 'fail-evidence',
    code: 'SIGNER_NOT_ALLOWED',
    reason: 'This image is signed, but by mallory@example.net, whom the policy does not allow.',
    requirements: [
      {
        name: 'signed by the release team',
        satisfied: false,
        expected: 'a signature by release@acme.example (https://accounts.example.com)',
        found: 'a signature by mallory@example.net (https://accounts.example.com)',
        advice: 'Find out who pushed this image.',
      },
    ],
    action: { kind: 'none', sentence: 'No tag was put on it, because the policy only alerts.' },
    commands: LOOK_ONLY,
  }),
  'failed-held': makeAnnouncement({
    action: {
      kind: 'held',
      tag: 'quarantined-5f4dcc3b5aa7',
      sentence:
        'The tag quarantined-5f4dcc3b5aa7 was not put on it yet. The limit of 20 quarantines in an hour is reached: check the policy and the trust roots; `lazaret quarantine resume` shows what is held, and lets it go.',
    },
    mayBeRepeat: true,
  }),
  'resolved-untagged': makeAnnouncement({
    kind: 'resolved',
    outcome: 'pass',
    code: 'SATISFIED',
    reason: 'All requirements of the policy "acme-apps" are met.',
    requirements: [
      { name: 'built by our release workflow', satisfied: true, expected: 'provenance', found: 'one', advice: '' },
    ],
    action: {
      kind: 'untagged',
      tag: 'quarantined-5f4dcc3b5aa7',
      sentence: 'The quarantine is lifted: the tag quarantined-5f4dcc3b5aa7 was deleted.',
    },
    commands: LOOK_ONLY,
  }),
  'resolved-marked-released': makeAnnouncement({
    kind: 'resolved',
    outcome: 'pass',
    code: 'SATISFIED',
    reason: 'All requirements of the policy "acme-apps" are met.',
    requirements: [],
    action: {
      kind: 'marked-released',
      tag: 'quarantined-5f4dcc3b5aa7',
      sentence:
        'The quarantine is lifted: this registry does not delete tags, so quarantined-5f4dcc3b5aa7 now points to a small artifact that says "released".',
    },
    commands: LOOK_ONLY,
  }),
  'resolved-refused': makeAnnouncement({
    kind: 'resolved',
    outcome: 'pass',
    code: 'SATISFIED',
    reason: 'All requirements of the policy "acme-apps" are met.',
    requirements: [],
    action: {
      kind: 'held',
      tag: 'quarantined-5f4dcc3b5aa7',
      sentence:
        'The tag quarantined-5f4dcc3b5aa7 was not taken off yet. REGISTRY_DENIED: registry.example.com answered 403 DENIED for writing the tag.',
    },
    commands: LOOK_ONLY,
  }),
  'cannot-verify': makeAnnouncement({
    kind: 'cannot-verify',
    outcome: 'indeterminate',
    code: 'COULD_NOT_TELL',
    reason: 'Lazaret could not check this image (REGISTRY_ERROR): the registry answered 503.',
    requirements: [],
    action: { kind: 'none', sentence: 'Nothing was changed in the registry.' },
    commands: LOOK_ONLY,
    held: {
      count: 12,
      images: [
        'registry.example.com/acme/app@5f4dcc3b5aa7 (REGISTRY_ERROR)',
        'registry.example.com/acme/web@81fe8bfe8757 (REGISTRY_DENIED)',
      ],
    },
  }),
  rejected: makeAnnouncement({
    kind: 'rejected',
    outcome: 'rejected-input',
    code: 'LOOK_CUT_SHORT',
    reason: 'More than 1,000 pieces of evidence are attached to this image; not all were looked at.',
    requirements: [],
    action: { kind: 'none', sentence: 'Nothing was changed in the registry.' },
    tags: [],
    commands: LOOK_ONLY,
  }),
  'breaker-open': makeAnnouncement({ kind: 'breaker-open', commands: LOOK_ONLY }),
  'mark-removed': makeAnnouncement({
    kind: 'mark-removed',
    action: {
      kind: 'none',
      sentence:
        'The tag quarantined-5f4dcc3b5aa7 does not stay: it was put back 3 times within a day and taken off each time. It is not put back before a day has passed since the first.',
    },
    commands: LOOK_ONLY,
  }),
  'evidence-hidden': makeAnnouncement({
    kind: 'evidence-hidden',
    outcome: 'pass',
    code: 'SATISFIED',
    reason:
      "The tag sha256-5f4dcc3b5aa7.sig, which held what proved this image, was overwritten and now leads to sha256:0000000000000000000000000000000000000000000000000000000000000000, by ci as the registry's event says. What is on record is still there and still proves it, so it passes.",
    requirements: [],
    action: { kind: 'none', sentence: 'Nothing was changed in the registry.' },
    commands: LOOK_ONLY,
  }),
  'false-mark': makeAnnouncement({
    kind: 'false-mark',
    code: 'FALSE_MARK',
    reason: `The tag quarantined-5f4dcc3b5aa7 marks this image, and was pushed for sha256:${'9'.repeat(64)}.`,
    requirements: [],
    action: {
      kind: 'tagged',
      tag: 'quarantined-5f4dcc3b5aa7',
      sentence: 'The tag quarantined-5f4dcc3b5aa7 was taken off the other image, and put back on this one.',
    },
    commands: LOOK_ONLY,
  }),
  several: makeAnnouncement({
    kind: 'several',
    digest: digestOf(Buffer.from('registry.example.com/acme/app')),
    tags: [],
    outcome: 'fail-evidence',
    code: 'SIGNER_NOT_ALLOWED, PROVENANCE_MISSING, SATISFIED',
    reason: '42 messages about 41 images of one repository came at once: 40 failed, 1 passed again.',
    requirements: [],
    action: { kind: 'none', sentence: 'What was done stands with each image.' },
    listed: {
      counts: { failed: 40, resolved: 1 },
      images: [
        {
          kind: 'failed',
          digest: SAMPLE_DIGEST,
          tags: ['v1.4.2', 'latest'],
          outcome: 'fail-evidence',
          reason: 'This image is signed, but by mallory@example.net, whom the policy does not allow.',
          action: {
            kind: 'tagged',
            tag: 'quarantined-5f4dcc3b5aa7',
            sentence: 'The tag quarantined-5f4dcc3b5aa7 was put on it.',
          },
        },
        {
          kind: 'failed',
          digest: SAMPLE_DIGEST,
          tags: [],
          outcome: 'fail-missing',
          reason: 'No provenance was found for this image within 15 minutes of its push.',
          action: {
            kind: 'held',
            tag: 'quarantined-5f4dcc3b5aa7',
            sentence: 'The tag quarantined-5f4dcc3b5aa7 was not put on it yet. Others of its repository come first.',
          },
        },
        {
          kind: 'resolved',
          digest: SAMPLE_DIGEST,
          tags: ['v1.4.1'],
          outcome: 'pass',
          reason: 'All requirements of the policy "acme-apps" are met.',
          action: {
            kind: 'untagged',
            tag: 'quarantined-5f4dcc3b5aa7',
            sentence: 'The quarantine is lifted: the tag quarantined-5f4dcc3b5aa7 was deleted.',
          },
        },
      ],
    },
    commands: { look: 'lazaret quarantine list --failing --repository registry.example.com/acme/app' },
  }),
  test: makeAnnouncement({
    kind: 'test',
    reason: 'This is a test: no image has failed.',
    action: { kind: 'none', sentence: 'Nothing was changed in any registry.' },
    commands: LOOK_ONLY,
  }),
};
