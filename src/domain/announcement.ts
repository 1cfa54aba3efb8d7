import type { Digest } from './digest.ts';
import type { Outcome } from './verdict.ts';

/** What was done to the image in its registry, said in one sentence a person understands. */
export interface RegistryAction {
  readonly kind: 'tagged' | 'untagged' | 'marked-released' | 'pending' | 'failed' | 'held' | 'none';
  readonly tag?: string;
  readonly sentence: string;
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
    | 'cannot-hear'
    | 'cannot-tell'
    | 'test';
  /** `host/repository`; for what is about no image (`isAboutImage`), the source or sink. */
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
  readonly firstSeenAt: string;
  readonly judgedAt: string;
  /** Commands to run next: to look closer, and to release by hand. */
  readonly commands: { readonly look: string; readonly release?: string };
  /** Set when an earlier send may have arrived: "may be a repeat". */
  readonly mayBeRepeat: boolean;
  /** Of what could not be told: how many images are held up by now, and some of them with why. */
  readonly held?: { readonly count: number; readonly images: readonly string[] };
}

/** Whether an announcement tells of an image; the others tell of a source that does not hear, or a sink that refuses. */
export function isAboutImage({ kind }: Pick<Announcement, 'kind'>): boolean {
  return kind !== 'cannot-hear' && kind !== 'cannot-tell';
}
