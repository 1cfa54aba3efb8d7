import type { CertificateClaims } from '../../domain/finding.ts';
import { SLSA_PROVENANCE_V02 } from '../../domain/slsa-provenance.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { textAt, valueAt } from '../../kit/json-path.ts';

/** What started a build, as far as its provenance or its signer's certificate tells. */
export interface BuildEvent {
  /** Name of the event, such as `push` or `workflow_dispatch`. */
  readonly trigger?: string;
  /** `refs/heads/…`: the branch that the tag which was built was made on. */
  readonly branch?: string;
  /** Inputs of a build started by hand. */
  readonly inputs?: JsonObject;
  /** Why the values cannot be believed: the certificate says otherwise. */
  readonly contradiction?: string;
}

/**
 * Reads what started a build on GitHub. The names are those of slsa-github-generator (`github_*` in SLSA 0.2, `GITHUB_*`
 * in SLSA 1 and from delegating builders); GitHub's own attestations hold no event, only the ref and the event's name.
 * https://github.com/slsa-framework/slsa-github-generator/blob/main/internal/builders/container/README.md
 */
export function parseBuildEvent(predicateType: string, predicate: JsonObject, claims: CertificateClaims): BuildEvent {
  const variables =
    predicateType === SLSA_PROVENANCE_V02
      ? valueAt(predicate, 'invocation', 'environment')
      : valueAt(predicate, 'buildDefinition', 'internalParameters');
  const told = textAt(variable(variables, 'event_name')) ?? textAt(variables, 'github', 'event_name');
  const certified = claims.workflowTrigger;
  if (told !== undefined && certified !== undefined && told !== certified) {
    return { contradiction: `it says that ${told} started it, but the certificate was issued for ${certified}` };
  }
  const trigger = certified ?? told;
  const branch = branchOf(variables);
  const inputs = inputsOf(predicate, variables);
  return {
    ...(trigger !== undefined && { trigger }),
    ...(branch !== undefined && { branch }),
    ...(inputs !== undefined && { inputs }),
  };
}

// A tag does not say which branch it was made on; the event that built it may.
function branchOf(variables: Json | undefined): string | undefined {
  const payload = variable(variables, 'event_payload');
  const base = textAt(variable(variables, 'base_ref')) ?? textAt(payload, 'base_ref');
  if (base !== undefined) return asBranch(base);
  const target = textAt(payload, 'release', 'target_commitish');
  return target === undefined ? undefined : asBranch(target);
}

function inputsOf(predicate: JsonObject, variables: Json | undefined): JsonObject | undefined {
  const inputs =
    valueAt(variable(variables, 'event_payload'), 'inputs') ??
    valueAt(predicate, 'buildDefinition', 'externalParameters', 'inputs');
  return isJsonObject(inputs) ? inputs : undefined;
}

function asBranch(name: string): string {
  return name.startsWith('refs/') ? name : `refs/heads/${name}`;
}

function variable(variables: Json | undefined, name: string): Json | undefined {
  return valueAt(variables, `github_${name}`) ?? valueAt(variables, `GITHUB_${name.toUpperCase()}`);
}
