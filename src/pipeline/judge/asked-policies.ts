import type { ImagePolicy, PolicyPart, PolicySet } from '../../domain/policy.ts';
import { narrowPolicy } from '../../policy/read/levels.ts';

/** The policies of these names, each as far as it is asked: whole, if nothing else is said. */
export function askedPolicies(
  { policies }: PolicySet,
  asked: readonly string[],
  parts: Readonly<Record<string, PolicyPart>>,
): readonly ImagePolicy[] {
  const names = new Set(asked);
  return policies
    .filter(({ name }) => names.has(name))
    .map((policy) => {
      const part = Object.hasOwn(parts, policy.name) ? parts[policy.name] : undefined;
      return part === undefined ? policy : narrowPolicy(policy, part);
    });
}
