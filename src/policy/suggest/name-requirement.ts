import type { Requirement, SignerRule } from '../../domain/policy.ts';
import { shortText } from '../../kit/short-text.ts';
import { writtenText } from '../judge/match-text.ts';
import { headOf } from './narrowest-text.ts';

/** What people call the predicate types they meet most: https://github.com/in-toto/attestation/tree/main/spec/predicates */
const NOUNS: Readonly<Record<string, string>> = {
  'https://cyclonedx.org/bom': 'a CycloneDX SBOM',
  'https://spdx.dev/Document': 'an SPDX SBOM',
  'https://cosign.sigstore.dev/attestation/vuln/v1': 'a vulnerability scan',
  'https://slsa.dev/verification_summary/v1': 'a verification summary',
  'https://openvex.dev/ns': 'a VEX document',
};

/** Longer names than this are no names: the schema of a policy allows 120 characters. */
const MAX_LENGTH = 100;

/** A name that says in a person's words what is asked for. */
export function nameRequirement(kind: Requirement['kind'], of: readonly SignerRule[], predicateType?: string): string {
  const [first] = of;
  const by = first === undefined || of.length > 1 ? 'one of several' : nameSigner(first);
  switch (kind) {
    case 'signature':
      return cleanName(`signed by ${by}`);
    case 'provenance':
      return cleanName(`built by ${by}`);
    case 'attestation':
      return cleanName(`has ${nounOf(predicateType ?? '')}, attested by ${by}`);
  }
}

// The schema of a policy accepts only visible characters in a name, so the others (also those that Unicode has not
// assigned yet) are left out.
function cleanName(name: string): string {
  return shortText(name.replace(/\p{C}/gu, ''), MAX_LENGTH);
}

/** What an attestation of this type is, as a noun. */
export function nounOf(predicateType: string): string {
  return NOUNS[predicateType] ?? `an attestation ${shortText(predicateType, 60)}`;
}

function nameSigner(rule: SignerRule): string {
  if (rule.kind === 'key') return `the key ${rule.key.name}`;
  const subject = rule.subject.kind === 'exact' ? rule.subject.text : unescapePattern(writtenText(rule.subject));
  const [, repository, workflow] = WORKFLOW.exec(subject) ?? [];
  return repository === undefined ? headOf(subject) : `${workflow ?? ''} of ${repository}`;
}

// https://github.com/OWNER/REPOSITORY/.github/workflows/FILE@…
const WORKFLOW = /^https:\/\/[^/]+\/(.+?)\/\.(?:github|gitea|forgejo)\/workflows\/([^@]+)/;

function unescapePattern(pattern: string): string {
  return pattern.replace(/\\(.)/g, '$1');
}
