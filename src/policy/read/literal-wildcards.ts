import type { Requirement, SignerRule, TextMatch } from '../../domain/policy.ts';
import { patternFault } from '../judge/match-text.ts';

/** A text in a policy that is compared exactly but looks like a pattern. */
export interface LiteralWildcard {
  /** `subject`, `claims.runnerEnvironment`, `source.repository` … */
  readonly key: string;
  readonly text: string;
  /** How to write what was probably meant. */
  readonly spelling: string;
}

/**
 * The texts of a requirement that are compared exactly and hold `*`, `^…$` or a final slash: in the policies of other
 * tools these are wildcards, patterns and prefixes.
 */
export function literalWildcards(requirement: Requirement): readonly LiteralWildcard[] {
  const { kind } = requirement;
  const texts: [string, TextMatch][] = requirement.of.flatMap(textsOfSigner);
  if (kind === 'signature') {
    for (const [name, match] of Object.entries(requirement.annotations ?? {}))
      texts.push([`annotations.${name}`, match]);
  }
  const repository = kind === 'provenance' ? requirement.source?.repository : undefined;
  if (typeof repository === 'string') texts.push(['source.repository', { kind: 'exact', text: repository }]);
  const found = texts.flatMap(([key, match]) => {
    const spelling = match.kind === 'exact' ? meantSpelling(key, match.text) : undefined;
    return match.kind === 'exact' && spelling !== undefined ? [{ key, text: match.text, spelling }] : [];
  });
  return [...new Map(found.map((one) => [`${one.key} ${one.text}`, one])).values()];
}

function textsOfSigner(rule: SignerRule): [string, TextMatch][] {
  if (rule.kind === 'key') return [];
  const claims = Object.entries(rule.claims ?? {}).map(([name, match]): [string, TextMatch] => [
    `claims.${name}`,
    match,
  ]);
  const issuer: [string, TextMatch][] = rule.issuer === undefined ? [] : [['issuer', rule.issuer]];
  return [...issuer, ['subject', rule.subject], ...claims];
}

function meantSpelling(key: string, text: string): string | undefined {
  const isPattern = /^\^|\$$|\.[*+]|\\[.\w/]/.test(text);
  if (isPattern || text.includes('*')) {
    const pattern = isPattern ? text.replace(/^\^/, '').replace(/\$$/, '') : globAsPattern(text);
    return patternFault(pattern) === undefined
      ? `${lastOf(key)}: { pattern: '${pattern.replaceAll("'", "''")}' }`
      : undefined;
  }
  // A host with nothing but a slash after it may be the name of an issuer.
  if (!text.endsWith('/') || !/^(?:issuer|subject)$/.test(key)) return undefined;
  const bare = text.replace(/\/+$/, '');
  return key === 'issuer' ? `issuer: ${bare}` : `subject: { pattern: '${globAsPattern(bare)}/.*' }`;
}

function lastOf(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

function globAsPattern(glob: string): string {
  return glob.replace(/[.+?()[\]{}|\\^$]/g, '\\$&').replace(/\*+/g, '.*');
}

/** Explains that such a text is compared exactly, and how to write the pattern. */
export function explainLiteral({ key, text, spelling }: LiteralWildcard): string {
  const what = /[*^$\\]|\.\+/.test(text)
    ? 'every character in it is taken literally'
    : 'the slash at its end too is taken literally';
  return `\`${key}: ${text}\` is compared as it is: ${what}. If it was meant otherwise, write ${spelling}`;
}
