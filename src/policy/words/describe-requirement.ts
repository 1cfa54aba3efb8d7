import type { Requirement, SourceRule } from '../../domain/policy.ts';
import { formatDuration } from '../../kit/duration.ts';
import { shortText } from '../../kit/short-text.ts';
import { describeAnnotation } from '../judge/check-annotations.ts';
import { writtenRepository } from '../judge/check-source.ts';
import { describeRule, describeRules, joinWith } from './describe-signer.ts';

// A cache: every judgement describes what its policies ask for, and policies stay the same for weeks.
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
      return `${requirement.atLeast > 1 ? 'signatures' : 'a signature'} ${by}${describeAnnotations(requirement)}${age}`;
    case 'provenance': {
      const { source, builder, buildType, trigger, inputs } = requirement;
      const parts = [
        source === undefined ? '' : `, built from ${writtenRepository(source)}${describeRef(source)}`,
        builder === undefined ? '' : `, by the builder ${shortText(builder)}`,
        buildType === undefined ? '' : `, as the build type ${shortText(buildType)}`,
        trigger === undefined ? '' : `, started by ${shortText(trigger)}`,
        inputs === undefined ? '' : `, with the inputs ${shortText(JSON.stringify(inputs))}`,
      ];
      return `provenance signed ${by}${parts.join('')}${age}`;
    }
    case 'attestation': {
      const where = requirement.where === undefined ? '' : `, where ${shortText(requirement.where)}`;
      return `an attestation of type ${describeTypes(requirement)} signed ${by}${where}${age}`;
    }
  }
}

function describeTypes({ predicateTypes }: Extract<Requirement, { kind: 'attestation' }>): string {
  return joinWith(
    predicateTypes.map((type) => shortText(type)),
    'or',
  );
}

function describeAnnotations({ annotations = {} }: Extract<Requirement, { kind: 'signature' }>): string {
  const all = Object.entries(annotations).map(([name, match]) => describeAnnotation(name, match));
  return all.length === 0
    ? ''
    : `, with ${all.length === 1 ? 'the annotation' : 'the annotations'} ${joinWith(all, 'and')}`;
}

function describeRef({ ref, branch, tag, versionedTag }: SourceRule): string {
  if (ref !== undefined) return ` at ${shortText(ref)}`;
  if (branch !== undefined) return ` on the branch ${shortText(branch)}`;
  if (tag !== undefined) return ` at the tag ${shortText(tag)}`;
  return versionedTag === undefined ? '' : ` at a tag of version ${shortText(versionedTag)}`;
}

function describeSigners({ of, atLeast }: Requirement): string {
  return atLeast > 1
    ? `by at least ${atLeast} of these: ${of.map(describeRule).join(', ')}`
    : `by ${describeRules(of)}`;
}

/** The kind of evidence a requirement asks for, as a noun: "a signature". */
export function describeKind(requirement: Requirement): string {
  switch (requirement.kind) {
    case 'signature':
      return 'a signature';
    case 'provenance':
      return 'provenance';
    case 'attestation':
      return `an attestation of type ${describeTypes(requirement)}`;
  }
}
