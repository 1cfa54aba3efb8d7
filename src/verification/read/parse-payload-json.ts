import { Refusal } from '../check/refusal.ts';
import { parseEvidenceJson } from './parse-evidence-json.ts';
import type { PayloadJson } from './signed-evidence.ts';

/**
 * Reads an envelope's payload as JSON. One that is none is a refusal in what it returns, as an envelope with another
 * payload is still an envelope.
 * @throws only what is a defect of ours
 */
export function parsePayloadJson(payload: Uint8Array): PayloadJson {
  try {
    return { ok: true, value: parseEvidenceJson(payload, 'the signed statement') };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === 'EVIDENCE_OVER_LIMIT') return { ok: false, refusal: error };
    return { ok: false, refusal: new Refusal('STATEMENT_MALFORMED', error.message, { cause: error }) };
  }
}
