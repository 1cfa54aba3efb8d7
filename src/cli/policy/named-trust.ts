import { BUILT_IN_TRUST, DEFAULT_TRUST, isBuiltInTrust, mayOmitIssuer } from '../../domain/built-in-trust.ts';
import { isJsonObject, type Json } from '../../kit/json.ts';
import { nearestWord } from '../../kit/nearest-word.ts';
import { parseStrictYaml } from '../../kit/strict-yaml.ts';
import type { PolicyFile, PolicyOptions } from '../../policy/read/parse-policy-documents.ts';

/**
 * Names of trust roots these policies use besides the built-in ones, for checks without a configuration that would know
 * them. A near miss of the default is left out: it is a slip, and should be told as one.
 */
export function namedTrust(files: readonly PolicyFile[]): readonly string[] {
  const names = new Set<string>();
  for (const { file, text } of files) {
    for (const document of parseStrictYaml(file, text).documents) collect(document.value, names);
  }
  return [...names].filter((name) => !isBuiltInTrust(name) && nearestWord(name, [DEFAULT_TRUST]) === undefined);
}

/** What policies may refer to where no configuration says: trust roots of these names, with whatever they need. */
export function assumedTrust(names: readonly string[]): PolicyOptions {
  const withoutIssuer = [...BUILT_IN_TRUST.filter((name) => mayOmitIssuer({ name })), ...names];
  return { trustNames: [...BUILT_IN_TRUST, ...names], withoutIssuer, noMatch: 'alert' };
}

function collect(value: Json, names: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, names);
  if (!isJsonObject(value)) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === 'trust' && typeof member === 'string') names.add(member);
    else collect(member, names);
  }
}
