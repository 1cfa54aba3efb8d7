import type { CertificateClaims } from '../domain/finding.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { SLSA_PROVENANCE_V02 } from '../domain/slsa-provenance.ts';

/** What started a build, as far as its provenance or its signer's certificate tells. */
export interface BuildEvent {
  /** Name of the event, such as `push` or `workflow_dispatch`. */
  readonly trigger?: string;
  /** `refs/heads/…`: the branch that was built, or that the tag was made on. */
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
export function readBuildEvent(
  predicateType: string,
  predicate: JsonObject,
  build: { readonly ref?: string; readonly claims: CertificateClaims },
): BuildEvent {
  const variables =
    predicateType === SLSA_PROVENANCE_V02
      ? at(predicate, 'invocation', 'environment')
      : at(predicate, 'buildDefinition', 'internalParameters');
  const told = text(variable(variables, 'event_name')) ?? text(at(variables, 'github', 'event_name'));
  const sworn = build.claims.workflowTrigger;
  if (told !== undefined && sworn !== undefined && told !== sworn) {
    return { contradiction: `it says that ${told} started it, but the certificate was issued for ${sworn}` };
  }
  const trigger = sworn ?? told;
  const branch = branchOf(variables, build.ref);
  const inputs = inputsOf(predicate, variables);
  return {
    ...(trigger !== undefined && { trigger }),
    ...(branch !== undefined && { branch }),
    ...(inputs !== undefined && { inputs }),
  };
}

// A tag does not say which branch it was made on; the event that built it may.
function branchOf(variables: Json | undefined, ref: string | undefined): string | undefined {
  if (ref?.startsWith('refs/heads/') === true) return ref;
  const payload = variable(variables, 'event_payload');
  const base = nonEmpty(variable(variables, 'base_ref')) ?? nonEmpty(at(payload, 'base_ref'));
  if (base !== undefined) return asBranch(base);
  const target = nonEmpty(at(payload, 'release', 'target_commitish'));
  return target === undefined ? undefined : asBranch(target);
}

function inputsOf(predicate: JsonObject, variables: Json | undefined): JsonObject | undefined {
  const inputs =
    at(variable(variables, 'event_payload'), 'inputs') ??
    at(predicate, 'buildDefinition', 'externalParameters', 'inputs');
  return isJsonObject(inputs) ? inputs : undefined;
}

function asBranch(name: string): string {
  return name.startsWith('refs/') ? name : `refs/heads/${name}`;
}

function variable(variables: Json | undefined, name: string): Json | undefined {
  return at(variables, `github_${name}`) ?? at(variables, `GITHUB_${name.toUpperCase()}`);
}

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let here = value;
  for (const key of path) here = isJsonObject(here) && Object.hasOwn(here, key) ? here[key] : undefined;
  return here;
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function nonEmpty(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
