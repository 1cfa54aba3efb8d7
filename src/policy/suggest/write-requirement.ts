import { DEFAULT_TRUST } from '../../domain/built-in-trust.ts';
import type { PolicyKey, Requirement, SignerRule, TextMatch } from '../../domain/policy.ts';
import { createRequirementSchema } from '../read/requirement-schema.ts';

/** A requirement as an entry of `require` in a policy document. */
export function writeRequirement(requirement: Requirement): object {
  const { kind, of, platforms } = requirement;
  const name = { name: requirement.name, ...(platforms && { platforms }) };
  const [only] = of;
  const signers = of.length === 1 && only ? { signer: writeSigner(only) } : { of: of.map(writeSigner) };
  switch (kind) {
    case 'signature':
      return { ...name, signature: signers };
    case 'provenance': {
      const { source, builder, buildType } = requirement;
      return {
        ...name,
        provenance: {
          ...signers,
          ...(source && { source }),
          ...(builder && { builder }),
          ...(buildType && { buildType }),
        },
      };
    }
    case 'attestation': {
      const [only] = requirement.predicateTypes;
      const type = requirement.predicateTypes.length === 1 ? only : requirement.predicateTypes;
      return { ...name, attestation: { type, ...signers } };
    }
  }
}

function writeSigner(rule: SignerRule): object {
  if (rule.kind === 'key') return writeKey(rule.key);
  const { trust, issuer, subject, claims = {} } = rule;
  return {
    ...(trust !== DEFAULT_TRUST && { trust }),
    ...(issuer && { issuer: writeText(issuer) }),
    subject: writeText(subject),
    ...(Object.keys(claims).length > 0 && {
      claims: Object.fromEntries(
        Object.entries(claims).map(([claim, wanted]) => [claim, writeText(wanted as TextMatch)]),
      ),
    }),
  };
}

function writeKey({ name, hash, padding, encoding }: PolicyKey): object {
  return { key: name, ...(hash && { hash }), ...(padding && { padding }), ...(encoding && { encoding }) };
}

function writeText(wanted: TextMatch): string | { readonly pattern: string } {
  return wanted.kind === 'exact' ? wanted.text : { pattern: wanted.pattern };
}

/**
 * Whether a policy document can hold this requirement: a signer may have chosen text that the schema refuses, such as a
 * type with blanks.
 */
export function canBeWritten(requirement: Requirement): boolean {
  const keys = requirement.of.flatMap((rule) => (rule.kind === 'key' ? [rule.key] : []));
  const trustNames = requirement.of.flatMap((rule) => (rule.kind === 'identity' ? [rule.trust] : []));
  // The evidence has verified without an issuer, so each of these trust roots allows that.
  const withoutIssuer = trustNames;
  const readKey = (path: string): string => keys.find(({ name }) => name === path)?.pem ?? '';
  return createRequirementSchema({ readKey, trustNames, withoutIssuer }).safeParse(writeRequirement(requirement))
    .success;
}
