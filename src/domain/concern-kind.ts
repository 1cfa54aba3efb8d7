/**
 * What a concern may be: an event of no registry; one that names no image, of a registry that is not swept; a delivery
 * refused; a source that reads nothing; a message that a sink refuses; work that nobody does; a configuration with faults,
 * that is not put in force; a registry that cannot be swept; one that announces nothing any more, and one that does again.
 */
export const CONCERN_KINDS = [
  'no-registry',
  'no-image',
  'refused',
  'deaf',
  'unsaid',
  'behind',
  'not-reloaded',
  'unswept',
  'unheard',
  'heard-again',
  'overgrown',
] as const;

export type ConcernKind = (typeof CONCERN_KINDS)[number];
