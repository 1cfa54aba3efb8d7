// The room `verification/read`: from bytes of evidence to what is signed, and with what.

import { COSIGN_SIGN } from '../../domain/cosign-sign.ts';
import type { Evidence, EvidenceRef } from '../../domain/evidence.ts';
import type { EvidenceClaim } from '../../domain/finding.ts';
import { isJsonObject } from '../../kit/json.ts';
import { malformed, overLimit, Refusal } from '../check/refusal.ts';
import { LIMITS } from '../limits.ts';
import { countElements } from './count-elements.ts';
import { parseBundle } from './parse-bundle.ts';
import { parseCosignAttestation, parseCosignSignature } from './parse-cosign-layer.ts';
import type { SignedEvidence } from './signed-evidence.ts';

/** A piece of evidence as read from its bytes, before anything was verified. */
export type EvidenceReading = {
  readonly ref: EvidenceRef;
  readonly claim: EvidenceClaim;
  /** The bytes do not say what it is, so the claim is what was announced. */
  readonly claimIsAnnounced?: true;
} & ({ readonly ok: true; readonly signed: SignedEvidence } | { readonly ok: false; readonly refusal: Refusal });

/** Reads a piece of evidence within the limits. Never throws, whatever its bytes. */
export function parseEvidence(evidence: Evidence): EvidenceReading {
  const { digest, place, repository } = evidence;
  const ref = { digest, place, ...(repository !== undefined && { repository }) };
  try {
    const signed = parse(evidence);
    return { ref, ...(claimOf(signed) ?? unreadClaim(evidence)), ok: true, signed };
  } catch (error) {
    const refusal = error instanceof Refusal ? error : malformed('its format is broken', { cause: error });
    return { ref, ...unreadClaim(evidence), ok: false, refusal };
  }
}

const REFUSED_WORDS: Readonly<Record<Extract<Evidence, { kind: 'refused' }>['code'], string>> = {
  EVIDENCE_OVER_LIMIT: 'The evidence was not examined',
  EVIDENCE_MALFORMED: 'The evidence cannot be read',
  EVIDENCE_UNSUPPORTED: 'The evidence cannot be read',
  EVIDENCE_ABSENT: 'The evidence is not there',
};

function parse(evidence: Evidence): SignedEvidence {
  if (evidence.kind === 'refused') {
    throw new Refusal(evidence.code, `${REFUSED_WORDS[evidence.code]}: ${evidence.why}.`);
  }
  if (evidence.bytes.length > LIMITS.evidenceBytes) {
    throw overLimit('bytes', LIMITS.evidenceBytes, evidence.bytes.length);
  }
  const signed = parseForm(evidence);
  for (const der of [...certificatesOf(signed), ...signed.tokens]) {
    if (countElements(der, LIMITS.derElements + 1) <= LIMITS.derElements) continue;
    throw overLimit('values in a certificate or timestamp', LIMITS.derElements, 'more');
  }
  return signed;
}

function certificatesOf({ signer }: SignedEvidence): readonly Buffer[] {
  return signer.kind === 'certificate' ? [signer.der, ...signer.chain] : [];
}

function parseForm(evidence: Exclude<Evidence, { kind: 'refused' }>): SignedEvidence {
  if (evidence.kind === 'bundle') return parseBundle(evidence.bytes);
  if (evidence.kind === 'cosign-signature') return parseCosignSignature(evidence.bytes, evidence.annotations);
  return parseCosignAttestation(evidence.bytes, evidence.annotations);
}

function claimOf({ content }: SignedEvidence): Pick<EvidenceReading, 'claim'> | undefined {
  if (content.kind !== 'envelope') return { claim: { kind: 'signature' } };
  if (!content.json.ok || !isJsonObject(content.json.value)) return undefined;
  const predicateType = content.json.value['predicateType'];
  if (typeof predicateType !== 'string' || predicateType === '') return undefined;
  return { claim: predicateType === COSIGN_SIGN ? { kind: 'signature' } : { kind: 'attestation', predicateType } };
}

function unreadClaim({ announced }: Evidence): Pick<EvidenceReading, 'claim' | 'claimIsAnnounced'> {
  return announced === undefined ? { claim: { kind: 'unknown' } } : { claim: announced, claimIsAnnounced: true };
}
