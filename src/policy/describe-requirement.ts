import { formatDuration } from '../domain/duration.ts';
import type { Requirement } from '../domain/policy.ts';
import { shortText } from '../domain/short-text.ts';
import { describeRules } from './describe-signer.ts';

// A memo, not state: every judgement says what its policies ask for, and policies stay the same for weeks.
const described = new WeakMap<Requirement, string>();

/** What a requirement asks for, as the "expected" of its result: "a signature by the key keys/alice.pub". */
export function describeRequirement(requirement: Requirement): string {
  const known = described.get(requirement);
  if (known !== undefined) return known;
  const text = describe(requirement);
  described.set(requirement, text);
  return text;
}

function describe(requirement: Requirement): string {
  const by = describeSigners(requirement);
  const age =
    requirement.maxAgeMs === undefined ? '' : `, signed within the last ${formatDuration(requirement.maxAgeMs)}`;
  switch (requirement.kind) {
    case 'signature':
      return `${requirement.atLeast > 1 ? 'signatures' : 'a signature'} ${by}${age}`;
    case 'provenance': {
      const { source, builder } = requirement;
      const from = source === undefined ? '' : `, built from ${source.repository}`;
      const at = source?.ref === undefined ? '' : ` at ${source.ref}`;
      const on = builder === undefined ? '' : `, by the builder ${shortText(builder)}`;
      return `provenance signed ${by}${from}${at}${on}${age}`;
    }
    case 'attestation': {
      const where = requirement.where === undefined ? '' : `, where ${shortText(requirement.where)}`;
      return `an attestation of type ${shortText(requirement.predicateType)} signed ${by}${where}${age}`;
    }
  }
}

function describeSigners({ of, atLeast }: Requirement): string {
  return atLeast > 1 ? `by at least ${atLeast} of ${describeRules(of)}` : `by ${describeRules(of)}`;
}

/** The kind of evidence a requirement asks for, as a noun: "a signature". */
export function describeKind(requirement: Requirement): string {
  switch (requirement.kind) {
    case 'signature':
      return 'a signature';
    case 'provenance':
      return 'provenance';
    case 'attestation':
      return `an attestation of type ${shortText(requirement.predicateType)}`;
  }
}
