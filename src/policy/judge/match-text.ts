import { RE2JS } from 're2js';
import type { TextMatch } from '../../domain/policy.ts';

// A memo, not state: compiling a pattern costs ten times as much as matching it, and a policy's patterns live as long
// as the policy does.
const compiled = new WeakMap<TextMatch, RE2JS>();

/** Why this is not a pattern we can use, or `undefined` if it is one (RE2 syntax: linear time, no look-around). */
export function patternFault(pattern: string): string | undefined {
  if (pattern === '') return 'it is empty';
  // Certificate names are at most 2,048 characters; a longer pattern is a mistake.
  if (pattern.length > 2_048) return 'it is longer than 2,048 characters';
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'it cannot be read';
  }
}

/**
 * Whether a text is the one wanted. Exact text is compared as it is; a pattern must match from the first to the last
 * character (attack W1: an unanchored `…/app` also accepts `…/app-evil` and the wanted URL inside another one), unless
 * it comes from a policy of policy-controller, which means otherwise.
 */
export function matchesText(wanted: TextMatch, text: string): boolean {
  if (wanted.kind === 'exact') return wanted.text === text;
  const known = compiled.get(wanted);
  const regexp = known ?? RE2JS.compile(wanted.pattern);
  if (known === undefined) compiled.set(wanted, regexp);
  return wanted.anywhere === true ? regexp.matcher(text).find() : regexp.matches(text);
}

/** What was written in the policy, for messages. */
export function writtenText(wanted: TextMatch): string {
  return wanted.kind === 'exact' ? wanted.text : wanted.pattern;
}
