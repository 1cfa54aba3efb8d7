import type { CertificateClaims } from '../../domain/finding.ts';
import { parseGitUri } from '../../domain/git-uri.ts';
import type { BuildSource } from './source-reading.ts';

/**
 * What a certificate says against the sources and the builder that provenance names, `undefined` if nothing: the
 * certificate was filled in by the identity provider, the predicate by the build.
 */
export function certificateContradiction(
  sources: readonly BuildSource[],
  builderId: string,
  claims: CertificateClaims,
): string | undefined {
  for (const source of sources) {
    const problem = sourceContradiction(source, claims);
    if (problem !== undefined) return problem;
  }
  return builderContradiction(builderId, claims);
}

/** A source with the ref that the certificate swears to, where the builder names none, a bare name or a commit. */
export function withCertifiedRef(source: BuildSource, claims: CertificateClaims): BuildSource {
  const { sourceRepositoryRef: certified } = claims;
  if (certified === undefined || !isCertified(source, claims)) return source;
  return source.ref === undefined || isSameRef(source.ref, certified, claims) ? { ...source, ref: certified } : source;
}

/** The reusable workflows that sign for another trusted workflow, which only the predicate can name. */
export function isDelegator(claims: CertificateClaims): boolean {
  const prefix = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/delegator_';
  return claims.buildSignerUri?.startsWith(prefix) === true;
}

function sourceContradiction(source: BuildSource, claims: CertificateClaims): string | undefined {
  const { sourceRepositoryUri, sourceRepositoryRef, sourceRepositoryDigest } = claims;
  if (sourceRepositoryUri !== undefined && !isCertified(source, claims))
    return `it names ${source.repository} as its source, but the certificate was issued to ${sourceRepositoryUri}`;
  if (
    sourceRepositoryRef !== undefined &&
    source.ref !== undefined &&
    !isSameRef(source.ref, sourceRepositoryRef, claims)
  )
    return `it names the ref ${source.ref}, but the certificate was issued for ${sourceRepositoryRef}`;
  if (sourceRepositoryDigest !== undefined && source.commit !== undefined && sourceRepositoryDigest !== source.commit)
    return `it names the commit ${source.commit}, but the certificate was issued for ${sourceRepositoryDigest}`;
  return undefined;
}

function isCertified({ repository }: BuildSource, { sourceRepositoryUri }: CertificateClaims): boolean {
  if (sourceRepositoryUri === undefined) return false;
  // Some identity providers leave the scheme out: github.com/acme/app.
  const uri = sourceRepositoryUri.includes('://') ? sourceRepositoryUri : `https://${sourceRepositoryUri}`;
  return parseGitUri(uri)?.repository === repository;
}

// BuildKit fetches what it is told to: a bare name may be a branch or a tag, and a commit has no name.
function isSameRef(named: string, certified: string, { sourceRepositoryDigest }: CertificateClaims): boolean {
  return [certified, certified.replace(/^refs\/(heads|tags)\//, ''), sourceRepositoryDigest].includes(named);
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
