import type { InputIssue } from '../../kit/errors.ts';
import { isJsonObject, type Json } from '../../kit/json.ts';
import { parseWithSchema } from '../../kit/strict-schema.ts';
import type { YamlDocument } from '../../kit/strict-yaml.ts';
import { trustRootSchema } from './trust-root-schema.ts';
import { parseTrustedRootParts, type TrustedRootParts } from './trusted-root.ts';

/** The TrustRoots among policy files, by name, and everything wrong with them. */
export interface TrustRootsReading {
  readonly parts: ReadonlyMap<string, TrustedRootParts>;
  readonly issues: readonly InputIssue[];
}

/** Reads policy-controller's `TrustRoot` documents. */
export function parseTrustRoots(documents: readonly YamlDocument[]): TrustRootsReading {
  const parts = new Map<string, TrustedRootParts>();
  const issues: InputIssue[] = [];
  for (const document of documents) {
    const reading = parseWithSchema(trustRootSchema, document);
    if (!reading.ok) {
      issues.push(...reading.issues);
      // The name is remembered, so that policies that refer to it are not reported too.
      const name = nameIn(document.value);
      if (name !== undefined) parts.set(name, NOTHING);
      continue;
    }
    const { name } = reading.value.metadata;
    const where = document.locate(['metadata', 'name']);
    if (parts.has(name)) issues.push({ where, message: `"${name}" is the name of another TrustRoot too` });
    const built = parseTrustedRootParts(reading.value, document);
    parts.set(name, built.ok ? built.parts : NOTHING);
    if (!built.ok) issues.push(...built.issues);
  }
  return { parts, issues };
}

const NOTHING: TrustedRootParts = { certificateAuthorities: [], ctlogs: [], tlogs: [], timestampAuthorities: [] };

function nameIn(value: Json): string | undefined {
  const metadata = isJsonObject(value) ? value['metadata'] : undefined;
  const name = isJsonObject(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' ? name : undefined;
}
