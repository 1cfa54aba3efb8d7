import type { Digest } from '../domain/digest.ts';
import { FaultError } from '../domain/errors.ts';
import type { EvidenceSet } from '../domain/evidence.ts';
import type { RegistryReader } from '../ports/registry-reader.ts';
import { EVIDENCE_LIMITS, type EvidenceLimits } from './evidence-limits.ts';

/** Somewhere to look: one or two requests each, if there is nothing. */
export type LookPlace = 'referrers' | 'signature-tag' | 'attestation-tag';

/** Which image's evidence is wanted, and where from. */
export interface EvidenceRequest {
  readonly reader: Pick<RegistryReader, 'readManifest' | 'readBlob' | 'listReferrers'>;
  readonly repository: string;
  readonly digest: Digest;
  readonly signal?: AbortSignal;
  /**
   * Whether the evidence found so far satisfies all that is asked of the image. Then the rest is not fetched, and a
   * fault elsewhere does not matter: more evidence never lowers a pass. Without it, every place is read to its end.
   */
  readonly isEnough?: (found: EvidenceSet) => boolean | Promise<boolean>;
  /** Where to look first, together with `isEnough`; by default among the referrers. */
  readonly lookFirst?: readonly LookPlace[];
  readonly limits?: Partial<EvidenceLimits>;
}

/** One look under way: the request with what it has cost and what went wrong so far. */
export interface EvidenceLook extends EvidenceRequest {
  readonly limits: EvidenceLimits;
  readonly budget: ByteBudget;
  readonly faults: readonly FaultError[];
  /**
   * Runs a fetch. A fault ends the look at once; but where a pass may still come from elsewhere it is kept for the
   * end, and the result is `undefined`.
   */
  attempt<T>(fetch: () => Promise<T>): Promise<T | undefined>;
}

/** Bytes the whole look may still fetch. */
export interface ByteBudget {
  /** Reserves bytes; false, and nothing is reserved, when not so many are left. */
  take(bytes: number): boolean;
  /** Keeps so many of the bytes left for later, from now on. */
  holdBack(bytes: number): void;
}

/** A registry that failed to answer so often is not asked for the rest: each try may take 20 s. */
const MAX_SILENCES = 3;

/** Starts a look. */
export function startLook(request: EvidenceRequest): EvidenceLook {
  const limits = { ...EVIDENCE_LIMITS, ...request.limits };
  const faults: FaultError[] = [];
  return {
    ...request,
    limits,
    faults,
    budget: createBudget(limits.totalBytes),
    async attempt(fetch) {
      try {
        return await fetch();
      } catch (error) {
        if (!(error instanceof FaultError) || request.isEnough === undefined || request.signal?.aborted) throw error;
        faults.push(error);
        if (faults.filter(isSilence).length >= MAX_SILENCES) throw error;
        return undefined;
      }
    },
  };
}

// An answer that makes no sense came quickly, and anybody may cause one by listing what is not there.
function isSilence({ code }: FaultError): boolean {
  return code !== 'REGISTRY_RESPONSE_INVALID';
}

function createBudget(total: number): ByteBudget {
  let left = total;
  let heldBack = 0;
  return {
    take(bytes) {
      if (bytes > left - heldBack) return false;
      left -= bytes;
      return true;
    },
    holdBack(bytes) {
      heldBack = bytes;
    },
  };
}
