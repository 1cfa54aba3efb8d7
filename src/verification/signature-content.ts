import { createHash, type KeyObject, timingSafeEqual } from 'node:crypto';
import { dsse } from '@sigstore/core';
import type { SignedEntity } from '@sigstore/verify';
import type { SignedEvidence } from './signed-evidence.ts';
import { type SignatureSettings, verifySignature } from './verify-signature.ts';

/** What the library's verifier needs to know about a signature. */
export type SignatureContent = SignedEntity['signature'];

const HASH_BY_LENGTH: Readonly<Record<number, string>> = { 32: 'sha256', 48: 'sha384', 64: 'sha512' };

/**
 * The signature in the form the library's verifier takes, with every key algorithm, and with digests computed here
 * from the bytes themselves: the library compares with what the bundle says its digest is.
 */
export function signatureContent(
  evidence: SignedEvidence,
  manifest: Uint8Array,
  settings: SignatureSettings = {},
): SignatureContent {
  const signed = signedBytes(evidence, manifest);
  const { content } = evidence;
  const payload = content.kind === 'manifest' ? manifest : content.payload;
  return {
    signature: evidence.stamped,
    compareSignature: (signature) => equal(signature, evidence.signature),
    compareDigest: (digest) => hasDigest(payload, digest),
    compareSignedDigest: (digest) => hasDigest(signed, digest),
    verifySignature: (key: KeyObject) => verifySignature(key, signed, evidence.signature, settings),
  };
}

function signedBytes({ content }: SignedEvidence, manifest: Uint8Array): Uint8Array {
  if (content.kind === 'manifest') return manifest;
  return content.kind === 'envelope' ? dsse.preAuthEncoding(content.payloadType, content.payload) : content.payload;
}

function hasDigest(data: Uint8Array, digest: Uint8Array): boolean {
  const hash = HASH_BY_LENGTH[digest.length];
  return hash !== undefined && equal(createHash(hash).update(data).digest(), digest);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
