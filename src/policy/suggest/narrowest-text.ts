import type { TextMatch } from '../../domain/policy.ts';
import { globFault } from '../../kit/glob.ts';

/** More branches than these are no list that anybody wrote down on purpose. */
const MAX_LISTED = 5;

/**
 * The narrowest text or pattern that all of these match and the next release will match too: equal texts exactly, a
 * workflow at tags by a pattern of its tags. At least one text; all have the same head (`headOf`).
 */
export function narrowestText(texts: readonly string[]): TextMatch {
  const distinct = [...new Set(texts)];
  const [first = ''] = distinct;
  const refs = distinct.map(refOf);
  const tags = refs.flatMap((ref) => (ref?.startsWith(TAGS) ? [ref.slice(TAGS.length)] : []));
  const tagPattern = tags.length === distinct.length ? patternOfTags(tags) : undefined;
  const head = escapePattern(headOf(first));
  if (tagPattern !== undefined) return { kind: 'pattern', pattern: `${head}@${TAGS}${tagPattern}` };
  if (distinct.length === 1) return { kind: 'exact', text: first };
  if (refs.some((ref) => ref === undefined)) return anyOf(distinct.map(escapePattern));
  const listed = refs.map((ref) => escapePattern(ref ?? ''));
  return {
    kind: 'pattern',
    pattern: distinct.length > MAX_LISTED ? `${head}@refs/.*` : `${head}@(${listed.join('|')})`,
  };
}

/** What stands before the ref in the name of a workflow; the whole text if it names none. */
export function headOf(text: string): string {
  const at = text.lastIndexOf('@refs/');
  return at === -1 ? text : text.slice(0, at);
}

/** The glob over refs that these and the next release match; `undefined` if only `refs/**` would do. */
export function narrowestRef(refs: readonly string[]): string | undefined {
  const distinct = [...new Set(refs)];
  const [first] = distinct;
  // `*` and `?` in a ref would be read as wildcards.
  if (first === undefined || distinct.some((ref) => /[*?]/.test(ref) || globFault(ref) !== undefined)) return undefined;
  const tags = distinct.flatMap((ref) => (ref.startsWith(TAGS) ? [ref.slice(TAGS.length)] : []));
  const prefix = tags.length === distinct.length ? versionPrefix(tags) : undefined;
  // `*` does not match a slash.
  if (prefix !== undefined)
    return `${TAGS}${prefix}${tags.some((tag) => tag.indexOf('/', prefix.length) !== -1) ? '**' : '*'}`;
  return distinct.length === 1 ? first : undefined;
}

const TAGS = 'refs/tags/';

function refOf(text: string): string | undefined {
  const head = headOf(text);
  return head === text ? undefined : text.slice(head.length + 1);
}

// The next version will have the same text before its number.
function patternOfTags(tags: readonly string[]): string | undefined {
  const prefix = versionPrefix(tags);
  return prefix === undefined ? undefined : `${escapePattern(prefix)}[0-9].*`;
}

/** `v` of `v1.2.3`, `app/v` of `app/v1.2.3`: what versions have before their first digit, if it is the same in all. */
function versionPrefix(tags: readonly string[]): string | undefined {
  const prefixes = new Set(tags.map((tag) => /^([^0-9]*)[0-9]/.exec(tag)?.[1]));
  const [prefix] = prefixes;
  return prefixes.size === 1 ? prefix : undefined;
}

function anyOf(patterns: readonly string[]): TextMatch {
  return { kind: 'pattern', pattern: patterns.join('|') };
}

/** The text as an RE2 pattern that matches nothing else: https://github.com/google/re2/wiki/Syntax */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
