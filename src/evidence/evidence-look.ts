import type { Digest } from '../domain/digest.ts';
import type { EvidenceAnnouncement, EvidenceSet, KnownEvidence } from '../domain/evidence.ts';
import { FaultError } from '../kit/errors.ts';
import type { Lane } from '../kit/fair-queue.ts';
import type { RegistryReader } from '../ports/registry-reader.ts';
import type { EvidenceLayer } from './candidate.ts';
import { EVIDENCE_LIMITS, type EvidenceLimits, LIGHT_BYTES } from './evidence-limits.ts';
import type { HeavyGate } from './heavy-gate.ts';

/** Somewhere to look: one or two requests each, if there is nothing. */
export type LookPlace = 'referrers' | 'signature-tag' | 'attestation-tag';

/** What a look needs of a registry. */
export type EvidenceReader = Pick<RegistryReader, 'host' | 'readManifest' | 'readBlob' | 'listReferrers'>;

/** Another repository in which evidence of an image may lie, and how it is read. */
export interface RepositoryElsewhere {
  /** `host/repository`: what its evidence is told by. */
  readonly name: string;
  readonly reader: EvidenceReader;
  readonly repository: string;
  /** What cosign's tags there may begin with; `''`: nothing. */
  readonly tagPrefixes: readonly string[];
  /** It is the image's own repository, with other prefixes of tags. */
  readonly isOwn?: true;
}

/**
 * Something that the registry names but does not hold: a blob or manifest that is not there, or a list that cannot be
 * read. Whoever pushes can make one, so it is no fault; but so can a replica that is late, for a moment.
 */
export interface Gap {
  readonly digest: Digest;
  /** The layer that is not there. */
  readonly layer?: EvidenceLayer;
}

/** Which image's evidence is wanted, and where from. */
export interface EvidenceRequest {
  readonly reader: EvidenceReader;
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
  /** Further repositories, looked into one after the other where the image's own does not hold enough. */
  readonly elsewhere?: readonly RepositoryElsewhere[];
  /**
   * Whether a policy asks for evidence that is announced as this, so that it is read before the rest; by default all
   * evidence.
   */
  readonly isAskedFor?: (announced: EvidenceAnnouncement) => boolean;
  readonly limits?: Partial<EvidenceLimits>;
  /** Monotonic, in ms. */
  readonly now?: () => number;
  /** Where a look waits before it holds much evidence in memory. */
  readonly heavyLooks?: HeavyGate;
  /** Manifests that are read by their digests: those that counted before all places, the others after them. */
  readonly known?: readonly KnownEvidence[];
  /** Told which known manifests the registry does not have. */
  readonly onLost?: (lost: KnownEvidence) => void;
  /** Told of each gap; `layer`, if it is one that a manifest names. */
  readonly onGap?: (gap: Gap) => void;
  /** Told of each piece that was fetched, and where it lay. */
  readonly onFetched?: (layer: EvidenceLayer) => void;
}

/** One look under way: the request with what it has cost and what went wrong so far, in all repositories together. */
export interface EvidenceLook extends EvidenceRequest {
  readonly limits: EvidenceLimits;
  readonly isAskedFor: (announced: EvidenceAnnouncement) => boolean;
  /** Monotonic, in ms; it stands still while this look waits for others. */
  readonly now: () => number;
  /** Says how many bytes are about to be held, and waits if those are many for one of a few places. */
  hold(bytes: number): Promise<void>;
  /** Gives the place back. */
  end(): void;
  /** The bytes that it may still fetch. */
  readonly budget: Budget;
  /** `host/repository` that is being looked into, if it is another than the image's own. */
  readonly elsewhereName?: string;
  /** What cosign's tags begin with. */
  readonly tagPrefix?: string;
  readonly faults: readonly FaultError[];
  /**
   * Runs a fetch. A fault ends the look at once; but where a pass may still come from elsewhere it is kept for the
   * end, and the result is `undefined`.
   */
  attempt<T>(fetch: () => Promise<T>): Promise<T | undefined>;
}

/** What the whole look may still spend. */
export interface Budget {
  /** Reserves so many bytes; false if fewer are left, and then none are reserved. */
  take(count: number): boolean;
  /** Returns what was reserved and not needed. */
  giveBack(count: number): void;
  /** Keeps so many of the bytes that are left for later. */
  holdBack(count: number): void;
}

/** A registry that failed to answer so often is not asked for the rest: each try may take 20 s. */
const MAX_SILENCES = 3;

/** Starts a look. */
export function startLook(request: EvidenceRequest): EvidenceLook {
  const limits = { ...EVIDENCE_LIMITS, ...request.limits };
  const faults: FaultError[] = [];
  const { now = () => performance.now(), heavyLooks } = request;
  let held = 0;
  let waitedMs = 0;
  let leave: (() => void) | undefined;
  return {
    isAskedFor: ({ kind }) => kind !== 'artifact',
    ...request,
    now: () => now() - waitedMs,
    async hold(bytes) {
      held += bytes;
      if (held <= LIGHT_BYTES || leave !== undefined || heavyLooks === undefined) return;
      const from = now();
      leave = await heavyLooks.enter(laneOf(request), request.signal);
      waitedMs += now() - from;
    },
    end: () => leave?.(),
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

/** Where evidence lies elsewhere, it is still the image's. */
function laneOf({ reader, repository }: EvidenceRequest): Lane {
  return { registry: reader.host, repository };
}

// An invalid answer came quickly, so it is no silence.
function isSilence({ code }: FaultError): boolean {
  return code !== 'REGISTRY_RESPONSE_INVALID';
}

/** The same look, in another repository. */
export function lookElsewhere(look: EvidenceLook, { name, reader, repository }: RepositoryElsewhere): EvidenceLook {
  return { ...look, reader, repository, elsewhereName: name };
}

function createBudget(total: number): Budget {
  let left = total;
  let heldBack = 0;
  return {
    take(count) {
      if (count > left - heldBack) return false;
      left -= count;
      return true;
    },
    giveBack(count) {
      left += count;
    },
    holdBack(count) {
      heldBack = count;
    },
  };
}
