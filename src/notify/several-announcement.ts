import { createHash } from 'node:crypto';
import { type Announcement, GROUPED_KINDS, type ListedImage } from '../domain/announcement.ts';
import { digestOf } from '../domain/digest.ts';
import type { NoticeGroup, ToldImage } from '../ports/effect-record.ts';
import { wordsFor } from './build-announcement.ts';
import { describeAction } from './describe-action.ts';

type Kind = ListedImage['kind'];

const SAID: Readonly<Record<Kind, (count: string) => string>> = {
  failed: (count) => `${count} failed`,
  rejected: (count) => `${count} came with hostile or broken evidence`,
  'mark-removed': (count) => `of ${count} the quarantine tag does not stay`,
  'evidence-hidden': (count) => `of ${count} the evidence was overwritten or removed`,
  resolved: (count) => `${count} passed again`,
};

/**
 * Puts together what people should hear about many images of one repository. `first` is the notice that tells of the
 * others, and gives the message a name that stays the same however often it is sent. Pure.
 */
export function severalAnnouncement(
  first: Announcement,
  { listed, counts, notices }: NoticeGroup,
  { configFile, rehearses = false }: { readonly configFile?: string | undefined; readonly rehearses?: boolean } = {},
): Announcement {
  const images = listed.flatMap((told) => toListed(told, rehearses));
  const told = listed.map(({ announcement }) => announcement);
  const total = GROUPED_KINDS.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0);
  const said = GROUPED_KINDS.flatMap((kind) => (counts[kind] ? [SAID[kind](String(counts[kind]))] : []));
  return {
    id: createHash('sha256').update(`several ${first.id}`).digest('hex').slice(0, 16),
    kind: 'several',
    image: first.image,
    // No image is meant, but mails about the repository make a thread.
    digest: digestOf(Buffer.from(first.image)),
    tags: [],
    outcome: images[0]?.outcome ?? first.outcome,
    code: unique(told.map(({ code }) => code)).join(', '),
    reason: `${notices} messages about ${total} images of one repository came at once: ${said.join(', ')}.`,
    policies: unique(told.flatMap(({ policies }) => policies)),
    requirements: [],
    action: { kind: 'none', sentence: 'What was done stands with each image.' },
    listed: { images, counts },
    firstSeenAt: told.map((each) => each.firstSeenAt).toSorted()[0] ?? first.firstSeenAt,
    judgedAt:
      told
        .map((each) => each.judgedAt)
        .toSorted()
        .at(-1) ?? first.judgedAt,
    commands: { look: `lazaret quarantine list --failing --repository ${wordsFor(first.image, configFile)}` },
    mayBeRepeat: false,
  };
}

function toListed({ announcement, registryEffect }: ToldImage, rehearses: boolean): ListedImage[] {
  const kind = GROUPED_KINDS.find((each) => each === announcement.kind);
  if (kind === undefined) return [];
  const { digest, tags, outcome, reason } = announcement;
  const action = registryEffect === null ? announcement.action : describeAction(registryEffect, rehearses);
  return [{ kind, digest, tags, outcome, reason, action }];
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
