import type { Finding } from '../domain/finding.ts';
import type { Subject } from '../domain/subject.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { StorableJson } from '../kit/storable-json.ts';

/** A subject whose final verdict was made under other policies, with what it was made from. */
export interface OutdatedVerdict extends Subject {
  readonly subjectId: string;
  readonly verdict: Verdict;
  readonly findings: StorableJson<readonly Finding[]>;
  readonly artifactType: string | null;
  readonly isIndex: boolean;
}

/** Verdicts that are to be made anew because policies have changed. */
export interface OutdatedVerdicts {
  /**
   * The next of those under another policy revision and this very trust epoch, in a fixed order: of subjects for which
   * nothing else is asked, and whose findings are not so many that reading them again costs more than another look.
   */
  findOutdated(
    context: {
      readonly policyRevision: string;
      readonly trustEpoch: number;
      /** Those that are configured. */
      readonly registryIds: readonly string[];
      /** Of the last one found; `''` for the first. */
      readonly after: string;
    },
    limit: number,
  ): Promise<readonly OutdatedVerdict[]>;
  /** Asks for its judgement, so that it can be begun; `false` if one is asked for already. */
  request(subject: Subject, now: Date): Promise<boolean>;
}
