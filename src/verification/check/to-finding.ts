import type { Finding, VerifiedContent } from '../../domain/finding.ts';
import { shortText } from '../../kit/short-text.ts';
import type { EvidenceReading } from '../read/parse-evidence.ts';
import { Refusal } from './refusal.ts';

/**
 * Runs the checks of one piece of evidence and tells how they ended. Never throws: an error nobody foresaw says nothing
 * about whether the evidence is good, so the evidence does not count and gets a code of its own.
 */
export function toFinding(reading: EvidenceReading, material: string, check: () => VerifiedContent): Finding {
  const { ref: evidence, claim, claimIsAnnounced } = reading;
  const head = { evidence, claim, material, ...(claimIsAnnounced && { claimIsAnnounced }) };
  try {
    const verified = check();
    return { ...head, code: 'VERIFIED', message: describe(verified), verified };
  } catch (error) {
    if (!(error instanceof Refusal)) {
      return {
        ...head,
        code: 'EVIDENCE_UNPROCESSABLE',
        message: 'The evidence could not be checked: an error of ours.',
      };
    }
    const { code, message, expected, found, advice, isSigned } = error;
    return {
      ...head,
      code,
      message,
      ...(expected !== undefined && { expected }),
      ...(found !== undefined && { found: shortText(found) }),
      ...(advice !== undefined && { advice }),
      ...(isSigned === true && { isSigned }),
    };
  }
}

function describe({ signer }: VerifiedContent): string {
  if (signer.kind === 'key') return 'Signed with this key.';
  const names = signer.identities.map(({ value }) => shortText(value)).join(', ');
  return `Signed by ${names}, vouched for by ${shortText(signer.issuer ?? `the trust root "${signer.trust}"`)}.`;
}
