import type { CertificateClaims } from '../../domain/finding.ts';
import { textAt } from '../../kit/json-path.ts';
import type { Build, Dependency } from './build.ts';
import { withCertifiedRef } from './certificate-agreement.ts';
import { type Producer, repositoriesOf, type SourceReading, statedBy, unstated } from './source-reading.ts';

/**
 * The source is the project whose job ran: the bare address of its page. SLSA 0.2 holds it in `configSource` alone. The
 * ref stands in the certificate; the variables among the parameters can be set by whoever starts a pipeline.
 */
export const gitlabRunner: Producer = {
  name: 'GitLab runner',
  reference: 'https://docs.gitlab.com/ci/runners/configure_runners/#artifact-provenance-metadata',
  writes: (buildType) => buildType.startsWith('https://gitlab.com/gitlab-org/gitlab-runner/'),
  findSources: findProject,
};

/** What GitLab attests itself, since 18.3; other entries may be images that the job used. */
export const gitlab: Producer = {
  name: 'GitLab',
  reference: 'https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1/',
  writes: (buildType) => /^https:\/\/docs\.gitlab\.com\/ci\/pipeline_security\/slsa\/provenance_v1\/?$/.test(buildType),
  findSources: findProject,
};

function findProject(build: Build, claims: CertificateClaims): SourceReading {
  const listed = [build.configSource, ...build.dependencies].filter(isProject);
  const named = textAt(build.parameters, 'source');
  const reading = statedBy(listed);
  if (reading.kind !== 'stated') return reading;
  const repositories = repositoriesOf([...listed, { name: undefined, uri: named, digest: undefined }]);
  if (repositories.length > 1) return unstated(`it names several projects: ${repositories.join(', ')}`);
  const [source] = reading.sources;
  const commit = source.commit ?? textAt(listed[0]?.digest, 'sha256');
  return {
    kind: 'stated',
    sources: [withCertifiedRef({ ...source, ...(commit !== undefined && { commit }) }, claims)],
  };
}

function isProject(dependency: Dependency | undefined): dependency is Dependency {
  return dependency?.uri !== undefined && isUrl(dependency.uri);
}

function isUrl(uri: string): boolean {
  return /^https?:\/\/[^@#]+$/.test(uri);
}
