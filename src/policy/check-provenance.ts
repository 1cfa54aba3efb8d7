import type { VerifiedContent } from '../domain/finding.ts';
import { matchesGlob } from '../domain/glob.ts';
import type { Requirement, SourceRule } from '../domain/policy.ts';
import { shortText } from '../domain/short-text.ts';
import { readSlsaProvenance, type SlsaProvenance } from '../domain/slsa-provenance.ts';
import { builderContradiction, knownBuildTypes, matchesBuilder } from './match-builder.ts';
import type { Miss } from './miss.ts';
import { type BuildEvent, readBuildEvent } from './read-build-event.ts';
import { matchesVersionedTag } from './versioned-tag.ts';

export type ProvenanceRequirement = Extract<Requirement, { kind: 'provenance' }>;

/**
 * Holds SLSA provenance against a requirement, as slsa-verifier does: https://github.com/slsa-framework/slsa-verifier.
 * What the signer's certificate also says is compared first: the certificate was filled in by the identity provider,
 * the predicate by the build.
 */
export function checkProvenance(
  requirement: ProvenanceRequirement,
  content: VerifiedContent & { readonly statement: NonNullable<VerifiedContent['statement']> },
): Miss | undefined {
  const { signer, statement } = content;
  const { predicateType, predicate } = statement;
  const claims = signer.kind === 'certificate' ? signer.claims : {};
  const reading = readSlsaProvenance(predicateType, predicate, claims);
  if (!reading.ok) return inconsistent(reading.why);
  const { provenance } = reading;
  const event = readBuildEvent(predicateType, predicate, { ...provenance, claims });
  const problem =
    builderContradiction(provenance, signer) ??
    event.contradiction ??
    incompleteOnGithub(provenance, claims.sourceRepositoryUri !== undefined);
  if (problem !== undefined) return inconsistent(problem);
  return (
    checkSource(requirement.source, provenance, event) ??
    checkBuilder(requirement, provenance, content) ??
    checkBuildType(requirement, provenance) ??
    checkTrigger(requirement, event) ??
    checkInputs(requirement, event)
  );
}

function inconsistent(why: string): Miss {
  const found = shortText(why, 400);
  const expected = 'complete provenance that agrees with itself and its signer';
  return { code: 'PROVENANCE_INCONSISTENT', message: `The provenance cannot be used: ${found}.`, expected, found };
}

// GitHub's builders always name a ref and what started the build; without them, somebody wrote this by hand.
function incompleteOnGithub(provenance: SlsaProvenance, isSourceSworn: boolean): string | undefined {
  if (!provenance.builderId.startsWith('https://github.com/')) return undefined;
  if (provenance.ref === undefined) return 'it does not name the branch or tag it was built from';
  return provenance.trigger === undefined && !isSourceSworn ? 'it does not name what started the build' : undefined;
}

function checkSource(source: SourceRule | undefined, provenance: SlsaProvenance, event: BuildEvent): Miss | undefined {
  if (source === undefined) return undefined;
  const repository = shortText(provenance.sourceRepository);
  if (provenance.sourceRepository !== source.repository) {
    const message = `It was built from ${repository}; the policy wants ${source.repository}.`;
    return { code: 'SOURCE_MISMATCH', message, expected: source.repository, found: repository };
  }
  const { ref } = provenance;
  const tag = ref?.startsWith('refs/tags/') === true ? ref.slice('refs/tags/'.length) : undefined;
  const from = (expected: string, found: string | undefined): Miss => {
    const shown = found === undefined ? 'no branch or tag that is named' : shortText(found);
    const message = `It was built from ${repository} at ${shown}; the policy wants ${expected}.`;
    return { code: 'REF_MISMATCH', message, expected, found: shown };
  };
  if (source.ref !== undefined && !(ref !== undefined && matchesGlob(source.ref, ref))) return from(source.ref, ref);
  if (source.branch !== undefined && event.branch !== `refs/heads/${source.branch}`) {
    return from(`the branch ${source.branch}`, event.branch ?? ref);
  }
  if (source.tag !== undefined && tag !== source.tag) return from(`the tag ${source.tag}`, ref);
  if (source.versionedTag !== undefined && !(tag !== undefined && matchesVersionedTag(source.versionedTag, tag))) {
    return from(`a tag of version ${source.versionedTag}`, ref);
  }
  return undefined;
}

function checkBuilder(
  { builder }: ProvenanceRequirement,
  provenance: SlsaProvenance,
  { signer }: VerifiedContent,
): Miss | undefined {
  if (builder === undefined || matchesBuilder(builder, provenance, signer)) return undefined;
  const [expected, found] = [shortText(builder), shortText(provenance.builderId)];
  return {
    code: 'BUILDER_MISMATCH',
    message: `It was built by ${found}; the policy wants ${expected}.`,
    expected,
    found,
  };
}

function checkBuildType(requirement: ProvenanceRequirement, provenance: SlsaProvenance): Miss | undefined {
  const wanted = requirement.buildType === undefined ? knownBuildTypes(provenance.builderId) : [requirement.buildType];
  if (wanted === undefined || wanted.includes(provenance.buildType)) return undefined;
  const [expected, found] = [shortText(wanted.join(' or '), 400), shortText(provenance.buildType)];
  const message =
    requirement.buildType === undefined
      ? `Its build type ${found} is not one this builder is known to write.`
      : `Its build type is ${found}; the policy wants ${expected}.`;
  return { code: 'BUILD_TYPE_MISMATCH', message, expected, found };
}

function checkTrigger({ trigger }: ProvenanceRequirement, event: BuildEvent): Miss | undefined {
  if (trigger === undefined || event.trigger === trigger) return undefined;
  const [expected, found] = [shortText(trigger), shortText(event.trigger ?? 'something it does not name')];
  return {
    code: 'TRIGGER_MISMATCH',
    message: `It was started by ${found}; the policy wants ${expected}.`,
    expected,
    found,
  };
}

function checkInputs({ inputs }: ProvenanceRequirement, event: BuildEvent): Miss | undefined {
  if (inputs === undefined) return undefined;
  const miss = (expected: string, found: string): Miss => ({
    code: 'INPUTS_MISMATCH',
    message: `The build was started with ${found}; the policy wants ${expected}.`,
    expected,
    found,
  });
  if (event.trigger !== 'workflow_dispatch') {
    const found = `no inputs, by ${shortText(event.trigger ?? 'something it does not name')}`;
    return miss('inputs, by workflow_dispatch', found);
  }
  for (const [name, wanted] of Object.entries(inputs)) {
    const value = event.inputs !== undefined && Object.hasOwn(event.inputs, name) ? event.inputs[name] : undefined;
    if (value === wanted) continue;
    const found = value === undefined ? 'nothing' : shortText(JSON.stringify(value));
    return miss(`${shortText(name)} = ${shortText(JSON.stringify(wanted))}`, `${shortText(name)} = ${found}`);
  }
  return undefined;
}
