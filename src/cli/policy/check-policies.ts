import { policyOptions } from '../../config/policy-options.ts';
import { readConfig } from '../../config/read-config.ts';
import { BUILT_IN_TRUST } from '../../domain/built-in-trust.ts';
import {
  evidenceRepositoryName,
  type ImagePolicy,
  type PolicyAlternative,
  type PolicySet,
  type Requirement,
} from '../../domain/policy.ts';
import { formatDuration } from '../../kit/duration.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { nearestWord } from '../../kit/nearest-word.ts';
import { checkPolicyRoots } from '../../pipeline/judge/check-policy-roots.ts';
import { requirementsOf } from '../../policy/judge/list-materials.ts';
import { explainLiteral, literalWildcards } from '../../policy/read/literal-wildcards.ts';
import { describeRequirement } from '../../policy/words/describe-requirement.ts';
import type { CliContext } from '../cli-context.ts';
import { plainJson, plainText } from '../plain-text.ts';
import { printFaults } from '../print-faults.ts';
import type { OutputFormat } from '../shared-options.ts';
import { assumedTrust, namedTrust } from './named-trust.ts';
import { type PolicyOutside, readPolicyFiles } from './read-policy-files.ts';

/** The options of `policy check`. */
export interface CheckOptions {
  readonly config?: string;
  readonly output: OutputFormat;
}

/**
 * Reads policy files and says every fault in them, or what they ask for. Sets the exit code.
 * @throws only what is a defect of ours: faults of the files are printed.
 */
export async function checkPolicies(
  paths: readonly string[],
  { config, output }: CheckOptions,
  context: CliContext,
): Promise<void> {
  try {
    // Trust roots that only a configuration could know.
    let trust: readonly string[] = [];
    const assumed: PolicyOutside = (files) => {
      trust = namedTrust(files);
      return assumedTrust(trust);
    };
    const outside = config === undefined ? assumed : policyOptions(await readConfig(config, context.env));
    const set = readPolicyFiles(paths, outside);
    await checkPolicyRoots(set);
    const warnings = set.policies.flatMap(warningsOf);
    if (output === 'json')
      context.terminal.out(plainJson({ ok: true, ...toJson(set), trust, warnings, issues: [] }, 2));
    else {
      printPolicies(set, trust, context);
      for (const { where, message } of warnings) context.terminal.err(plainText(`warning: ${where}: ${message}.`));
    }
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    printFaults(error, output, context);
  }
}

/** What a policy may say but probably does not mean. */
function warningsOf(policy: ImagePolicy): readonly { readonly where: string; readonly message: string }[] {
  return requirementsOf(policy).flatMap((requirement) =>
    literalWildcards(requirement).map((literal) => {
      return { where: `${policy.file}: ${requirement.name}`, message: explainLiteral(literal) };
    }),
  );
}

function toJson({ revision, policies }: PolicySet): object {
  return {
    revision,
    policies: policies.map(
      ({
        name,
        file,
        images,
        graceMs,
        onFailure,
        platforms,
        artifacts = ['images'],
        evidence = [],
        require,
        anyOf,
        alternatives,
      }) => ({
        name,
        file,
        images,
        graceSeconds: graceMs / 1_000,
        onFailure,
        platforms,
        artifacts,
        evidence: evidence.map(evidenceRepositoryName),
        require: require.map(toJsonRequirement),
        anyOf: (anyOf ?? []).map((ways) => ways.map(toJsonAlternative)),
        alternatives: (alternatives ?? []).map(toJsonAlternative),
      }),
    ),
  };
}

function toJsonAlternative({ name, require }: PolicyAlternative): object {
  return { name, require: require.map(toJsonRequirement) };
}

function toJsonRequirement(requirement: Requirement): object {
  const { name, kind, platforms } = requirement;
  return { name, kind, expected: describeRequirement(requirement), ...(platforms && { platforms }) };
}

function printPolicies({ policies }: PolicySet, trust: readonly string[], { terminal }: CliContext): void {
  for (const policy of policies) terminal.out(describePolicy(policy).map(plainText).join('\n  '));
  const count = policies.length === 1 ? 'The policy is' : `All ${policies.length} policies are`;
  terminal.out(terminal.style.good(`${count} in order.`));
  for (const name of trust) {
    const nearest = nearestWord(name, BUILT_IN_TRUST);
    const meant = nearest === undefined ? '' : ` Or was "${nearest}" meant?`;
    terminal.err(
      `note: the trust root "${plainText(name)}" must be in the configuration (\`trust:\`); it was not looked up.${meant}`,
    );
  }
}

function describePolicy(policy: ImagePolicy): string[] {
  const places = (policy.evidence ?? []).map(evidenceRepositoryName);
  const onFailure = policy.onFailure === 'quarantine' ? 'quarantined' : 'announced, not quarantined';
  return [
    `${policy.name} (${policy.file})`,
    `covers ${policy.images.join(', ')}`,
    ...(places.length === 0 ? [] : [`looks for evidence in ${places.join(', ')} too`]),
    `waits ${formatDuration(policy.graceMs)} after a push; what fails then is ${onFailure}`,
    ...policy.require.map((requirement) => `${requirement.name}: asks for ${describeRequirement(requirement)}`),
    ...(policy.anyOf ?? []).flatMap(([first, ...others]) =>
      first === undefined ? [] : [describeAlternative(first).replace(/^or /, ''), ...others.map(describeAlternative)],
    ),
    ...(policy.alternatives ?? []).map(describeAlternative),
  ];
}

// One of them is enough; that is what policy-controller means by authorities.
function describeAlternative({ name, require, denied }: PolicyAlternative): string {
  if (denied !== undefined) return `or ${name}: never holds (${denied})`;
  return `or ${name}: ${require.length === 0 ? 'always holds' : `asks for ${require.map(describeRequirement).join('; and ')}`}`;
}
