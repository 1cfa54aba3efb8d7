import { createHash } from 'node:crypto';
import { type Announcement, isAboutImage } from '../../domain/announcement.ts';
import { shortDigest } from '../../domain/digest.ts';
import { parseImageReference } from '../../domain/image-reference.ts';
import { keepsItsTag } from '../render/note.ts';
import { renderNotice } from '../render/notice.ts';
import { renderText } from '../render/render-text.ts';
import { renderHtml } from './render-html.ts';

/** RFC 5322 §2.1.1 advises lines of at most 78 characters; a list of mails shows about as much. */
export const MAX_SUBJECT = 140;

/** A mail, before addresses and envelope. */
export interface EmailContent {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Left part of the Message-ID: the same for every try of one announcement, so that readers can drop a repeat. */
  readonly messageKey: string;
  /** Left part of the name all mails about one image refer to, so that what ends a failure stands below it. */
  readonly threadKey: string;
}

const SUBJECTS: Readonly<Record<Announcement['kind'], string>> = {
  failed: 'Image failed',
  resolved: 'Resolved',
  'cannot-verify': 'Cannot verify',
  rejected: 'Hostile or broken evidence',
  'breaker-open': 'Quarantine paused',
  'mark-removed': 'Quarantine tag does not stay',
  'evidence-hidden': 'Evidence overwritten',
  'false-mark': 'Quarantine tag pushed to another image',
  several: 'Many images of one repository',
  'cannot-hear': 'Cannot hear of pushes',
  'cannot-tell': 'Cannot tell by another sink',
  baseline: 'What was there before',
  'not-announced': 'Pushes are not announced',
  'announced-again': 'Pushes are announced again',
  test: 'Test',
};

/** Writes an announcement as a mail. Pure. */
export function renderEmail(announcement: Announcement): EmailContent {
  const notice = renderNotice(announcement);
  return {
    subject: subjectOf(announcement),
    text: renderText(notice),
    html: renderHtml(notice),
    messageKey: keyOf(announcement.id),
    threadKey: keyOf(`thread ${announcement.image}@${announcement.digest}`),
  };
}

function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

// Fixed words, the digest, and the name only if it is one by the grammar of names: a header takes nothing hostile.
function subjectOf({ kind, action, digest, image }: Announcement): string {
  const what = keepsItsTag({ kind, action }) ? 'Passes, but its tag stays' : SUBJECTS[kind];
  if (!isAboutImage({ kind }) && kind !== 'several') return `[Lazaret] ${what}`;
  const head = kind === 'several' ? `[Lazaret] ${what}` : `[Lazaret] ${what}: ${shortDigest(digest)}`;
  const reference = parseImageReference(image);
  const isName = reference !== undefined && reference.tag === undefined && reference.digest === undefined;
  const whole = `${head}${kind === 'several' ? ':' : ''} ${image}`;
  if (!isName) return head;
  return whole.length <= MAX_SUBJECT ? whole : `${whole.slice(0, MAX_SUBJECT - 1)}…`;
}
