import type { CertificateClaims } from '../../domain/finding.ts';
import { type ExtensionValues, unsuitable } from './certificate-extensions.ts';
import { decodeUtf8, parseUtf8String } from './parse-tlv.ts';

const FULCIO = '1.3.6.1.4.1.57264.1';

const GITHUB = 'https://github.com/';
const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

interface ClaimSource {
  readonly name: keyof CertificateClaims;
  /** Number of the extension that holds a DER UTF8String. */
  readonly der?: number;
  /** Number of the older extension that holds bare bytes. */
  readonly raw?: number;
  /** The older form holds only the path of the newer one. The host is GitHub's, unless the newer form names another. */
  readonly isPath?: true;
}

// https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
const SOURCES: readonly ClaimSource[] = [
  { name: 'issuer', der: 8, raw: 1 },
  { name: 'workflowTrigger', der: 20, raw: 2 },
  { name: 'workflowName', raw: 4 },
  { name: 'buildSignerUri', der: 9 },
  { name: 'buildSignerDigest', der: 10 },
  { name: 'runnerEnvironment', der: 11 },
  { name: 'sourceRepositoryUri', der: 12, raw: 5, isPath: true },
  { name: 'sourceRepositoryDigest', der: 13, raw: 3 },
  { name: 'sourceRepositoryRef', der: 14, raw: 6 },
  { name: 'sourceRepositoryIdentifier', der: 15 },
  { name: 'sourceRepositoryOwnerUri', der: 16 },
  { name: 'sourceRepositoryOwnerIdentifier', der: 17 },
  { name: 'buildConfigUri', der: 18 },
  { name: 'buildConfigDigest', der: 19 },
  { name: 'runInvocationUri', der: 21 },
  { name: 'sourceRepositoryVisibility', der: 22 },
];

/**
 * Decodes Fulcio's claims, strictly: no trailing bytes, and the older and newer form of a claim agree, so that two
 * readers of one certificate cannot see two signers.
 * @throws {Refusal} `CERTIFICATE_UNSUITABLE`
 */
export function parseClaims(extensions: ExtensionValues): CertificateClaims {
  const claims: { -readonly [K in keyof CertificateClaims]: CertificateClaims[K] } = {};
  for (const source of SOURCES) {
    const value = parseClaim(source, extensions);
    if (value !== undefined) claims[source.name] = value;
  }
  checkHost(claims);
  checkCommits(claims);
  return claims;
}

function checkHost({ issuer, sourceRepositoryUri }: CertificateClaims): void {
  const isGithub = issuer === GITHUB_ISSUER || issuer?.startsWith(`${GITHUB_ISSUER}/`) === true;
  if (!isGithub || sourceRepositoryUri === undefined || sourceRepositoryUri.startsWith(GITHUB)) return;
  throw unsuitable('it names a repository on another host than its issuer has');
}

// The source and the workflow that was started have one commit, unless that workflow lies in another repository: an
// organisation may require one of its own.
function checkCommits(claims: CertificateClaims): void {
  const { buildConfigDigest, buildConfigUri, sourceRepositoryDigest, sourceRepositoryUri } = claims;
  if (buildConfigDigest === undefined || sourceRepositoryDigest === undefined) return;
  const isElsewhere = buildConfigUri !== undefined && !buildConfigUri.startsWith(`${sourceRepositoryUri}/`);
  if (isElsewhere || buildConfigDigest === sourceRepositoryDigest) return;
  throw unsuitable('it names two different commits');
}

function parseClaim(source: ClaimSource, extensions: ExtensionValues): string | undefined {
  const newer = source.der === undefined ? undefined : extensions.get(`${FULCIO}.${source.der}`);
  const older = source.raw === undefined ? undefined : extensions.get(`${FULCIO}.${source.raw}`);
  const modern = newer === undefined ? undefined : decoded(source.name, parseUtf8String(newer));
  const bare = older === undefined ? undefined : decoded(source.name, decodeUtf8(older));
  if (modern !== undefined && bare !== undefined && bare !== (source.isPath ? pathOf(modern) : modern)) {
    throw unsuitable(`it says two different things about its ${source.name}`);
  }
  return modern ?? (bare === undefined ? undefined : `${source.isPath ? GITHUB : ''}${bare}`);
}

function pathOf(uri: string): string | undefined {
  return /^https:\/\/[^/]+\/(.+)$/s.exec(uri)?.[1];
}

function decoded(name: string, text: string | undefined): string {
  if (text === undefined) throw unsuitable(`its ${name} cannot be decoded`);
  return text;
}
