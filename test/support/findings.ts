import { createHash } from 'node:crypto';
import { type Digest, digestOf } from '../../src/domain/digest.ts';
import type { EvidencePlace } from '../../src/domain/evidence.ts';
import type {
  CertificateClaims,
  EvidenceClaim,
  Finding,
  FindingCode,
  VerifiedSigner,
} from '../../src/domain/finding.ts';
import type { ImagePolicy, PolicyKey, Requirement, SignerRule, TextMatch } from '../../src/domain/policy.ts';
import type { JsonObject } from '../../src/kit/json.ts';

/** Findings and policies for tests of what is decided from them. */

export const GITHUB = 'https://token.actions.githubusercontent.com';
export const RELEASE = 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.4.2';
export const IMAGE = 'registry.example.com/acme/app';
export const DIGEST = digestOf(Buffer.from('image'));
export const NOW = new Date('2026-11-20T12:00:00Z');

export function digestFor(name: string): Digest {
  return digestOf(Buffer.from(name));
}

export function policyKey(name: string): PolicyKey {
  const keyId = createHash('sha256').update(name).digest('hex');
  return { keyId, pem: `-----BEGIN PUBLIC KEY-----\n${name}\n-----END PUBLIC KEY-----\n`, name: `keys/${name}.pub` };
}

export function keyRule(name: string): SignerRule {
  return { kind: 'key', key: policyKey(name) };
}

export function identityRule(subject: string | TextMatch, issuer = GITHUB, trust = 'sigstore'): SignerRule {
  const match = (text: string | TextMatch): TextMatch => (typeof text === 'string' ? { kind: 'exact', text } : text);
  return { kind: 'identity', trust, issuer: match(issuer), subject: match(subject) };
}

export function pattern(text: string): TextMatch {
  return { kind: 'pattern', pattern: text };
}

export function certificate(
  subjects: string | readonly string[] = RELEASE,
  more: {
    readonly issuer?: string;
    readonly trust?: string;
    readonly claims?: CertificateClaims;
  } = {},
): VerifiedSigner {
  const values = typeof subjects === 'string' ? [subjects] : subjects;
  return {
    kind: 'certificate',
    trust: more.trust ?? 'sigstore',
    issuer: more.issuer ?? GITHUB,
    identities: values.map((value) => ({ kind: 'uri', value })),
    claims: more.claims ?? {},
  };
}

export function keySigner(name: string): VerifiedSigner {
  return { kind: 'key', keyId: policyKey(name).keyId };
}

export interface VerifiedRequest {
  readonly signer: VerifiedSigner;
  /** Name of the piece of evidence; equal names are one piece. */
  readonly piece?: string;
  readonly place?: EvidencePlace;
  readonly predicateType?: string;
  readonly predicate?: JsonObject;
  readonly signedAt?: readonly string[];
  readonly annotations?: JsonObject;
  readonly material?: string;
}

export function verified(request: VerifiedRequest): Finding {
  const { signer, predicateType } = request;
  const material = request.material ?? (signer.kind === 'key' ? `key:${signer.keyId}` : `trust:${signer.trust}`);
  const name = request.piece ?? JSON.stringify([signer, predicateType]);
  return {
    evidence: { digest: digestFor(name), place: request.place ?? 'referrer' },
    claim: predicateType === undefined ? { kind: 'signature' } : { kind: 'attestation', predicateType },
    material,
    code: 'VERIFIED',
    message: 'It verified.',
    verified: {
      signer,
      signedAt: request.signedAt ?? ['2026-11-20T11:59:00Z'],
      ...(predicateType !== undefined && { statement: { predicateType, predicate: request.predicate ?? {} } }),
      ...(request.annotations && { annotations: request.annotations }),
    },
  };
}

export function refused(
  code: Exclude<FindingCode, 'VERIFIED'>,
  more: {
    readonly piece?: string;
    readonly claim?: EvidenceClaim;
    readonly material?: string;
    readonly message?: string;
  } = {},
): Finding {
  return {
    evidence: { digest: digestFor(more.piece ?? code), place: 'referrer' },
    claim: more.claim ?? { kind: 'signature' },
    material: more.material ?? 'trust:sigstore',
    code,
    message: more.message ?? 'The signature does not fit what was signed.',
  };
}

export function signatureBy(
  of: readonly SignerRule[],
  more: Partial<Extract<Requirement, { kind: 'signature' }>> = {},
): Requirement {
  return { kind: 'signature', name: 'signed by us', of, atLeast: 1, ...more };
}

export function provenanceBy(
  of: readonly SignerRule[],
  more: Partial<Extract<Requirement, { kind: 'provenance' }>> = {},
): Requirement {
  return { kind: 'provenance', name: 'built by our release workflow', of, atLeast: 1, ...more };
}

export function attestationBy(
  of: readonly SignerRule[],
  more: Partial<Extract<Requirement, { kind: 'attestation' }>> = {},
): Requirement {
  return {
    kind: 'attestation',
    name: 'has an SBOM',
    of,
    atLeast: 1,
    predicateTypes: ['https://cyclonedx.org/bom'],
    ...more,
  };
}

export function policyOf(require: readonly Requirement[], more: Partial<ImagePolicy> = {}): ImagePolicy {
  return {
    name: 'acme-apps',
    file: 'acme.yaml',
    images: ['registry.example.com/acme/**'],
    graceMs: 900_000,
    onFailure: 'quarantine',
    platforms: 'index',
    require,
    ...more,
  };
}
