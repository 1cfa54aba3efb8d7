import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { Announcement } from '../domain/announcement.ts';
import type { Digest } from '../domain/digest.ts';
import type { RecordedHidden } from '../domain/evidence.ts';
import type { Finding } from '../domain/finding.ts';
import type { LimitedBy } from '../domain/quarantine-limits.ts';
import type { RegistryEvent } from '../domain/registry-event.ts';
import type { Outcome, Verdict } from '../domain/verdict.ts';
import type { AuditEntry } from '../ports/audit-log.ts';
import type { EffectKind, EffectState } from '../ports/effect-record.ts';
import type { BaselineState, MarkState, SubjectState } from '../ports/subject-record.ts';

/** The tables as `migrations/` lays them down, for the query builder. */
export interface RecordSchema {
  subjects: SubjectsTable;
  verdicts: VerdictsTable;
  inbox_events: InboxEventsTable;
  parked_deliveries: ParkedDeliveriesTable;
  effects: EffectsTable;
  index_children: { parent_id: string; digest: string; platform: string | null };
  known_evidence: KnownEvidenceTable;
  notice_turns: { trouble: string; taken_at: Date };
  sweeps: SweepsTable;
  swept_repositories: SweptRepositoriesTable;
  asked_repositories: AskedRepositoriesTable;
  audit_log: AuditLogTable;
  locked_images: { registry_id: string; repository: string; digest: Digest; media_type: string; manifest: Buffer };
  left_concerns: { about: string; kind: string; problem: string; left_at: Date };
  trust_epochs: { epoch: number; content: string; used_at: Date };
  registry_capabilities: RegistryCapabilitiesTable;
  swept_tags: { repository_id: number; tag: string; digest: Digest; seen_in: number };
}

export interface AuditLogTable {
  id: Generated<number>;
  at: Date;
  done_by: string;
  act: AuditEntry['act'];
  about: JSONColumnType<AuditEntry['about'], string, string>;
}

export interface RegistryCapabilitiesTable {
  registry_id: string;
  host: string;
  capability: string;
  support: 'yes' | 'no';
  learned_by: 'reading' | 'writing';
  repository: string | null;
  learned_at: Date;
}

export interface SubjectsTable {
  id: string;
  registry_id: string;
  repository: string;
  digest: Digest;
  state: SubjectState;
  first_seen_at: Date;
  tags: Generated<string[]>;
  mark: Generated<MarkState>;
  mark_tag: string | null;
  released_artifact: Digest | null;
  marked_at: Date | null;
  rehearsed_mark: string | null;
  correlation_id: string;
  requested_seq: Generated<number>;
  started_seq: Generated<number>;
  judged_seq: Generated<number>;
  fence: Generated<number>;
  starts: Generated<number>;
  started_at: Date | null;
  progress_at: Date;
  judged_at: Date | null;
  next_check_at: Date | null;
  settled_outcome: Outcome | null;
  failed_looks: Generated<number>;
  grace_from: Date | null;
  failing_since: Date | null;
  recalled_until: Date | null;
  marks_lost: Generated<Date[]>;
  is_build_attestation: Generated<boolean>;
  artifact_type: string | null;
  uncovered_by: string | null;
  hidden_evidence: ColumnType<readonly RecordedHidden[], never, string>;
  gap_looks: Generated<number>;
  gap_since: Date | null;
  grace_renewals: Generated<number>;
  is_index: boolean | null;
  untold_since: Date | null;
  untold_by: string | null;
  is_found: Generated<boolean>;
  baseline: BaselineState | null;
}

export interface VerdictsTable {
  id: Generated<number>;
  subject_id: string;
  outcome: Outcome;
  code: string;
  final: boolean;
  policy_revision: string;
  trust_epoch: number;
  first_judged_at: Date;
  judged_at: Date;
  verdict: JSONColumnType<Verdict, string, string>;
  findings: JSONColumnType<readonly Finding[], string, string>;
  is_current: boolean;
  is_moot: Generated<boolean>;
}

export interface InboxEventsTable {
  id: Generated<number>;
  source_id: string;
  registry_id: string;
  received_at: Date;
  state: 'accepted' | 'unresolved' | 'resolved' | 'gone' | 'ignored';
  reason: string | null;
  event: JSONColumnType<RegistryEvent, string, string>;
  repository: string | null;
  tag: string | null;
  subject_id: string | null;
  correlation_id: string;
  tried_at: Date | null;
  found: 'baseline' | 'present' | 'unheard' | 'announced' | 'unannounced' | null;
}

export interface KnownEvidenceTable {
  subject_id: string;
  manifest: Digest;
  repository: string;
  counted: boolean;
  noted_at: Date;
  noted_by: string;
}

export interface ParkedDeliveriesTable {
  id: Generated<number>;
  source_id: string;
  reason: string;
  position: string;
  body: Buffer;
  received_at: Date;
}

export interface EffectsTable {
  id: Generated<number>;
  subject_id: string;
  verdict_id: number | null;
  origin: 'verdict' | 'manual' | 'event';
  requested_by: string | null;
  resumed_by: string | null;
  kind: EffectKind;
  tag: string | null;
  sink_id: string | null;
  announcement: JSONColumnType<Announcement, string, string> | null;
  state: EffectState;
  attempts: Generated<number>;
  due_at: Date | null;
  after_effect: number | null;
  blocked_until: Date | null;
  registry_id: string;
  repository: string;
  limited_by: LimitedBy | null;
  turn_since: Date | null;
  gather_at: Date | null;
  told_with: number | null;
  reply_unknown: Generated<boolean>;
  result: string | null;
  error: string | null;
  created_at: Date;
  started_at: Date | null;
  done_at: Date | null;
}

export interface SweepsTable {
  source_id: string;
  registry_id: string;
  scope: string;
  number: Generated<number>;
  is_under_way: Generated<boolean>;
  is_baseline: Generated<boolean>;
  next_page: string | null;
  owner: string | null;
  lease_until: Date | null;
  fence: Generated<number>;
  due_at: Date;
  started_at: Date;
  ended_at: Date | null;
  whole_at: Date | null;
  repositories: Generated<number>;
  tags: Generated<number>;
  found: Generated<number>;
  faults: Generated<number>;
  failures: Generated<number>;
  baseline_ended_at: Date | null;
  baseline_told_at: Date | null;
}

export interface AskedRepositoriesTable {
  source_id: string;
  registry_id: string;
  repository: string;
  asked_at: Date;
  times: Generated<number>;
  failures: Generated<number>;
}

export interface SweptRepositoriesTable {
  id: Generated<number>;
  source_id: string;
  registry_id: string;
  name: string;
  met_in: number;
  swept_in: Generated<number>;
  is_baseline: boolean;
}
