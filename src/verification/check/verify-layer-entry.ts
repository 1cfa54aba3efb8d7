import { createHash, verify } from 'node:crypto';
import { json } from '@sigstore/core';
import { valueAt } from '../../kit/json-path.ts';
import { LIMITS } from '../limits.ts';
import { parseEvidenceJson } from '../read/parse-evidence-json.ts';
import type { LogEntry, SignedEvidence } from '../read/signed-evidence.ts';
import type { Checking } from './checking.ts';
import { kindOf } from './log-entry-signer.ts';
import { Refusal } from './refusal.ts';

/**
 * Where entries about a whole envelope have its hash, by kind and version: in cosign's attestations that is the hash of
 * the layer.
 */
const HASH_PLACES: Readonly<Record<string, readonly string[]>> = {
  'intoto 0.0.1': ['spec', 'content', 'hash'],
  'dsse 0.0.1': ['spec', 'envelopeHash'],
};

/** Whether this is an entry only cosign's attestation layers have: over the layer's bytes, unknown to the library. */
export function isLayerEntry(evidence: SignedEvidence, entry: LogEntry): boolean {
  return evidence.layer !== undefined && kindOf(entry) === 'intoto 0.0.1';
}

/**
 * Checks that an entry about an envelope is about the layer as it is: cosign refuses a layer that was serialised again,
 * even if everything that is signed in it is the same.
 * https://github.com/sigstore/rekor/blob/main/pkg/types/dsse/v0.0.1/dsse_v0_0_1_schema.json
 * @throws {Refusal} `LOG_ENTRY_MISMATCH`
 */
export function checkLayerHash({ layer }: SignedEvidence, entry: LogEntry): void {
  const place = Object.hasOwn(HASH_PLACES, kindOf(entry)) ? HASH_PLACES[kindOf(entry)] : undefined;
  if (layer === undefined || place === undefined) return;
  const body = parseEvidenceJson(entry.canonicalizedBody, 'its log entry', LIMITS.logBodyValues);
  const hash = valueAt(body, ...place);
  const expected = createHash('sha256').update(layer).digest('hex');
  if (valueAt(hash, 'algorithm') === 'sha256' && valueAt(hash, 'value') === expected) return;
  throw new Refusal('LOG_ENTRY_MISMATCH', 'The log entry that came with the attestation is about something else.', {
    expected: `an entry about sha256 ${expected}`,
  });
}

/**
 * Verifies an entry of kind `intoto` 0.0.1 besides its hash: the log promised to include it.
 * https://github.com/sigstore/rekor/blob/main/pkg/types/intoto/v0.0.1/intoto_v0_0_1_schema.json
 * @throws {Refusal} `LOG_PROOF_INVALID`
 */
export function verifyLayerEntry({ trust }: Checking, entry: LogEntry): void {
  const time = new Date(Number(entry.integratedTime) * 1000);
  const isPromised = trust.material.tlogs.some(
    ({ logID, validFor, publicKey }) =>
      logID.equals(entry.logId.keyId) &&
      validFor.start <= time &&
      time <= validFor.end &&
      verify('sha256', promised(entry), publicKey, entry.inclusionPromise?.signedEntryTimestamp ?? Buffer.alloc(0)),
  );
  if (isPromised) return;
  const why = 'The proof that the attestation is recorded in a public log does not hold.';
  throw new Refusal('LOG_PROOF_INVALID', why);
}

// What the log signs: https://github.com/sigstore/rekor/blob/main/openapi.yaml (SignedEntryTimestamp)
function promised(entry: LogEntry): Buffer {
  return Buffer.from(
    json.canonicalize({
      body: entry.canonicalizedBody.toString('base64'),
      integratedTime: Number(entry.integratedTime),
      logID: entry.logId.keyId.toString('hex'),
      logIndex: Number(entry.logIndex),
    }),
  );
}
