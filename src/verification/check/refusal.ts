import type { FindingCode } from '../../domain/finding.ts';

export interface RefusalDetails {
  readonly expected?: string | undefined;
  readonly found?: string | undefined;
  /** What to do about it, where the code alone does not tell: words of ours, never of the evidence. */
  readonly advice?: string | undefined;
  readonly cause?: unknown;
}

/**
 * A check that did not hold: why a piece of evidence counts for nothing. Thrown inside this folder only; it leaves it
 * as a `Finding`. `message` is one sentence for a person who has never heard of Sigstore.
 */
export class Refusal extends Error {
  readonly code: Exclude<FindingCode, 'VERIFIED'>;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  readonly advice: string | undefined;
  /** The key of the material made the signature; that was found out before the check that failed. */
  readonly isSigned: true | undefined;

  constructor(code: Exclude<FindingCode, 'VERIFIED'>, message: string, details: RefusalDetails = {}, isSigned?: true) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'Refusal';
    this.code = code;
    this.expected = details.expected;
    this.found = details.found;
    this.advice = details.advice;
    this.isSigned = isSigned;
  }

  /** The same refusal, noting that the key of the material made the signature. */
  signed(): Refusal {
    const { expected, found, advice, cause } = this;
    const details = { expected, found, advice, cause };
    return new Refusal(this.code, this.message, details, true);
  }
}

/** Over a limit: the piece is not looked at any further. `what` is counted, in the plural. */
export function overLimit(what: string, limit: number, found: number | 'more'): Refusal {
  const why = `The evidence was not examined because it has more than ${limit} ${what}.`;
  return new Refusal('EVIDENCE_OVER_LIMIT', why, { expected: `at most ${limit}`, found: String(found) });
}

/** Not readable as what it claims to be. */
export function malformed(why: string, details: RefusalDetails = {}): Refusal {
  return new Refusal('EVIDENCE_MALFORMED', `The evidence cannot be read: ${why}.`, details);
}
