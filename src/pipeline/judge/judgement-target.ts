import type { Digest } from '../../domain/digest.ts';
import type { KnownEvidence, LearntEvidence } from '../../domain/evidence.ts';
import type { PolicySet } from '../../domain/policy.ts';
import type { EvidenceHabits } from '../../evidence/evidence-habits.ts';
import type { HeavyGate } from '../../evidence/heavy-gate.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EvidenceJudge } from '../../ports/evidence-judge.ts';
import type { RegistryReader } from '../../ports/registry-reader.ts';
import type { LookingFrom } from './look-elsewhere.ts';

/** What is to be judged, and with what. */
export interface JudgementTarget {
  readonly registry: { readonly host: string; readonly reader: RegistryReader };
  readonly repository: string;
  readonly digest: Digest;
  readonly policies: PolicySet;
  readonly judge: EvidenceJudge;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** The tag of the push, for telling evidence from an image (cosign puts evidence under tags of its own). */
  readonly tag?: string;
  /** Whether the push looks like an image: then manifest and evidence are fetched side by side. Never a proof. */
  readonly looksLikeImage?: boolean;
  /** Where evidence was found before, so that it is looked for there first. */
  readonly habits?: EvidenceHabits;
  /** How repositories of evidence that policies name are read. */
  readonly readerFor?: LookingFrom['readerFor'];
  /** The most bytes of one piece of evidence. */
  readonly evidenceBytes?: number;
  /** Where looks wait that hold much evidence in memory. */
  readonly heavyLooks?: HeavyGate;
  /** The evidence about this digest, or one in it, that is known by its manifest. */
  readonly knownOf?: (digest: Digest) => Promise<readonly KnownEvidence[]>;
  /** Called with what the look learnt of the evidence about each digest, where that is new. */
  readonly onLearnt?: (learnt: LearntEvidence) => void;
  /** Told what the registry names and does not hold (`Gap`). */
  readonly onGap?: (digest: Digest) => void;
}
