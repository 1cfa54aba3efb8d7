import { createHash } from 'node:crypto';
import type { Announcement } from '../../../src/domain/announcement.ts';
import type { Digest } from '../../../src/domain/digest.ts';
import type { RegistryEvent } from '../../../src/domain/registry-event.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import type { Outcome, ReasonCode, Verdict } from '../../../src/domain/verdict.ts';
import { storableJson } from '../../../src/kit/storable-json.ts';
import type { EventInbox, IntakeDecision, IntakeReceipt } from '../../../src/ports/event-inbox.ts';
import type { Decision } from '../../../src/ports/judgements.ts';

/** A digest made from a word, so that tests can name what they mean. */
export function digestNamed(word: string): Digest {
  return `sha256:${createHash('sha256').update(word).digest('hex')}` as Digest;
}

/** A subject of the registry `prod`. */
export function subjectNamed(word: string, repository = 'acme/app'): Subject {
  return { registryId: 'prod', repository, digest: digestNamed(word) };
}

/** A push event as a dialect reads one. */
export function pushEvent(subject: Subject, more: Partial<RegistryEvent> = {}): RegistryEvent {
  return {
    kind: 'push',
    reason: null,
    host: 'registry.example.com',
    repository: subject.repository,
    tag: 'v1',
    digest: subject.digest,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    actor: 'ci',
    time: '2026-11-24T08:00:00.000Z',
    eventId: 'e-1',
    ...more,
  };
}

/** What intake decides about an ordinary push. */
export function judgeDecision(subject: Subject, more: Partial<RegistryEvent> = {}): IntakeDecision {
  return { event: pushEvent(subject, more), action: 'judge', reason: null };
}

/** Accepts a push as receiving does: by the short way, and decided on in full where that was not for it. */
export async function acceptPush(
  inbox: EventInbox,
  { sourceId = 'hook', ...event }: { readonly subject: Subject; readonly tag?: string; readonly sourceId?: string },
  context: Parameters<EventInbox['acceptPush']>[2],
): Promise<readonly IntakeReceipt[]> {
  const { subject, ...more } = event;
  const { repository, digest, registryId } = subject;
  const push = { ...pushEvent(subject, more), repository, digest };
  const receipt = await inbox.acceptPush({ sourceId, registryId }, push, context);
  return receipt === null ? inbox.accept({ sourceId, registryId }, [judgeDecision(subject, more)], context) : [receipt];
}

const CODES: Record<Outcome, ReasonCode> = {
  pass: 'SATISFIED',
  'fail-evidence': 'SIGNER_NOT_ALLOWED',
  'fail-missing': 'SIGNATURE_MISSING',
  indeterminate: 'COULD_NOT_TELL',
  'rejected-input': 'LOOK_CUT_SHORT',
};

/** A verdict with this outcome and little else. */
export function verdictOf(outcome: Outcome, more: Partial<Verdict> = {}): Verdict {
  return {
    outcome,
    code: CODES[outcome],
    reason: `The image is ${outcome}.`,
    policies: ['acme-apps'],
    onFailure: 'quarantine',
    requirements: [],
    graceMs: 900_000,
    ...more,
  };
}

/** The announcement of a failing image. */
export function announcementOf(subject: Subject): Announcement {
  return {
    id: 'a-1',
    kind: 'failed',
    image: `registry.example.com/${subject.repository}`,
    digest: subject.digest,
    tags: ['v1'],
    outcome: 'fail-missing',
    code: 'SIGNATURE_MISSING',
    reason: 'Nobody has signed this image.',
    policies: ['acme-apps'],
    requirements: [],
    action: { kind: 'pending', sentence: 'The image is about to be tagged.' },
    firstSeenAt: '2026-11-24T08:00:00.000Z',
    judgedAt: '2026-11-24T08:00:01.000Z',
    commands: { look: 'lazaret verify …' },
    mayBeRepeat: false,
  };
}

/** A final pass from which nothing follows. */
export function passAlone(context: Pick<Decision, 'now' | 'policyRevision' | 'trustEpoch'>): Decision {
  return {
    verdict: verdictOf('pass'),
    findings: storableJson([]),
    ...context,
    final: true,
    nextCheckAt: null,
    effects: () => [],
    children: [],
  };
}
