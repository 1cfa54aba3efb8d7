import type { CertificateClaims } from './finding.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** `predicateType` of SLSA provenance 0.2: https://slsa.dev/spec/v0.2/provenance */
export const SLSA_PROVENANCE_V02 = 'https://slsa.dev/provenance/v0.2';
/** `predicateType` of SLSA provenance 1: https://slsa.dev/spec/v1.0/provenance */
export const SLSA_PROVENANCE_V1 = 'https://slsa.dev/provenance/v1';

/** What SLSA provenance says about a build, the same for both versions of the format. */
export interface SlsaProvenance {
  readonly builderId: string;
  readonly buildType: string;
  /** As written, e.g. `git+https://github.com/acme/app@refs/tags/v1`. */
  readonly source: string;
  /** What started the build, in the form of `source`; absent if the provenance does not say. */
  readonly trigger?: string;
  /** `source` without scheme prefix and ref: `https://github.com/acme/app`. */
  readonly sourceRepository: string;
  /** e.g. `refs/tags/v1`. */
  readonly ref?: string;
}

export type SlsaReading =
  | { readonly ok: true; readonly provenance: SlsaProvenance }
  | { readonly ok: false; readonly why: string };

interface Fields {
  readonly builderId: string | undefined;
  readonly buildType: string | undefined;
  readonly source: string | undefined;
  readonly commit: string | undefined;
  readonly trigger: string | undefined;
}

/** Whether this predicate type is one of the two SLSA provenance formats. */
export function isSlsaProvenance(predicateType: string): boolean {
  return predicateType === SLSA_PROVENANCE_V02 || predicateType === SLSA_PROVENANCE_V1;
}

/**
 * Reads verified SLSA provenance. `claims` are those of the signing certificate (`{}` for a key): what the certificate
 * also says must agree, for the certificate was filled in by the identity provider and the predicate by the build.
 * `why` completes the sentence "The provenance cannot be used: …".
 */
export function readSlsaProvenance(
  predicateType: string,
  predicate: JsonObject,
  claims: CertificateClaims,
): SlsaReading {
  const fields = readFields(predicateType, predicate);
  if (fields === undefined) return refuse(`${predicateType} is not a format of SLSA provenance`);
  const { builderId, buildType, source, trigger } = fields;
  if (!builderId) return refuse('it does not name its builder');
  if (!buildType) return refuse('it does not name its build type');
  if (!source) return refuse('it does not name the source it was built from');
  const from = parseGitUri(source) ?? parseGitlabSource(source, buildType, claims);
  if (from === undefined) return refuse(`its source is ${source}, expected git+https://HOST/REPOSITORY@REF`);
  const started = trigger === undefined ? undefined : parseGitUri(trigger);
  if (trigger !== undefined && started === undefined) return refuse(`its trigger ${trigger} is not a git URI`);
  // A builder that delegates may leave the ref of its source out: the trigger then holds it.
  const bare = started !== undefined && from.ref === undefined && isDelegator(claims);
  const agree = bare ? started.repository === from.repository : trigger === undefined || trigger === source;
  if (!agree) return refuse(`it was started from ${trigger} but built from ${source}`);
  const ref = from.ref ?? (bare ? started.ref : undefined);
  const problem = contradiction({ ...from, ref }, fields, builderId, claims);
  if (problem !== undefined) return refuse(problem);
  return {
    ok: true,
    provenance: {
      builderId,
      buildType,
      source,
      ...(trigger !== undefined && { trigger }),
      sourceRepository: from.repository,
      ...(ref !== undefined && { ref }),
    },
  };
}

function refuse(why: string): SlsaReading {
  return { ok: false, why };
}

function readFields(predicateType: string, predicate: JsonObject): Fields | undefined {
  if (predicateType === SLSA_PROVENANCE_V02) return readV02(predicate);
  if (predicateType === SLSA_PROVENANCE_V1) return readV1(predicate);
  return undefined;
}

function readV02(predicate: JsonObject): Fields {
  const material = first(at(predicate, 'materials'));
  return {
    builderId: text(at(predicate, 'builder', 'id')),
    buildType: text(at(predicate, 'buildType')),
    source: text(at(material, 'uri')),
    commit: text(at(material, 'digest', 'sha1')),
    trigger: text(at(predicate, 'invocation', 'configSource', 'uri')),
  };
}

function readV1(predicate: JsonObject): Fields {
  const definition = at(predicate, 'buildDefinition');
  const dependency = first(at(definition, 'resolvedDependencies'));
  return {
    builderId: text(at(predicate, 'runDetails', 'builder', 'id')),
    buildType: text(at(definition, 'buildType')),
    source: text(at(dependency, 'uri')),
    commit: text(at(dependency, 'digest', 'gitCommit')) ?? text(at(dependency, 'digest', 'sha1')),
    trigger: triggerOfV1(definition),
  };
}

// GitHub's own attestations name the workflow in the external parameters; slsa-github-generator in the internal ones.
function triggerOfV1(definition: Json | undefined): string | undefined {
  const workflow = at(definition, 'externalParameters', 'workflow');
  const repository = text(at(workflow, 'repository'));
  const ref = text(at(workflow, 'ref'));
  if (repository !== undefined && ref !== undefined) return `git+${repository}@${ref}`;
  const name = text(at(definition, 'internalParameters', 'GITHUB_WORKFLOW_REF'));
  const parts = name === undefined ? null : /^([^/@]+\/[^/@]+)\/[^@]+@(.+)$/.exec(name);
  return parts === null ? undefined : `git+https://github.com/${parts[1]}@${parts[2]}`;
}

// SLSA builders write package-url style git locations: https://spdx.github.io/spdx-spec/v2.3/package-information/#77
function parseGitUri(uri: string): { readonly repository: string; readonly ref: string | undefined } | undefined {
  if (!uri.startsWith('git+')) return undefined;
  const at = uri.indexOf('@');
  const repository = uri.slice('git+'.length, at === -1 ? undefined : at);
  const ref = at === -1 ? undefined : uri.slice(at + 1);
  return repository === '' || ref === '' ? undefined : { repository, ref };
}

// GitLab's runner names the project's bare address; which ref it built, only the certificate says.
// https://docs.gitlab.com/ci/runners/configure_runners/#artifact-provenance-metadata
function parseGitlabSource(
  uri: string,
  buildType: string,
  { sourceRepositoryRef }: CertificateClaims,
): ReturnType<typeof parseGitUri> {
  const isGitlab = buildType.startsWith('https://gitlab.com/gitlab-org/gitlab-runner/');
  return isGitlab && /^https:\/\/[^\s@]+$/.test(uri) ? { repository: uri, ref: sourceRepositoryRef } : undefined;
}

function contradiction(
  from: { readonly repository: string; readonly ref: string | undefined },
  fields: Fields,
  builderId: string,
  claims: CertificateClaims,
): string | undefined {
  const { sourceRepositoryUri, sourceRepositoryRef, sourceRepositoryDigest } = claims;
  if (sourceRepositoryUri !== undefined && sourceRepositoryUri !== from.repository)
    return `it names ${from.repository} as its source, but the certificate was issued to ${sourceRepositoryUri}`;
  if (sourceRepositoryRef !== undefined && from.ref !== undefined && sourceRepositoryRef !== from.ref)
    return `it names the ref ${from.ref}, but the certificate was issued for ${sourceRepositoryRef}`;
  if (sourceRepositoryDigest !== undefined && fields.commit !== undefined && sourceRepositoryDigest !== fields.commit)
    return `it names the commit ${fields.commit}, but the certificate was issued for ${sourceRepositoryDigest}`;
  return builderContradiction(builderId, claims);
}

function builderContradiction(builderId: string, claims: CertificateClaims): string | undefined {
  const { runnerEnvironment, buildSignerUri } = claims;
  const runner = /^https:\/\/github\.com\/actions\/runner\/(.+)$/.exec(builderId)?.[1];
  if (runner !== undefined && runnerEnvironment !== undefined && runner !== runnerEnvironment)
    return `it names the builder ${builderId}, but the certificate says it ran ${runnerEnvironment}`;
  const isWorkflow = builderId.includes('/.github/workflows/');
  if (!isWorkflow || buildSignerUri === undefined || isDelegator(claims)) return undefined;
  const named = builderId.includes('@') ? buildSignerUri : buildSignerUri.slice(0, buildSignerUri.lastIndexOf('@'));
  return named === builderId
    ? undefined
    : `it names the builder ${builderId}, but the certificate was issued to ${buildSignerUri}`;
}

// The reusable workflows that sign for another trusted workflow, which only the predicate can name.
function isDelegator(claims: CertificateClaims): boolean {
  const prefix = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/delegator_';
  return claims.buildSignerUri?.startsWith(prefix) === true;
}

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let here = value;
  for (const key of path) here = isJsonObject(here) && Object.hasOwn(here, key) ? here[key] : undefined;
  return here;
}

function first(value: Json | undefined): Json | undefined {
  return Array.isArray(value) ? value[0] : undefined;
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
