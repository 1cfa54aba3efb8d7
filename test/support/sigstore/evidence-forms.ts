import { createHash } from 'node:crypto';
import { dsse } from '@sigstore/core';
import type { Digest } from '../../../src/domain/digest.ts';
import type { KeylessIdentity } from './certificate-authority.ts';
import { hashOf, type SignatureStyle, signWith, type TestKey } from './keys.ts';
import type { LogBody } from './logs.ts';

export const IN_TOTO = 'application/vnd.in-toto+json';

/** Whoever signs: a short-lived certificate or a long-lived key. */
export type TestSigner =
  | KeylessIdentity
  | { readonly kind: 'key'; readonly key: TestKey; readonly style?: SignatureStyle };

export interface Envelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signature: Buffer;
}

export function styleOf(signer: TestSigner): SignatureStyle {
  return signer.kind === 'key' ? (signer.style ?? {}) : {};
}

export function signEnvelope(signer: TestSigner, payloadType: string, payload: Buffer): Envelope {
  const signature = signWith(signer.key, dsse.preAuthEncoding(payloadType, payload), styleOf(signer));
  return { payloadType, payload, signature };
}

/** The envelope as cosign's attestation layers hold it, and as bundles do. */
export function envelopeJson(envelope: Envelope): Record<string, unknown> {
  return {
    payloadType: envelope.payloadType,
    payload: envelope.payload.toString('base64'),
    signatures: [{ sig: envelope.signature.toString('base64') }],
  };
}

/** PEM of the certificate or key: what log entries of Rekor v1 name the signer by. */
export function verifierPem(signer: TestSigner): string {
  return signer.kind === 'key' ? signer.key.pem : toPem(signer.certificate);
}

export function toPem(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const base64 = (data: string | Uint8Array) => Buffer.from(data).toString('base64');
const digest = (hash: string, data: Uint8Array) => createHash(hash).update(data).digest();
const sha256Hex = (data: Uint8Array) => digest('sha256', data).toString('hex');

/** The body of a log entry for a signature over these bytes. */
export function hashedRekordBody(
  generation: 1 | 2,
  signer: TestSigner,
  signed: Uint8Array,
  signature: Uint8Array,
): LogBody {
  const hash = hashOf(signer.key, styleOf(signer)) ?? 'sha256';
  const value = digest(hash, signed);
  if (generation === 1) {
    return {
      apiVersion: '0.0.1',
      kind: 'hashedrekord',
      spec: {
        data: { hash: { algorithm: hash, value: value.toString('hex') } },
        signature: { content: base64(signature), publicKey: { content: base64(verifierPem(signer)) } },
      },
    };
  }
  const data = { algorithm: hash.replace('sha', 'SHA2_'), digest: value.toString('base64') };
  const spec = { hashedRekordV002: { data, signature: { content: base64(signature), verifier: verifierV2(signer) } } };
  return { apiVersion: '0.0.2', kind: 'hashedrekord', spec };
}

/** The kinds of entry an envelope is logged as; the last only in cosign's attestation layers. */
export type EnvelopeEntryKind = 'dsse' | 'hashedrekord' | 'intoto-0.0.2' | 'intoto-0.0.1';

export function envelopeBody(
  kind: EnvelopeEntryKind,
  generation: 1 | 2,
  signer: TestSigner,
  envelope: Envelope,
  layer: Uint8Array,
): LogBody {
  const { payload, payloadType, signature } = envelope;
  if (kind === 'hashedrekord') {
    return hashedRekordBody(generation, signer, dsse.preAuthEncoding(payloadType, payload), signature);
  }
  const publicKey = base64(verifierPem(signer));
  const payloadHash = { algorithm: 'sha256', value: sha256Hex(payload) };
  if (kind === 'intoto-0.0.1') {
    const content = { hash: { algorithm: 'sha256', value: sha256Hex(layer) }, payloadHash };
    return { apiVersion: '0.0.1', kind: 'intoto', spec: { content, publicKey } };
  }
  if (kind === 'intoto-0.0.2') {
    const logged = { payloadType, signatures: [{ publicKey, sig: base64(base64(signature)) }] };
    const content = { envelope: logged, hash: { algorithm: 'sha256', value: sha256Hex(layer) }, payloadHash };
    return { apiVersion: '0.0.2', kind: 'intoto', spec: { content } };
  }
  if (generation === 2) {
    const signatures = [{ content: base64(signature), verifier: verifierV2(signer) }];
    const hash = { algorithm: 'SHA2_256', digest: digest('sha256', payload).toString('base64') };
    return { apiVersion: '0.0.2', kind: 'dsse', spec: { dsseV002: { payloadHash: hash, signatures } } };
  }
  const envelopeHash = { algorithm: 'sha256', value: sha256Hex(layer) };
  const signatures = [{ signature: base64(signature), verifier: publicKey }];
  return { apiVersion: '0.0.1', kind: 'dsse', spec: { envelopeHash, payloadHash, signatures } };
}

function verifierV2(signer: TestSigner): Record<string, unknown> {
  const keyDetails = 'PKIX_ECDSA_P256_SHA_256';
  if (signer.kind === 'key') return { keyDetails, publicKey: { rawBytes: base64(signer.key.spki) } };
  return { keyDetails, x509Certificate: { rawBytes: base64(signer.certificate) } };
}

/** cosign's simple-signing payload: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
export function simpleSigningPayload(
  reference: string,
  subject: Digest,
  optional: Readonly<Record<string, unknown>> | null = null,
): Buffer {
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': reference },
        image: { 'docker-manifest-digest': subject },
        type: 'cosign container image signature',
      },
      optional,
    }),
  );
}

/** An in-toto statement about one image. */
export function statementFor(
  subject: Digest,
  predicateType: string,
  predicate: unknown,
  name = 'image',
): Record<string, unknown> {
  const [algorithm = '', value = ''] = subject.split(':');
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name, digest: { [algorithm]: value } }],
    predicateType,
    predicate,
  };
}
