import type { CertificateClaims } from '../../domain/finding.ts';
import { parseGitUri } from '../../domain/git-uri.ts';
import { SLSA_PROVENANCE_V1 } from '../../domain/slsa-provenance.ts';
import { isJsonObject, type Json } from '../../kit/json.ts';
import { listAt, textAt, valueAt } from '../../kit/json-path.ts';
import type { Build } from './build.ts';
import { withCertifiedRef } from './certificate-agreement.ts';
import { isInGit, type Producer, repositoriesOf, type SourceReading, statedBy, unstated } from './source-reading.ts';

/**
 * The source is the repository that the build context was fetched from: the entry BuildKit fetched itself that is of
 * the repository in `configSource`. Further contexts that the caller named count like it. Files from the caller's
 * machine are vouched for by nobody, and neither is what he says of their version control (`vcs`).
 */
export const buildKit: Producer = {
  name: 'BuildKit',
  reference: 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
  writes: isBuildKit,
  findSources,
};

/** Of SLSA 0.2 and 1. */
export const BUILDKIT_TYPES = [
  'https://mobyproject.org/buildkit@v1',
  'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
];

/** Whether this is one of the build types that BuildKit writes. */
export function isBuildKit(buildType: string): boolean {
  return BUILDKIT_TYPES.includes(buildType);
}

function findSources(build: Build, claims: CertificateClaims): SourceReading {
  const isV1 = build.predicateType === SLSA_PROVENANCE_V1;
  const request = isV1 ? valueAt(build.parameters, 'request') : build.parameters;
  const context = isV1 ? textAt(build.parameters, 'configSource', 'uri') : build.configSource?.uri;
  if (listAt(request, 'locals').length > 0) {
    return unstated('it was built with files from the machine that asked for it, which no builder vouches for');
  }
  if (context === undefined) return unstated('it was not built from a repository in git');
  const fetched = build.dependencies.filter(isInGit);
  const contexts = [context, ...furtherContexts(request)];
  // What another target of the same bake made: which of the repositories went into that, nothing says.
  if (contexts.some(isOfAnotherTarget)) return withCertifiedRefs(statedBy(fetched), claims);
  const wanted = new Set(contexts.map(repositoryOf));
  const chosen = fetched.filter(({ uri = '' }) => wanted.has(repositoryOf(uri)));
  const isAllFetched = !wanted.has(undefined) && repositoriesOf(chosen).length === wanted.size;
  if (isAllFetched) return withCertifiedRefs(statedBy(chosen), claims);
  return unstated(
    `its context ${context}, or another one given to it, is none of the repositories in git that it fetched`,
  );
}

function withCertifiedRefs(reading: SourceReading, claims: CertificateClaims): SourceReading {
  if (reading.kind !== 'stated') return reading;
  const [first, ...others] = reading.sources;
  return {
    kind: 'stated',
    sources: [withCertifiedRef(first, claims), ...others.map((one) => withCertifiedRef(one, claims))],
  };
}

// `--build-context NAME=…` takes the place of a stage or an image of that name. Images stay images.
function furtherContexts(request: Json | undefined): readonly string[] {
  const args = valueAt(request, 'args');
  const named = Object.entries(isJsonObject(args) ? args : {}).filter(([name]) => name.startsWith('context:'));
  return named.flatMap(([, value]) =>
    typeof value === 'string' && !/^(docker-image|oci-layout):\/\//.test(value) ? [value] : [],
  );
}

function isOfAnotherTarget(context: string): boolean {
  return context.startsWith('input:');
}

// BuildKit lists a fetched repository without the folder, and without the query, that a context may name too.
function repositoryOf(context: string): string | undefined {
  return parseGitUri(context.replace(/\?[^#]*/, ''))?.repository;
}
