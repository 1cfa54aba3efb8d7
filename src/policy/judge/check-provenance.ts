import type { VerifiedContent } from '../../domain/finding.ts';
import type { Requirement } from '../../domain/policy.ts';
import { shortText } from '../../kit/short-text.ts';
import { isBuildKit } from '../provenance/buildkit.ts';
import { parseSlsaProvenance, type SlsaProvenance } from '../provenance/parse-provenance.ts';
import type { Mismatch } from '../words/mismatch.ts';
import { checkSource } from './check-source.ts';
import { builderContradiction, knownBuildTypes, matchesBuilder } from './match-builder.ts';
import { type BuildEvent, parseBuildEvent } from './parse-build-event.ts';

export type ProvenanceRequirement = Extract<Requirement, { kind: 'provenance' }>;

/**
 * Holds SLSA provenance against a requirement, as slsa-verifier does: https://github.com/slsa-framework/slsa-verifier.
 * What the signer's certificate also says is compared first: the certificate was filled in by the identity provider,
 * the predicate by the build.
 */
export function checkProvenance(
  requirement: ProvenanceRequirement,
  content: VerifiedContent & { readonly statement: NonNullable<VerifiedContent['statement']> },
): Mismatch | undefined {
  const { signer, statement } = content;
  const { predicateType, predicate } = statement;
  const claims = signer.kind === 'certificate' ? signer.claims : {};
  const reading = parseSlsaProvenance(predicateType, predicate, claims);
  if (!reading.ok) return inconsistent(reading.why);
  const { provenance } = reading;
  const event = parseBuildEvent(predicateType, predicate, claims);
  const problem =
    builderContradiction(provenance, signer) ??
    event.contradiction ??
    incompleteOnGithub(requirement, provenance, claims.sourceRepositoryUri !== undefined);
  if (problem !== undefined) return inconsistent(problem);
  return (
    checkSource(requirement.source, provenance, { claims, branch: event.branch }) ??
    checkBuilder(requirement, provenance, content) ??
    checkBuildType(requirement, provenance) ??
    checkTrigger(requirement, event) ??
    checkInputs(requirement, event)
  );
}

function inconsistent(why: string): Mismatch {
  const found = shortText(why, 400);
  const expected = 'complete provenance that agrees with itself and its signer';
  return { code: 'PROVENANCE_INCONSISTENT', message: `The provenance cannot be used: ${found}.`, expected, found };
}

// GitHub's builders always name a ref and what started the build; without them, somebody wrote this by hand.
function incompleteOnGithub(
  { source: isAsked }: ProvenanceRequirement,
  { builderId, buildType, source, trigger }: SlsaProvenance,
  isSourceSworn: boolean,
): string | undefined {
  if (!builderId.startsWith('https://github.com/') || isBuildKit(buildType)) return undefined;
  if (isAsked !== undefined && source.kind === 'stated' && source.sources.some(({ ref }) => ref === undefined)) {
    return 'it does not name the branch or tag it was built from';
  }
  return trigger === undefined && !isSourceSworn ? 'it does not name what started the build' : undefined;
}

function checkBuilder(
  { builder }: ProvenanceRequirement,
  provenance: SlsaProvenance,
  { signer }: VerifiedContent,
): Mismatch | undefined {
  if (builder === undefined || matchesBuilder(builder, provenance, signer)) return undefined;
  const [expected, found] = [shortText(builder), shortText(provenance.builderId) || 'a builder that is not named'];
  return {
    code: 'BUILDER_MISMATCH',
    message: `It was built by ${found}; the policy wants ${expected}.`,
    expected,
    found,
  };
}

function checkBuildType(requirement: ProvenanceRequirement, provenance: SlsaProvenance): Mismatch | undefined {
  const wanted = requirement.buildType === undefined ? knownBuildTypes(provenance.builderId) : [requirement.buildType];
  if (wanted === undefined || wanted.includes(provenance.buildType)) return undefined;
  const [expected, found] = [shortText(wanted.join(' or '), 400), shortText(provenance.buildType)];
  const message =
    requirement.buildType === undefined
      ? `Its build type ${found} is not one this builder is known to write.`
      : `Its build type is ${found}; the policy wants ${expected}.`;
  return { code: 'BUILD_TYPE_MISMATCH', message, expected, found };
}

function checkTrigger({ trigger }: ProvenanceRequirement, event: BuildEvent): Mismatch | undefined {
  if (trigger === undefined || event.trigger === trigger) return undefined;
  const [expected, found] = [shortText(trigger), shortText(event.trigger ?? 'something it does not name')];
  return {
    code: 'TRIGGER_MISMATCH',
    message: `It was started by ${found}; the policy wants ${expected}.`,
    expected,
    found,
  };
}

function checkInputs({ inputs }: ProvenanceRequirement, event: BuildEvent): Mismatch | undefined {
  if (inputs === undefined) return undefined;
  const mismatch = (expected: string, found: string): Mismatch => ({
    code: 'INPUTS_MISMATCH',
    message: `The build was started with ${found}; the policy wants ${expected}.`,
    expected,
    found,
  });
  if (event.trigger !== 'workflow_dispatch') {
    const found = `no inputs, by ${shortText(event.trigger ?? 'something it does not name')}`;
    return mismatch('inputs, by workflow_dispatch', found);
  }
  for (const [name, wanted] of Object.entries(inputs)) {
    const value = event.inputs !== undefined && Object.hasOwn(event.inputs, name) ? event.inputs[name] : undefined;
    if (value === wanted) continue;
    const found = value === undefined ? 'nothing' : shortText(JSON.stringify(value));
    return mismatch(`${shortText(name)} = ${shortText(JSON.stringify(wanted))}`, `${shortText(name)} = ${found}`);
  }
  return undefined;
}
