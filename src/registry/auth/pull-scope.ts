/** What a token of a scope is for. */
export interface Scope {
  /** Absent: the catalogue of the whole registry. */
  readonly repository?: string;
  readonly actions: readonly string[];
}

// https://distribution.github.io/distribution/spec/auth/scope/: a challenge may name several, with a space between.
const SCOPE = /^repository:([a-z0-9][a-z0-9._/-]{0,254}):([a-z*,]+)$/;

/** The scope as token services read it. */
export function formatScope({ repository, actions }: Scope): string {
  const what = repository === undefined ? 'registry:catalog' : `repository:${repository}`;
  return `${what}:${actions.join(',')}`;
}

/**
 * The right to pull from the repository that a challenge names, as a scope: registries behind a proxy know their
 * repositories by longer names than their clients do. Never more than `pull`, whatever the challenge offers;
 * `undefined` if it names none, or several.
 */
export function pullScopeOf(challenge: string | undefined): string | undefined {
  const [, repository, actions = ''] = SCOPE.exec(challenge?.trim() ?? '') ?? [];
  const offersPull = actions.split(',').some((action) => action === 'pull' || action === '*');
  return repository === undefined || !offersPull ? undefined : formatScope({ repository, actions: ['pull'] });
}
