import { createHash } from 'node:crypto';
import type { Announcement } from '../domain/announcement.ts';
import { digestOf } from '../domain/digest.ts';
import type { Concern } from '../ports/concerns.ts';

const ADVICE: Readonly<Record<Concern['kind'], string>> = {
  'no-registry': 'Add the host to the `eventHosts` of the registry it is a name of.',
  'no-image': 'Add a source of the kind `poll` for that registry: its sweeps look at what such an event names.',
  refused: 'Look at the log for what was refused, and at its repository with `lazaret verify`.',
  unsaid:
    'Mend that sink (`lazaret notify test` tries it); what it missed stands in `lazaret quarantine list` and the API.',
  behind:
    'Look at /readyz, at the log, and at who else writes to the store of the queue: it may be emptied at any time.',
  overgrown: 'Look at the log, and at how busy the database is; nothing is lost, the record only grows.',
  'not-reloaded': 'Run `lazaret config check`, mend what it names, and run `lazaret reload`.',
  unswept: 'Look at the log; what is pushed there meanwhile is judged if the registry announces it.',
  unheard:
    'Look whether its webhook is configured, and whether it reaches Lazaret; sweeps find what is pushed meanwhile.',
  'heard-again': 'Nothing is left to do.',
  deaf: 'Look at /readyz and at the brokers; what is announced meanwhile waits.',
};

/** Puts together what people should hear about a source, a sink or the queue. It is about no image: `image` names the other. Pure. */
export function concernAnnouncement({ id: about, kind, problem }: Concern, now: Date): Announcement {
  const isSink = kind === 'unsaid';
  const id = createHash('sha256').update(`${about} ${kind} ${now.toISOString()}`).digest('hex').slice(0, 16);
  return {
    id,
    kind: kindOf(kind),
    image: nameOf(about, kind),
    digest: digestOf(Buffer.from(`${about} ${kind}`)),
    tags: [],
    outcome: 'indeterminate',
    code: isSink ? 'CANNOT_TELL' : 'CANNOT_HEAR',
    reason: reasonOf(about, kind, problem),
    policies: [],
    requirements: [],
    action: { kind: 'none', sentence: ADVICE[kind] },
    firstSeenAt: now.toISOString(),
    judgedAt: now.toISOString(),
    commands: { look: 'lazaret doctor' },
    mayBeRepeat: false,
  };
}

function nameOf(about: string, kind: Concern['kind']): string {
  if (kind === 'behind' || kind === 'not-reloaded' || kind === 'overgrown') return `the ${about}`;
  if (kind === 'unheard' || kind === 'heard-again') return `registry ${about}`;
  return `${kind === 'unsaid' ? 'sink' : 'source'} ${about}`;
}

function kindOf(kind: Concern['kind']): Announcement['kind'] {
  if (kind === 'unsaid') return 'cannot-tell';
  if (kind === 'unheard') return 'not-announced';
  return kind === 'heard-again' ? 'announced-again' : 'cannot-hear';
}

function reasonOf(about: string, kind: Concern['kind'], problem: string): string {
  switch (kind) {
    case 'unsaid':
      return `A message to "${about}" was refused and is not tried again: ${problem}`;
    case 'behind':
      return `The ${about} hands out no work, or more waits than can be done: ${problem}`;
    case 'overgrown':
      return `The ${about} grows beyond what is to be kept: ${problem}.`;
    case 'not-reloaded':
      return `The ${about} was read again and not put in force; what was in force stays so: ${problem}`;
    case 'unheard':
      return `The registry "${about}" does not announce what is pushed to it: ${problem}.`;
    case 'heard-again':
      return `The registry "${about}" announces pushes again: ${problem}.`;
    case 'unswept':
      return `What nobody announces is not found, because "${about}" cannot go on with its sweep: ${problem}`;
    default:
      return `Pushes announced to "${about}" are not judged: ${problem}`;
  }
}
