import type { Digest } from './digest.ts';
import type { Outcome } from './verdict.ts';

/** What Lazaret did to the image in its registry, in one sentence that a person understands. */
export interface RegistryAction {
  readonly kind: 'tagged' | 'untagged' | 'marked-released' | 'pending' | 'failed' | 'held' | 'none';
  readonly tag?: string;
  readonly sentence: string;
}

/**
 * Kinds of messages about one image, which may come as often as images do: many of them are sent as one message. Most
 * severe first. Messages of other kinds are sent once an hour at most, and must not be hidden among these.
 */
export const GROUPED_KINDS = ['failed', 'rejected', 'mark-removed', 'evidence-hidden', 'resolved'] as const;

/** One image of a message about many. All text may be hostile. */
export interface ListedImage {
  readonly kind: (typeof GROUPED_KINDS)[number];
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly outcome: Outcome;
  readonly reason: string;
  readonly action: RegistryAction;
}

/** One change people should hear about, ready to be rendered for any sink. All text may be hostile. */
export interface Announcement {
  /** Stable across retries, so that a repeated message can be recognised. */
  readonly id: string;
  readonly kind:
    | 'failed'
    | 'resolved'
    | 'cannot-verify'
    | 'rejected'
    | 'breaker-open'
    | 'mark-removed'
    | 'evidence-hidden'
    | 'false-mark'
    | 'several'
    | 'cannot-hear'
    | 'cannot-tell'
    | 'baseline'
    | 'not-announced'
    | 'announced-again'
    | 'test';
  /** `host/repository`; for an announcement about no image or repository, the name of the source or sink. */
  readonly image: string;
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly outcome: Outcome;
  readonly code: string;
  /** The one-sentence reason. */
  readonly reason: string;
  readonly policies: readonly string[];
  /** Unsatisfied requirements first. */
  readonly requirements: readonly {
    readonly name: string;
    readonly satisfied: boolean;
    readonly expected: string;
    readonly found: string;
    readonly advice: string;
  }[];
  readonly action: RegistryAction;
  /** For `several`: some of the images, most severe first, and how many there are of each kind. */
  readonly listed?: {
    readonly images: readonly ListedImage[];
    readonly counts: Readonly<Partial<Record<ListedImage['kind'], number>>>;
  };
  readonly firstSeenAt: string;
  readonly judgedAt: string;
  /** Commands to run next: to look closer, and to release by hand. */
  readonly commands: { readonly look: string; readonly release?: string };
  /** Set when an earlier send may have arrived: "may be a repeat". */
  readonly mayBeRepeat: boolean;
  /** Where images cannot be judged: how many are held up by now, and some of them with the reason. */
  readonly held?: { readonly count: number; readonly images: readonly string[] };
}

const ABOUT_NO_IMAGE: readonly Announcement['kind'][] = [
  'cannot-hear',
  'cannot-tell',
  'several',
  'baseline',
  'not-announced',
  'announced-again',
];

/** Whether an announcement tells of one image; the others tell of many, of a source that does not hear, or a sink that refuses. */
export function isAboutImage({ kind }: Pick<Announcement, 'kind'>): boolean {
  return !ABOUT_NO_IMAGE.includes(kind);
}
