import type { Announcement, RegistryAction } from '../domain/announcement.ts';
import type { Verdict } from '../domain/verdict.ts';
import { quoteForShell } from '../kit/quote-for-shell.ts';
import type { SubjectRecord } from '../ports/subject-record.ts';

/** What an announcement is made of. */
export interface AnnouncementInput {
  readonly kind: Announcement['kind'];
  readonly subject: Pick<SubjectRecord, 'repository' | 'digest' | 'tags' | 'markTag' | 'firstSeenAt'>;
  /** Host with port, as images of this registry are named. */
  readonly host: string;
  readonly verdict: Verdict;
  readonly action: RegistryAction;
  readonly judgedAt: Date;
  /** Stable across retries; shown in the message. */
  readonly id: string;
  /** The configuration, where a command would not find it by itself. */
  readonly configFile?: string | undefined;
}

/** Puts together what people should hear about one change. Pure; all text is passed on raw, the renderers clean it. */
export function buildAnnouncement(input: AnnouncementInput): Announcement {
  const { kind, subject, host, verdict, action } = input;
  const image = `${host}/${subject.repository}`;
  const what = wordsFor(`${image}@${subject.digest}`, input.configFile);
  const mayRelease =
    (kind === 'failed' || kind === 'rejected') && (action.tag !== undefined || subject.markTag !== null);
  return {
    id: input.id,
    kind,
    image,
    digest: subject.digest,
    // Our own mark is told in `action`; among the image's tags it would look like somebody's name for it.
    tags: subject.tags.filter((tag) => tag !== subject.markTag && tag !== action.tag),
    outcome: verdict.outcome,
    code: verdict.code,
    reason: verdict.reason,
    policies: verdict.policies,
    requirements: verdict.requirements
      .map(({ name, satisfied, expected, found, advice }) => ({ name, satisfied, expected, found, advice }))
      .toSorted((a, b) => Number(a.satisfied) - Number(b.satisfied)),
    action,
    firstSeenAt: subject.firstSeenAt.toISOString(),
    judgedAt: input.judgedAt.toISOString(),
    commands: {
      look: `lazaret verify ${what}`,
      ...(mayRelease && { release: `lazaret quarantine release ${what}` }),
    },
    mayBeRepeat: false,
  };
}

/** What a command about this image is told. */
export function wordsFor(image: string, configFile: string | undefined): string {
  const config = configFile === undefined ? '' : ` --config ${quoteForShell(configFile)}`;
  return `${quoteForShell(image)}${config}`;
}
