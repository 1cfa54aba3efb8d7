import type { Evidence, EvidenceRef } from '../domain/evidence.ts';
import type { EvidenceClaim } from '../domain/finding.ts';
import { isJsonObject } from '../domain/json.ts';
import { countElements } from './count-elements.ts';
import { LIMITS } from './limits.ts';
import { readBundle } from './read-bundle.ts';
import { readCosignAttestation, readCosignSignature } from './read-cosign-layer.ts';
import { malformed, overLimit, Refusal } from './refusal.ts';
import type { SignedEvidence } from './signed-evidence.ts';

/** `predicateType` of the statement `cosign sign` writes since version 3 in place of a bare signature. */
const COSIGN_SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1';

/** A piece of evidence as read from its bytes, before anything was verified. */
export type EvidenceReading = {
  readonly ref: EvidenceRef;
  readonly claim: EvidenceClaim;
} & ({ readonly ok: true; readonly signed: SignedEvidence } | { readonly ok: false; readonly refusal: Refusal });

/** Reads a piece of evidence within the limits. Never throws, whatever its bytes. */
export function readEvidence(evidence: Evidence): EvidenceReading {
  const { digest, place, repository } = evidence;
  const ref = { digest, place, ...(repository !== undefined && { repository }) };
  try {
    const signed = read(evidence);
    return { ref, claim: claimOf(signed), ok: true, signed };
  } catch (error) {
    const refusal = error instanceof Refusal ? error : malformed('its format is broken', { cause: error });
    return { ref, claim: { kind: 'unknown' }, ok: false, refusal };
  }
}

function read(evidence: Evidence): SignedEvidence {
  if (evidence.kind === 'refused') {
    const words =
      evidence.code === 'EVIDENCE_OVER_LIMIT' ? 'The evidence was not examined' : 'The evidence cannot be read';
    throw new Refusal(evidence.code, `${words}: ${evidence.why}.`);
  }
  if (evidence.bytes.length > LIMITS.evidenceBytes) {
    throw overLimit('bytes', LIMITS.evidenceBytes, evidence.bytes.length);
  }
  const signed = readForm(evidence);
  for (const der of [...(signed.signer.kind === 'certificate' ? [signed.signer.der] : []), ...signed.tokens]) {
    if (countElements(der, LIMITS.derElements + 1) <= LIMITS.derElements) continue;
    throw overLimit('values in a certificate or timestamp', LIMITS.derElements, 'more');
  }
  return signed;
}

function readForm(evidence: Exclude<Evidence, { kind: 'refused' }>): SignedEvidence {
  if (evidence.kind === 'bundle') return readBundle(evidence.bytes);
  if (evidence.kind === 'cosign-signature') return readCosignSignature(evidence.bytes, evidence.annotations);
  return readCosignAttestation(evidence.bytes, evidence.annotations);
}

function claimOf(signed: SignedEvidence): EvidenceClaim {
  const { content } = signed;
  if (content.kind !== 'envelope') return { kind: 'signature' };
  if (!content.json.ok || !isJsonObject(content.json.value)) return { kind: 'unknown' };
  const predicateType = content.json.value['predicateType'];
  if (typeof predicateType !== 'string' || predicateType === '') return { kind: 'unknown' };
  return predicateType === COSIGN_SIGN_PREDICATE ? { kind: 'signature' } : { kind: 'attestation', predicateType };
}
