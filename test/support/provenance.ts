import type { CertificateClaims } from '../../src/domain/finding.ts';
import type { JsonObject } from '../../src/kit/json.ts';

/** SLSA predicates as GitHub's builders write them, plain: the tests change single values. */

export const SOURCE = 'https://github.com/acme/app';
export const COMMIT = '5f2c1a7e9b3d4c6f8a0e1b2d3c4f5a6b7c8d9e0f';
export const GENERATOR =
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml';

export interface BuildRequest {
  readonly source?: string;
  /** What started it; equals the source unless given, `null` leaves it out. */
  readonly trigger?: string | null;
  readonly builder?: string;
  readonly buildType?: string;
  readonly environment?: JsonObject;
}

export function slsa02(request: BuildRequest = {}): JsonObject {
  const source = request.source ?? `git+${SOURCE}@refs/tags/v1.4.2`;
  const trigger = request.trigger === undefined ? source : request.trigger;
  return {
    builder: { id: request.builder ?? `${GENERATOR}@refs/tags/v2.0.0` },
    buildType: request.buildType ?? 'https://github.com/slsa-framework/slsa-github-generator/container@v1',
    invocation: {
      configSource: { ...(trigger !== null && { uri: trigger }), digest: { sha1: COMMIT } },
      environment: { github_event_name: 'push', ...request.environment },
    },
    materials: [{ uri: source, digest: { sha1: COMMIT } }],
  };
}

/** SLSA 1 as GitHub attests it. */
export function slsa1(request: BuildRequest & { readonly inputs?: JsonObject } = {}): JsonObject {
  const source = request.source ?? `git+${SOURCE}@refs/tags/v1.4.2`;
  const trigger = request.trigger === undefined ? source : request.trigger;
  const [, repository = '', ref] = /^git\+([^@]*)(?:@(.*))?$/.exec(trigger ?? '') ?? [];
  return {
    buildDefinition: {
      buildType: request.buildType ?? 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: {
        ...(trigger !== null && {
          workflow: { repository, ...(ref !== undefined && { ref }), path: '.github/workflows/release.yml' },
        }),
        ...(request.inputs && { inputs: request.inputs }),
      },
      internalParameters: { github: { event_name: 'push' }, ...request.environment },
      resolvedDependencies: [{ uri: source, digest: { gitCommit: COMMIT } }],
    },
    runDetails: { builder: { id: request.builder ?? 'https://github.com/actions/runner/github-hosted' } },
  };
}

/** What Fulcio writes for the run of `SOURCE` at v1.4.2. */
export function githubClaims(more: CertificateClaims = {}): CertificateClaims {
  return {
    workflowTrigger: 'push',
    buildSignerUri: `${SOURCE}/.github/workflows/release.yml@refs/tags/v1.4.2`,
    runnerEnvironment: 'github-hosted',
    sourceRepositoryUri: SOURCE,
    sourceRepositoryRef: 'refs/tags/v1.4.2',
    sourceRepositoryDigest: COMMIT,
    ...more,
  };
}

/** SLSA 1 as Tekton Chains writes it, of entries with the names that say what they are; none for an image. */
export function tekton1(
  entries: readonly { readonly name?: string; readonly repository: string; readonly commit?: string }[],
  more: { readonly parameters?: JsonObject; readonly byproducts?: readonly JsonObject[] } = {},
): JsonObject {
  return {
    buildDefinition: {
      buildType: 'https://tekton.dev/chains/v2/slsa',
      externalParameters: { runSpec: { ...more.parameters } },
      resolvedDependencies: entries.map(({ name, repository, commit = COMMIT }) => ({
        ...(name !== undefined && { name }),
        uri: repository.startsWith('oci://') ? repository : `git+${repository}.git`,
        digest: { sha1: commit },
      })),
    },
    runDetails: {
      builder: { id: 'https://tekton.dev/chains/v2' },
      ...(more.byproducts && { byproducts: more.byproducts }),
    },
  };
}
