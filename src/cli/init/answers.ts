import type { RegistryKindName } from '../../domain/registry-kind.ts';

/** How pushes are announced; `poll`: nobody announces them. */
export const ANNOUNCE_WAYS = ['webhook', 'kafka', 'sqs', 'pubsub', 'poll'] as const;
export type AnnounceWay = (typeof ANNOUNCE_WAYS)[number];

/** What signs the images. */
export const CI_NAMES = [
  'github-actions',
  'gitlab-ci',
  'google-cloud-build',
  'buildkite',
  'tekton',
  'jenkins',
  'key',
] as const;
export type CiName = (typeof CI_NAMES)[number];

/** Who wants to hear. */
export const NOTIFY_WAYS = ['slack', 'email', 'none'] as const;
export type NotifyWay = (typeof NOTIFY_WAYS)[number];

/** Everything `lazaret init` needs to know. */
export interface InitAnswers {
  readonly registry: RegistryKindName;
  /** Where the registry is: scheme and host. */
  readonly url: URL;
  /** Globs, without the host. */
  readonly repositories: readonly string[];
  readonly announce: AnnounceWay;
  readonly ci: CiName;
  /** Where the images are built from, such as `https://github.com/acme/app`; for a key: its file. */
  readonly source: string;
  readonly notify: NotifyWay;
  /** Where the registry reaches Lazaret. */
  readonly address: URL;
}
