import type { Digest } from '../domain/digest.ts';
import type { Finding } from '../domain/finding.ts';
import type { ImagePolicy, PolicySet } from '../domain/policy.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { StorableJson } from '../kit/storable-json.ts';

/** What is on record about one digest, and the policies it is to be judged by now. */
export interface StoredQuestion {
  /** `host/repository`. */
  readonly image: string;
  readonly digest: Digest;
  readonly verdict: Verdict;
  /** As they were stored. */
  readonly findings: StorableJson<readonly Finding[]>;
  /** Its type, if it is no container image. */
  readonly artifactType?: string;
  /** It lists other images. */
  readonly isIndex: boolean;
  readonly inForce: PolicySet;
  /** Those in force that cover it. */
  readonly policies: readonly ImagePolicy[];
  readonly now: Date;
}

/** Judges anew from what is on record alone. Stored evidence is as hostile as it was when it was fetched. */
export interface RecordJudge {
  /**
   * The verdict if what is on record suffices for a pass; else `null`: a pass needs no more, anything else may be one by
   * what was not looked at then.
   * @throws {FaultError} `TRUST_ROOT_UNAVAILABLE`, `CLOCK_UNTRUSTED`: nothing that depends on time can be told.
   * @throws the signal's reason when it fires first.
   */
  judgeStored(question: StoredQuestion, signal?: AbortSignal): Promise<Verdict | null>;
}
