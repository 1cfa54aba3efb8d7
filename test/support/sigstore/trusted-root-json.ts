import type { WorldParts } from '../sigstore-world.ts';
import type { TransparencyLog } from './logs.ts';

/** The JSON form of a `TrustedRoot` (protobuf-specs `sigstore_trustroot.proto`), open for tests to break. */
export interface TrustedRootJson {
  mediaType: string;
  tlogs: LogJson[];
  certificateAuthorities: AuthorityJson[];
  ctlogs: LogJson[];
  timestampAuthorities: AuthorityJson[];
}

export interface LogJson {
  baseUrl: string;
  hashAlgorithm: string;
  publicKey: { rawBytes: string; keyDetails: string; validFor?: { start?: string; end?: string } };
  logId: { keyId: string };
}

export interface AuthorityJson {
  subject: { organization: string; commonName: string };
  uri: string;
  certChain: { certificates: { rawBytes: string }[] };
  validFor?: { start?: string; end?: string };
}

export function trustedRootJson(parts: WorldParts): TrustedRootJson {
  const validFor = { start: parts.since.toISOString() };
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [logJson(parts.rekor, validFor), logJson(parts.rekor2, validFor)],
    certificateAuthorities: [authorityJson('fulcio', parts.authority.chain, validFor)],
    ctlogs: [
      {
        baseUrl: 'https://ctlog.world.test',
        hashAlgorithm: 'SHA2_256',
        publicKey: {
          rawBytes: parts.ctLog.key.spki.toString('base64'),
          keyDetails: 'PKIX_ECDSA_P256_SHA_256',
          validFor: { ...validFor },
        },
        logId: { keyId: parts.ctLog.logId.toString('base64') },
      },
    ],
    timestampAuthorities: [authorityJson('tsa', parts.tsa.chain, validFor)],
  };
}

export function logJson(log: TransparencyLog, validFor: { start: string; end?: string }): LogJson {
  const keyDetails = log.generation === 1 ? 'PKIX_ECDSA_P256_SHA_256' : 'PKIX_ED25519';
  return {
    baseUrl: log.baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: log.key.spki.toString('base64'), keyDetails, validFor: { ...validFor } },
    logId: { keyId: log.logId.toString('base64') },
  };
}

export function authorityJson(
  name: string,
  chain: readonly Buffer[],
  validFor: { start: string; end?: string },
): AuthorityJson {
  return {
    subject: { organization: 'world.test', commonName: name },
    uri: `https://${name}.world.test`,
    certChain: { certificates: chain.map((certificate) => ({ rawBytes: certificate.toString('base64') })) },
    validFor: { ...validFor },
  };
}
