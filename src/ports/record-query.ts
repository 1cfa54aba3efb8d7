import type { Digest } from '../domain/digest.ts';
import type { Finding } from '../domain/finding.ts';
import type { RegistryEvent } from '../domain/registry-event.ts';
import type { Subject } from '../domain/subject.ts';
import type { MarkState, SubjectRecord, VerdictRecord } from './subject-record.ts';

/** Reading for people: API and command line. */
export interface RecordQuery {
  listSubjects(filter: {
    readonly outcome?: string;
    readonly state?: string;
    readonly mark?: MarkState;
    readonly registryId?: string;
    readonly repository?: string;
    readonly limit: number;
    /** Opaque, from the page before. */
    readonly cursor?: string;
  }): Promise<{ readonly subjects: readonly SubjectRecord[]; readonly next: string | null }>;
  /** Everything on record about one subject, newest first; `null` if unknown. */
  readHistory(subject: Subject): Promise<SubjectHistory | null>;
}

/** Reading what verdicts were made from: for judging anew what is on record. */
export interface FindingsQuery {
  /** The findings behind verdicts, by the verdict's id; at most a page of them. Unknown ids are left out. */
  readFindings(verdictIds: readonly string[]): Promise<ReadonlyMap<string, readonly Finding[]>>;
  /** Who lists whom, of all links that one of these subjects is in, without what is known to be no image. */
  readFamilies(subjectIds: readonly string[]): Promise<readonly FamilyLink[]>;
}

/** An index on record, and one thing it lists in the same repository. */
export interface FamilyLink {
  readonly parentId: string;
  readonly parentDigest: Digest;
  readonly digest: Digest;
  /** `os/architecture`, where the index says so. */
  readonly platform: string | null;
  /** `null` if it is not on record. */
  readonly childId: string | null;
  readonly isBuildAttestation: boolean;
}

export interface SubjectHistory {
  readonly subject: SubjectRecord;
  readonly verdicts: readonly (VerdictRecord & { readonly findings: readonly Finding[] })[];
  readonly events: readonly {
    readonly id: string;
    readonly sourceId: string;
    readonly receivedAt: Date;
    readonly state: string;
    readonly reason: string | null;
    readonly event: RegistryEvent;
  }[];
  readonly effects: readonly {
    readonly id: string;
    readonly verdictId: string | null;
    readonly kind: string;
    readonly state: string;
    readonly sinkId: string | null;
    readonly tag: string | null;
    readonly attempts: number;
    readonly result: string | null;
    readonly error: string | null;
    readonly createdAt: Date;
    readonly doneAt: Date | null;
  }[];
}
