import { createHash } from 'node:crypto';
import type { Announcement } from '../domain/announcement.ts';
import { digestOf } from '../domain/digest.ts';
import type { Concern } from '../ports/concerns.ts';

const ADVICE: Readonly<Record<Concern['kind'], string>> = {
  'no-registry': 'Add the host to the `eventHosts` of the registry it is a name of.',
  refused: 'Look at the log for what was refused, and at its repository with `lazaret verify`.',
  deaf: 'Look at /readyz and at the brokers; what is announced meanwhile waits.',
};

/** Puts together what people should hear about a source. It is about no image: `image` names the source. Pure. */
export function concernAnnouncement({ sourceId, kind, problem }: Concern, now: Date): Announcement {
  const id = createHash('sha256').update(`${sourceId} ${kind} ${now.toISOString()}`).digest('hex').slice(0, 16);
  return {
    id,
    kind: 'cannot-hear',
    image: `source ${sourceId}`,
    digest: digestOf(Buffer.from(`${sourceId} ${kind}`)),
    tags: [],
    outcome: 'indeterminate',
    code: 'CANNOT_HEAR',
    reason: `Pushes announced to "${sourceId}" are not judged: ${problem}`,
    policies: [],
    requirements: [],
    action: { kind: 'none', sentence: ADVICE[kind] },
    firstSeenAt: now.toISOString(),
    judgedAt: now.toISOString(),
    commands: { look: 'lazaret doctor' },
    mayBeRepeat: false,
  };
}
