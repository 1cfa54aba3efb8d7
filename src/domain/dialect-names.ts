/** The event formats Lazaret reads, in the order they are shown: the name configuration and `events parse` use. */
export const DIALECT_NAMES = [
  'distribution',
  'harbor',
  'zot',
  'quay',
  'dockerhub',
  'github',
  'gitea',
  'nexus',
  'ecr',
  'gar',
  'acr',
  'eventgrid',
  'artifactory',
  'chainguard',
  'lazaret',
  'generic',
] as const;

/** The name of one of them; `src/sources/dialects` holds a file for each. */
export type DialectName = (typeof DIALECT_NAMES)[number];
