import { createHash } from 'node:crypto';
import type { LogBody } from '../sigstore/logs.ts';

interface ProposedV1 {
  readonly kind: string;
  readonly apiVersion: string;
  readonly spec: { readonly proposedContent?: { readonly envelope: string; readonly verifiers: readonly string[] } };
}

/** What Rekor v1 puts on record for a proposed entry: `hashedrekord` as it is, of `dsse` only hashes and signatures. */
export function proposedBodyV1(request: Buffer): LogBody {
  const { kind, apiVersion, spec } = JSON.parse(request.toString()) as ProposedV1;
  if (spec.proposedContent === undefined) return { kind, apiVersion, spec };
  const { envelope, verifiers } = spec.proposedContent;
  const { payload, signatures } = JSON.parse(envelope) as { payload: string; signatures: readonly { sig: string }[] };
  return {
    kind,
    apiVersion,
    spec: {
      envelopeHash: sha256(Buffer.from(envelope)),
      payloadHash: sha256(Buffer.from(payload, 'base64')),
      signatures: signatures.map(({ sig }, at) => ({ signature: sig, verifier: verifiers[at] })),
    },
  };
}

function sha256(data: Buffer): { readonly algorithm: 'sha256'; readonly value: string } {
  return { algorithm: 'sha256', value: createHash('sha256').update(data).digest('hex') };
}

interface ProposedV2 {
  readonly hashedRekordRequestV002: { readonly digest: string; readonly signature: unknown };
}

const HASHES: Readonly<Record<number, string>> = { 32: 'SHA2_256', 48: 'SHA2_384', 64: 'SHA2_512' };

/** What Rekor v2 puts on record: cosign only sends `hashedrekord`, for envelopes too. */
export function proposedBodyV2(request: Buffer): LogBody {
  const { digest, signature } = (JSON.parse(request.toString()) as ProposedV2).hashedRekordRequestV002;
  const algorithm = HASHES[Buffer.from(digest, 'base64').length];
  return {
    kind: 'hashedrekord',
    apiVersion: '0.0.2',
    spec: { hashedRekordV002: { data: { algorithm, digest }, signature } },
  };
}
