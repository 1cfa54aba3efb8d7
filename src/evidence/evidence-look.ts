import type { Digest } from '../domain/digest.ts';
import { FaultError } from '../domain/errors.ts';
import type { EvidenceSet } from '../domain/evidence.ts';
import type { RegistryReader } from '../ports/registry-reader.ts';
import { EVIDENCE_LIMITS, type EvidenceLimits } from './evidence-limits.ts';

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
  readonly isEnough?: (found: EvidenceSet) => boolean;
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
  readonly left: number;
  /** Reserves bytes; false, and nothing is reserved, when not so many are left. */
  take(bytes: number): boolean;
}

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
        const goOn = error instanceof FaultError && request.isEnough !== undefined && request.signal?.aborted !== true;
        if (!goOn) throw error;
        faults.push(error);
        return undefined;
      }
    },
  };
}

function createBudget(total: number): ByteBudget {
  let left = total;
  return {
    get left() {
      return left;
    },
    take(bytes) {
      if (bytes > left) return false;
      left -= bytes;
      return true;
    },
  };
}
