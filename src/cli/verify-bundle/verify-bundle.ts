import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { digestOf, parseDigest } from '../../domain/digest.ts';
import type { Finding, VerifiedSigner } from '../../domain/finding.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { isJsonObject, type Json } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';
import type { VerificationSubject } from '../../verification/read/verification-material.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { plainJson, plainText } from '../plain-text.ts';
import type { OutputFormat } from '../shared-options.ts';
import { createMaterial, type MaterialOptions } from './create-material.ts';
import { readInputFile } from './read-input-file.ts';

/** The options of `verify-bundle`, as written. */
export interface VerifyBundleOptions extends MaterialOptions {
  readonly bundle: string;
  readonly certificateIdentity?: string;
  readonly certificateOidcIssuer?: string;
  readonly output: OutputFormat;
}

/** What came of it. */
interface Result {
  readonly verified: boolean;
  readonly code: string;
  readonly message: string;
  readonly expected: string | null;
  readonly found: string | null;
}

/**
 * Verifies one bundle over one file or digest. Exit code 0 only if it is verified.
 * @throws {InvalidInputError} `USAGE_INVALID` for a wrong call or a file that cannot be read, `TRUST_ROOT_INVALID`
 */
export async function verifyBundle(
  argument: string,
  options: VerifyBundleOptions,
  context: CliContext,
): Promise<ExitCode> {
  const expected = expectedSigner(options);
  const subject = readSubject(argument);
  const bytes = readInputFile('--bundle', options.bundle);
  const material = await createMaterial(options);
  // A bundle beside a file is where no registry put it; `referrer` is what one would have called it.
  const evidence = { kind: 'bundle', digest: digestOf(bytes), place: 'referrer', bytes } as const;
  const judged = judge(material.verify(evidence, subject, new Date()), expected);
  const result = judged.verified && holdsRoot(bytes) ? ROOT_INSIDE : judged;
  if (options.output === 'json') context.terminal.out(plainJson(result, 2));
  else print(result, context);
  return result.verified ? EXIT.ok : EXIT.failed;
}

const ROOT_INSIDE: Result = {
  verified: false,
  code: 'EVIDENCE_MALFORMED',
  message:
    'It brings the certificate of a root authority along; which authorities to trust is not for a bundle to say.',
  expected: 'the certificate of the signer, and at most its intermediate issuers',
  found: 'a certificate that was issued by itself',
};

type Expected =
  | { readonly kind: 'key' }
  | { readonly kind: 'identity'; readonly identity: string; readonly issuer: string };

function expectedSigner({ key, certificateIdentity, certificateOidcIssuer }: VerifyBundleOptions): Expected {
  if (key !== undefined) {
    if (certificateIdentity === undefined && certificateOidcIssuer === undefined) return { kind: 'key' };
    throw wrongCall('--key', 'does not go with an identity', 'Give a key, or an identity and its issuer.');
  }
  // W2: without both, anyone with an account somewhere could have signed.
  if (!certificateIdentity) {
    throw wrongCall('--certificate-identity', 'is missing', 'Name who must have signed, or a key with --key.');
  }
  if (!certificateOidcIssuer) {
    throw wrongCall('--certificate-oidc-issuer', 'is missing', 'Name who must have vouched for the identity.');
  }
  return { kind: 'identity', identity: certificateIdentity, issuer: certificateOidcIssuer };
}

function wrongCall(where: string, message: string, hint: string): InvalidInputError {
  return new InvalidInputError('USAGE_INVALID', 'the signer is not named rightly', [{ where, message, hint }]);
}

function judge(finding: Finding, expected: Expected): Result {
  const { code, message, verified } = finding;
  if (code !== 'VERIFIED' || verified === undefined) {
    return { verified: false, code, message, expected: finding.expected ?? null, found: finding.found ?? null };
  }
  const found = describe(verified.signer);
  if (isExpected(verified.signer, expected)) {
    return { verified: true, code, message: `Signed by ${found}.`, expected: null, found };
  }
  const wanted = expected.kind === 'key' ? 'the key' : `${expected.identity} (vouched for by ${expected.issuer})`;
  return {
    verified: false,
    code: 'SIGNER_NOT_ALLOWED',
    message: 'It is signed by somebody else.',
    expected: wanted,
    found,
  };
}

// W1: compared as text, never as a pattern, and with every name of the certificate.
function isExpected(signer: VerifiedSigner, expected: Expected): boolean {
  // Which key it is was decided by the cryptography.
  if (signer.kind === 'key' || expected.kind === 'key') return signer.kind === 'key' && expected.kind === 'key';
  const names = signer.identities.map(({ value }) => value);
  return signer.issuer === expected.issuer && names.includes(expected.identity);
}

function describe(signer: VerifiedSigner): string {
  if (signer.kind === 'key') return `the key with the id ${signer.keyId}`;
  return `${signer.identities.map(({ value }) => value).join(', ')} (vouched for by ${signer.issuer})`;
}

function print({ verified, code, message, expected, found }: Result, { terminal }: CliContext): void {
  if (verified) {
    terminal.out(`${terminal.style.good('verified')}: ${plainText(message)}`);
    return;
  }
  terminal.out(`${terminal.style.bad('not verified')} (${code}): ${plainText(message)}`);
  if (expected !== null) terminal.out(`  expected  ${plainText(expected)}`);
  if (found !== null) terminal.out(`  found     ${plainText(found)}`);
}

/**
 * Whether a bundle that has been read already brings the certificate of a root authority along. It is never used; but
 * the client protocol refuses such bundles, while old ones of npm hold one and are good evidence of an image.
 */
function holdsRoot(bundle: Uint8Array): boolean {
  const material = member(parseJson(bundle), 'verificationMaterial');
  const certificates = member(member(material, 'x509CertificateChain'), 'certificates');
  if (!Array.isArray(certificates)) return false;
  return certificates.slice(1).some((certificate: Json) => isRoot(member(certificate, 'rawBytes')));
}

function isRoot(base64: Json | undefined): boolean {
  try {
    const certificate = new X509Certificate(Buffer.from(String(base64), 'base64'));
    return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
  } catch {
    return false;
  }
}

function member(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}

/**
 * What must have been signed: a digest only if it reads `sha256:` and 64 hexadecimal digits and no file has that name
 * (the rule of the conformance protocol), else a file.
 * @throws {InvalidInputError} `USAGE_INVALID` for a file that cannot be read
 */
function readSubject(argument: string): VerificationSubject {
  const digest = argument.startsWith('sha256:') ? parseDigest(argument) : undefined;
  if (digest !== undefined && !existsSync(argument)) return { digest };
  const bytes = readInputFile('FILE_OR_DIGEST', argument);
  return { digest: digestOf(bytes), manifest: bytes };
}
