import { createHash, timingSafeEqual } from 'node:crypto';
import { dsse } from '@sigstore/core';
import type { SignedEntity } from '@sigstore/verify';
import { digestAlgorithm, digestHex } from '../../domain/digest.ts';
import { verifyPrehashed } from '../check/verify-prehashed.ts';
import { type SignatureSettings, verifySignature } from '../check/verify-signature.ts';
import type { SignedEvidence } from './signed-evidence.ts';
import type { VerificationSubject } from './verification-material.ts';

/** What the library's verifier needs to know about a signature. */
export type SignatureContent = SignedEntity['signature'];

const HASH_BY_LENGTH: Readonly<Record<number, string>> = { 32: 'sha256', 48: 'sha384', 64: 'sha512' };

/**
 * The signature in the form the library's verifier takes, with every key algorithm, and with digests computed here
 * from the bytes themselves: the library compares with what the bundle says its digest is.
 */
export function signatureContent(
  evidence: SignedEvidence,
  subject: VerificationSubject,
  settings: SignatureSettings = {},
): SignatureContent {
  const { content, signature, stamped } = evidence;
  const compareSignature = (other: Uint8Array) => equal(other, signature);
  if (content.kind === 'manifest' && subject.manifest === undefined) {
    const digest = Buffer.from(digestHex(subject.digest), 'hex');
    const compareDigest = (other: Uint8Array) => digestAlgorithm(subject.digest) === 'sha256' && equal(other, digest);
    return {
      signature: stamped,
      compareSignature,
      compareDigest,
      compareSignedDigest: compareDigest,
      verifySignature: (key) => verifyPrehashed(key, digest, signature),
    };
  }
  const payload = content.kind === 'manifest' ? (subject.manifest ?? Buffer.alloc(0)) : content.payload;
  const signed = content.kind === 'envelope' ? dsse.preAuthEncoding(content.payloadType, content.payload) : payload;
  return {
    signature: stamped,
    compareSignature,
    compareDigest: (digest) => hasDigest(payload, digest),
    compareSignedDigest: (digest) => hasDigest(signed, digest),
    verifySignature: (key) => verifySignature(key, signed, signature, settings),
  };
}

function hasDigest(data: Uint8Array, digest: Uint8Array): boolean {
  const hash = HASH_BY_LENGTH[digest.length];
  return hash !== undefined && equal(createHash(hash).update(data).digest(), digest);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
