import { type Announcement, isAboutImage, type ListedImage } from '../../domain/announcement.ts';
import type { Outcome } from '../../domain/verdict.ts';
import { COMMAND_LIMIT, cleanText, SENTENCE_LIMIT } from './clean-text.ts';
import { keepsItsTag, noteOf } from './note.ts';

/** Tags named in full; a digest under hundreds of tags must not fill the message. */
const MAX_TAGS = 10;
/** Unsatisfied requirements explained; the rest is counted. */
const MAX_REQUIREMENTS = 5;
const MAX_POLICIES = 5;
/** Of an image among many. */
const MAX_LISTED_TAGS = 3;
/** As many images as are listed at all; the outbox gives no more. */
const MAX_LISTED = 20;

/**
 * A message in words, before any markup: every text is cleaned and bounded (`cleanText`), nothing is escaped yet.
 * `title`, `outcome`, `note` and the labels are fixed words of ours; all else may quote hostile text.
 */
export interface Notice {
  readonly kind: Announcement['kind'];
  readonly title: string;
  /** `host/repository`. */
  readonly image: string;
  /** In full, never cut. */
  readonly digest: string;
  /** `none`, or the tags with commas. */
  readonly tags: string;
  readonly outcome: string;
  /** The same as rows, as far as they are known: what it is about is no image where nothing is heard. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly reason: string;
  readonly unmet: readonly NoticeRequirement[];
  /** Images of a message about many, each in lines: what became of it, its digest, and why. */
  readonly listed: readonly (readonly [title: string, ...lines: string[]])[];
  /** How many images more there are; empty when all are listed. */
  readonly more: string;
  /** How many requirements more are not met, and how many are; empty when there is nothing to say. */
  readonly others: string;
  /** What was done in the registry. */
  readonly action: string;
  /** What that means. */
  readonly note: string;
  readonly commands: readonly { readonly label: string; readonly command: string }[];
  /** Policies, times, the record's id. */
  readonly details: readonly string[];
}

export interface NoticeRequirement {
  readonly name: string;
  readonly expected: string;
  readonly found: string;
  /** Empty if there is none. */
  readonly advice: string;
}

const TITLES: Readonly<Record<Announcement['kind'], string>> = {
  failed: 'Image failed its provenance check',
  resolved: 'Resolved: image passes its provenance check now',
  'cannot-verify': 'Cannot verify image',
  rejected: 'Image came with hostile or broken evidence',
  'breaker-open': 'Quarantine is paused: too many images fail',
  'mark-removed': 'The quarantine tag of a failing image does not stay',
  'evidence-hidden': 'Evidence of a passing image was overwritten or removed',
  'false-mark': 'An image was pushed under a quarantine tag that is not its own',
  several: 'Many images of one repository at once',
  'cannot-hear': 'Pushes are announced that nobody judges',
  'cannot-tell': 'Messages of Lazaret are refused',
  'not-announced': 'Pushes are not announced any more',
  'announced-again': 'Pushes are announced again',
  baseline: 'What was in a registry before Lazaret looked',
  test: 'Test message from Lazaret',
};

const TAG_STAYS = 'Image passes its provenance check now, but its quarantine tag stays';

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  pass: 'Passed',
  'fail-evidence': 'Failed: its evidence does not satisfy the policy',
  'fail-missing': 'Failed: evidence is missing',
  indeterminate: 'Could not tell',
  'rejected-input': 'Not decided: its evidence is hostile or broken',
};

/** Puts an announcement into words. Pure: no clock, no host name, the same announcement gives the same notice. */
export function renderNotice(announcement: Announcement): Notice {
  const image = cleanText(announcement.image);
  const tags = listSome(announcement.tags, MAX_TAGS);
  const unmet = announcement.requirements.filter((requirement) => !requirement.satisfied);
  return {
    kind: announcement.kind,
    title: keepsItsTag(announcement) ? TAG_STAYS : TITLES[announcement.kind],
    image,
    digest: announcement.digest,
    tags,
    outcome: OUTCOMES[announcement.outcome],
    facts: !isAboutImage(announcement)
      ? [[announcement.kind === 'several' ? 'Repository' : 'About', image]]
      : [
          ['Image', image],
          ['Tags', tags],
          ['Digest', announcement.digest],
          ['Outcome', OUTCOMES[announcement.outcome]],
        ],
    reason: cleanText(announcement.reason, SENTENCE_LIMIT),
    unmet: unmet.slice(0, MAX_REQUIREMENTS).map((requirement) => ({
      name: cleanText(requirement.name),
      expected: cleanText(requirement.expected, SENTENCE_LIMIT),
      found: cleanText(requirement.found, SENTENCE_LIMIT),
      advice: cleanText(requirement.advice, SENTENCE_LIMIT),
    })),
    listed: imagesOf(announcement).map(listOne),
    more: countMore(announcement),
    others: countOthers(unmet.length, announcement.requirements.length - unmet.length),
    action: cleanText(announcement.action.sentence, SENTENCE_LIMIT),
    note: noteOf(announcement),
    commands: commandsOf(announcement),
    details: detailsOf(announcement),
  };
}

function listSome(names: readonly string[], most: number): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, most).map((name) => cleanText(name));
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

const LISTED: Readonly<Record<ListedImage['kind'], (outcome: Outcome) => string>> = {
  failed: (outcome) => OUTCOMES[outcome],
  rejected: (outcome) => OUTCOMES[outcome],
  'mark-removed': () => 'Failed, and its quarantine tag does not stay',
  'evidence-hidden': () => 'Passes, but its evidence was overwritten or removed',
  resolved: () => 'Passes again',
};

function imagesOf({ kind, listed }: Announcement): readonly ListedImage[] {
  return kind === 'several' && listed !== undefined ? listed.images.slice(0, MAX_LISTED) : [];
}

function listOne({ kind, outcome, digest, tags, reason, action }: ListedImage): Notice['listed'][number] {
  const title = keepsItsTag({ kind, action }) ? 'Passes again, but its quarantine tag stays' : LISTED[kind](outcome);
  // The digest before what may be long: where a place cuts, it is never cut.
  return [title, digest, `Tags: ${listSome(tags, MAX_LISTED_TAGS)}`, cleanText(reason), cleanText(action.sentence)];
}

function countMore(announcement: Announcement): string {
  const counts = announcement.kind === 'several' ? Object.values(announcement.listed?.counts ?? {}) : [];
  const more = counts.reduce((sum, count) => sum + count, 0) - imagesOf(announcement).length;
  return more > 0 ? `And ${more} more: the command below lists them all.` : '';
}

function countOthers(unmet: number, met: number): string {
  const hidden = unmet - MAX_REQUIREMENTS;
  const parts = [
    ...(hidden > 0 ? [`${hidden} more ${hidden === 1 ? 'requirement is' : 'requirements are'} not met.`] : []),
    ...(met > 0 ? [`${met} ${met === 1 ? 'requirement is' : 'requirements are'} met.`] : []),
  ];
  return parts.join(' ');
}

function commandsOf({ commands, action }: Announcement): Notice['commands'] {
  // A tag that was refused or never written cannot be taken off.
  const canRelease = action.kind !== 'failed' && action.kind !== 'held';
  return [
    { label: 'Look closer', command: cleanText(commands.look, COMMAND_LIMIT) },
    ...(commands.release !== undefined && canRelease
      ? [{ label: 'Release by hand', command: cleanText(commands.release, COMMAND_LIMIT) }]
      : []),
  ];
}

function detailsOf(announcement: Announcement): readonly string[] {
  const { policies, firstSeenAt, judgedAt, id, code, mayBeRepeat } = announcement;
  return [
    `Policy: ${listSome(policies, MAX_POLICIES)}`,
    `Reason code: ${cleanText(code)}`,
    `First seen: ${minutes(firstSeenAt)}`,
    `Judged: ${minutes(judgedAt)}`,
    `Notice: ${cleanText(id)}`,
    ...(mayBeRepeat ? ['This may be a repeat: an earlier try got no answer.'] : []),
  ];
}

// ISO 8601 in UTC, without the seconds nobody needs.
function minutes(time: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(time)
    ? `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`
    : cleanText(time);
}
