import type { KeylessRequest } from './certificate-authority.ts';

export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';
export const GITHUB_HOSTED = 'https://github.com/actions/runner/github-hosted';
const GITHUB_BUILD_TYPE = 'https://actions.github.io/buildtypes/workflow/v1';

export interface GithubRun {
  /** `owner/name`; `acme/app` by default. */
  readonly repository?: string;
  readonly ref?: string;
  /** Path in the repository; `.github/workflows/release.yml` by default. */
  readonly workflow?: string;
  readonly commit?: string;
  readonly trigger?: string;
  readonly runner?: string;
}

const COMMIT = '5f2c1a7e9b3d4c6f8a0e1b2d3c4f5a6b7c8d9e0f';

/** What Fulcio puts into a certificate for a GitHub Actions run. */
export function githubRequest(run: GithubRun = {}): KeylessRequest {
  const repository = `https://github.com/${run.repository ?? 'acme/app'}`;
  const ref = run.ref ?? 'refs/tags/v1.0.0';
  const subject = `${repository}/${run.workflow ?? '.github/workflows/release.yml'}@${ref}`;
  const commit = run.commit ?? COMMIT;
  return {
    subject,
    issuer: GITHUB_ISSUER,
    claims: {
      workflowTrigger: run.trigger ?? 'push',
      workflowName: 'release',
      buildSignerUri: subject,
      buildSignerDigest: commit,
      runnerEnvironment: run.runner ?? 'github-hosted',
      sourceRepositoryUri: repository,
      sourceRepositoryDigest: commit,
      sourceRepositoryRef: ref,
      sourceRepositoryIdentifier: '123456789',
      sourceRepositoryOwnerUri: repository.slice(0, repository.lastIndexOf('/')),
      sourceRepositoryOwnerIdentifier: '1234567',
      buildConfigUri: subject,
      buildConfigDigest: commit,
      runInvocationUri: `${repository}/actions/runs/1/attempts/1`,
      sourceRepositoryVisibility: 'public',
    },
  };
}

export interface ProvenanceSource {
  /** `https://github.com/acme/app` by default. */
  readonly repository?: string;
  readonly ref?: string;
  readonly commit?: string;
  readonly workflow?: string;
}

/** The predicate of SLSA provenance as GitHub's builders write it. */
export function slsaPredicate(slsa: 'v1' | 'v0.2', source: ProvenanceSource, builder: string): Record<string, unknown> {
  const repository = source.repository ?? 'https://github.com/acme/app';
  const ref = source.ref ?? 'refs/tags/v1.0.0';
  const path = source.workflow ?? '.github/workflows/release.yml';
  const uri = `git+${repository}@${ref}`;
  const commit = source.commit ?? COMMIT;
  if (slsa === 'v0.2') {
    return {
      builder: { id: builder },
      buildType: 'https://github.com/slsa-framework/slsa-github-generator/container@v1',
      invocation: { configSource: { uri, digest: { sha1: commit }, entryPoint: path } },
      materials: [{ uri, digest: { sha1: commit } }],
    };
  }
  return {
    buildDefinition: {
      buildType: GITHUB_BUILD_TYPE,
      externalParameters: { workflow: { ref, repository, path } },
      internalParameters: { github: { event_name: 'push', runner_environment: 'github-hosted' } },
      resolvedDependencies: [{ uri, digest: { gitCommit: commit } }],
    },
    runDetails: { builder: { id: builder }, metadata: { invocationId: `${repository}/actions/runs/1/attempts/1` } },
  };
}
