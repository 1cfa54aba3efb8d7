import type { CertificateClaims } from '../domain/finding.ts';
import { type ExtensionValues, unsuitable } from './certificate-extensions.ts';
import { decodeUtf8, readUtf8String } from './read-tlv.ts';

const FULCIO = '1.3.6.1.4.1.57264.1';

interface ClaimSource {
  readonly name: keyof CertificateClaims;
  /** Number of the extension that holds a DER UTF8String. */
  readonly der?: number;
  /** Number of the older extension that holds bare bytes. */
  readonly raw?: number;
  /** How the older form is written in the newer one. */
  readonly prefix?: string;
}

// https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
const SOURCES: readonly ClaimSource[] = [
  { name: 'issuer', der: 8, raw: 1 },
  { name: 'workflowTrigger', der: 20, raw: 2 },
  { name: 'workflowName', raw: 4 },
  { name: 'buildSignerUri', der: 9 },
  { name: 'buildSignerDigest', der: 10 },
  { name: 'runnerEnvironment', der: 11 },
  { name: 'sourceRepositoryUri', der: 12, raw: 5, prefix: 'https://github.com/' },
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
export function readClaims(extensions: ExtensionValues): CertificateClaims {
  const claims: { -readonly [K in keyof CertificateClaims]: CertificateClaims[K] } = {};
  for (const source of SOURCES) {
    const value = readClaim(source, extensions);
    if (value !== undefined) claims[source.name] = value;
  }
  const { buildConfigDigest, sourceRepositoryDigest } = claims;
  if (buildConfigDigest !== undefined && sourceRepositoryDigest !== undefined) {
    if (buildConfigDigest !== sourceRepositoryDigest) throw unsuitable('it names two different commits');
  }
  return claims;
}

function readClaim(source: ClaimSource, extensions: ExtensionValues): string | undefined {
  const newer = source.der === undefined ? undefined : extensions.get(`${FULCIO}.${source.der}`);
  const older = source.raw === undefined ? undefined : extensions.get(`${FULCIO}.${source.raw}`);
  const modern = newer === undefined ? undefined : decoded(source.name, readUtf8String(newer));
  const bare = older === undefined ? undefined : decoded(source.name, decodeUtf8(older));
  if (modern !== undefined && bare !== undefined && modern !== `${source.prefix ?? ''}${bare}`) {
    throw unsuitable(`it says two different things about its ${source.name}`);
  }
  return modern ?? (bare === undefined ? undefined : `${source.prefix ?? ''}${bare}`);
}

function decoded(name: string, text: string | undefined): string {
  if (text === undefined) throw unsuitable(`its ${name} cannot be decoded`);
  return text;
}
