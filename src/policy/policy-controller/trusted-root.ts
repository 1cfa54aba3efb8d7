import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { withUsualNames } from '../../domain/trusted-root-names.ts';
import { type InputIssue, InvalidInputError } from '../../kit/errors.ts';
import { isJsonObject, type Json } from '../../kit/json.ts';
import { listAt } from '../../kit/json-path.ts';
import { parseJson } from '../../kit/parse-json.ts';
import type { YamlDocument } from '../../kit/strict-yaml.ts';
import type { WrittenAuthority, WrittenLog, WrittenTrustRoot } from './trust-root-schema.ts';

/** The parts of a `trusted_root.json`, which a policy may put together from several TrustRoots. */
export interface TrustedRootParts {
  readonly certificateAuthorities: readonly Json[];
  readonly ctlogs: readonly Json[];
  readonly tlogs: readonly Json[];
  readonly timestampAuthorities: readonly Json[];
}

export type PartsReading =
  | { readonly ok: true; readonly parts: TrustedRootParts }
  | { readonly ok: false; readonly issues: readonly InputIssue[] };

// TrustRoots do not say from when on a log was in use, so it counts from the beginning of time.
const SINCE_EVER = '1970-01-01T00:00:00Z';

/** Turns a TrustRoot into the parts of a `trusted_root.json` (protobuf-specs, sigstore_trustroot.proto). */
export function parseTrustedRootParts(written: WrittenTrustRoot, document: YamlDocument): PartsReading {
  const issues: InputIssue[] = [];
  const attempt = <T extends Json | readonly Json[]>(path: readonly PropertyKey[], read: () => T): T | null => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      issues.push({ where: document.locate(path), message: error.message });
      return null;
    }
  };
  const { sigstoreKeys, trustedRootJSON } = written.spec;
  const at = (list: string, index: number, key: string): readonly PropertyKey[] => [
    'spec',
    'sigstoreKeys',
    list,
    index,
    key,
  ];
  const logs = (list: 'tLogs' | 'ctLogs'): readonly Json[] =>
    (sigstoreKeys?.[list] ?? []).flatMap((log, index) => attempt(at(list, index, 'publicKey'), () => logsJson(log)));
  const authorities = (list: 'certificateAuthorities' | 'timestampAuthorities'): readonly Json[] =>
    (sigstoreKeys?.[list] ?? []).map((one, index) =>
      attempt(at(list, index, 'certChain'), () => authorityJson(one, list === 'timestampAuthorities' ? 1 : Infinity)),
    );
  const parts =
    trustedRootJSON === undefined
      ? {
          certificateAuthorities: authorities('certificateAuthorities'),
          ctlogs: logs('ctLogs'),
          tlogs: logs('tLogs'),
          timestampAuthorities: authorities('timestampAuthorities'),
        }
      : partsOf(attempt(['spec', 'trustedRootJSON'], () => parseDocument(trustedRootJSON)));
  return issues.length === 0 ? { ok: true, parts } : { ok: false, issues };
}

/** Writes parts as a `trusted_root.json`. */
export function writeTrustedRoot(parts: TrustedRootParts): string {
  return JSON.stringify({ mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1', ...parts });
}

function parseDocument(bytes: Buffer): Json {
  const value = withUsualNames(parseJson(bytes));
  if (!isJsonObject(value))
    throw new InvalidInputError('POLICY_INVALID', 'expected a trusted_root.json, got no object');
  return value;
}

function partsOf(value: Json): TrustedRootParts {
  const list = (name: string): readonly Json[] => {
    return listAt(value, name);
  };
  return {
    certificateAuthorities: list('certificateAuthorities'),
    ctlogs: list('ctlogs'),
    tlogs: list('tlogs'),
    timestampAuthorities: list('timestampAuthorities'),
  };
}

function logsJson(log: WrittenLog): readonly Json[] {
  const key = parseKey(log.publicKey.toString('utf8'));
  const spki = key.export({ type: 'spki', format: 'der' });
  return idsOf(log, key, spki).map((id) => ({
    baseUrl: log.baseURL,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: spki.toString('base64'),
      keyDetails: keyDetails(key),
      validFor: { start: SINCE_EVER },
    },
    logId: { keyId: createHash('sha256').update(id).digest('base64') },
  }));
}

/** What the id of a log is the hash of: its key (RFC 6962 §3.2), in Rekor 2 its name and its Ed25519 key. */
function idsOf({ baseURL }: WrittenLog, key: KeyObject, spki: Buffer): readonly Buffer[] {
  if (key.asymmetricKeyType !== 'ed25519') return [spki];
  const { host, pathname } = new URL(baseURL);
  // https://c2sp.org/signed-note#signatures: 1 stands for Ed25519, whose keys take 32 bytes.
  const name = Buffer.from(`${host}${pathname.replace(/\/$/, '')}\n\u0001`);
  return [spki, Buffer.concat([name, spki.subarray(-32)])];
}

function parseKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new InvalidInputError('POLICY_INVALID', 'expected a public key in PEM, in base64', [], { cause });
  }
}

function keyDetails(key: KeyObject): string {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ed25519') return 'PKIX_ED25519';
  if (key.asymmetricKeyType === 'rsa') return `PKIX_RSA_PKCS1V15_${modulusLength ?? 2048}_SHA256`;
  const details = namedCurve === undefined ? undefined : CURVES[namedCurve];
  if (details !== undefined) return details;
  throw new InvalidInputError(
    'POLICY_INVALID',
    `keys of the kind ${namedCurve ?? key.asymmetricKeyType} are not supported`,
  );
}

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'PKIX_ECDSA_P256_SHA_256',
  secp384r1: 'PKIX_ECDSA_P384_SHA_384',
  secp521r1: 'PKIX_ECDSA_P521_SHA_512',
};

function authorityJson({ subject, uri, certChain }: WrittenAuthority, maxLeaves: number): Json {
  const chain = parseChain(certChain.toString('utf8'));
  const leaves = chain.filter(({ ca }) => !ca).length;
  if (leaves > maxLeaves) {
    const message = `expected one timestamp authority and who issued it, got ${leaves} certificates of no issuer`;
    throw new InvalidInputError('POLICY_INVALID', `${message}: write an entry for each authority`);
  }
  return {
    subject,
    uri,
    certChain: { certificates: chain.map((certificate) => ({ rawBytes: certificate.raw.toString('base64') })) },
    // The period in which all certificates of the chain are valid.
    validFor: {
      start: new Date(Math.max(...chain.map(({ validFromDate }) => validFromDate.getTime()))).toISOString(),
      end: new Date(Math.min(...chain.map(({ validToDate }) => validToDate.getTime()))).toISOString(),
    },
  };
}

function parseChain(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    const chain = blocks.map((block) => new X509Certificate(block));
    if (chain.length > 0) return chain;
  } catch (cause) {
    throw new InvalidInputError('POLICY_INVALID', 'expected certificates in PEM, in base64: one cannot be read', [], {
      cause,
    });
  }
  throw new InvalidInputError('POLICY_INVALID', 'expected certificates in PEM, in base64: there is none');
}
