import { createHash } from 'node:crypto';
import type { ImagePolicy, PolicySet } from '../../domain/policy.ts';

/**
 * sha256 over the meaning of the policies, hex: order of keys, comments and file names do not count, keys count by
 * content. Names count, for verdicts speak of them.
 */
export function policyRevision(policies: readonly ImagePolicy[], noMatch: PolicySet['noMatch']): string {
  const meaning = { noMatch, policies: policies.map(({ file: _, ...rest }) => rest) };
  return createHash('sha256').update(JSON.stringify(meaning, sortKeys)).digest('hex');
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
