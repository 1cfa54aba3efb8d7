/** One thing wrong with an input: where it is, what is wrong and what to do. */
export interface InputIssue {
  /** File, JSON path or field the issue is about. */
  readonly where: string;
  readonly message: string;
  /** What would be right, or what to do. */
  readonly hint?: string;
}

/** Codes of bad input. Every one is explained in `docs/operations.md`; codes are never reused. */
export type InvalidInputCode =
  | 'CONFIG_INVALID'
  | 'CONFIG_NOT_FOUND'
  | 'SECRET_UNREADABLE'
  | 'POLICY_INVALID'
  | 'TRUST_ROOT_INVALID'
  | 'USAGE_INVALID'
  | 'BACKUP_INVALID'
  | 'REFERENCE_INVALID'
  | 'EVENT_MALFORMED'
  | 'EVENT_UNAUTHENTIC'
  | 'EVENT_TOO_LARGE'
  | 'EVENT_UNSUPPORTED'
  | 'JOB_MALFORMED'
  | 'SUBJECT_UNKNOWN'
  | 'VERDICT_NOT_FAILING'
  | 'JSON_TOO_DEEP'
  | 'JSON_DUPLICATE_KEY'
  | 'JSON_MALFORMED';

/** The sender, the file or the caller is at fault; trying again changes nothing. */
export class InvalidInputError extends Error {
  readonly code: InvalidInputCode;
  readonly issues: readonly InputIssue[];

  constructor(code: InvalidInputCode, message: string, issues: readonly InputIssue[] = [], options?: ErrorOptions) {
    super(message, options);
    this.name = 'InvalidInputError';
    this.code = code;
    this.issues = issues;
  }
}

/** Codes of faults of the world. Every one is explained in `docs/operations.md`; codes are never reused. */
export type FaultCode =
  | 'REGISTRY_UNREACHABLE'
  | 'REGISTRY_TIMEOUT'
  | 'REGISTRY_UNAUTHORIZED'
  | 'REGISTRY_DENIED'
  | 'REGISTRY_RATE_LIMITED'
  | 'REGISTRY_ERROR'
  | 'REGISTRY_RESPONSE_INVALID'
  | 'REGISTRY_RESPONSE_TOO_LARGE'
  | 'REGISTRY_REDIRECT_REFUSED'
  | 'REGISTRY_REALM_REFUSED'
  | 'INVENTORY_UNAVAILABLE'
  | 'DIGEST_MISMATCH'
  | 'SUBJECT_GONE'
  | 'TAG_WRITE_REFUSED'
  | 'TRUST_ROOT_UNAVAILABLE'
  | 'CLOCK_UNTRUSTED'
  | 'VERIFIER_UNAVAILABLE'
  | 'DATABASE_UNAVAILABLE'
  | 'DATABASE_TOO_NEW'
  | 'DATABASE_TOO_OLD'
  | 'DATABASE_POOLED'
  | 'DATA_DIR_IN_USE'
  | 'DATA_DIR_UNWRITABLE'
  | 'BACKUP_UNWRITABLE'
  | 'QUEUE_UNAVAILABLE'
  | 'REDIS_UNSAFE'
  | 'PORT_IN_USE'
  | 'RELOAD_UNANSWERED'
  | 'KAFKA_UNAVAILABLE'
  | 'SQS_UNAVAILABLE'
  | 'PUBSUB_UNAVAILABLE'
  | 'ISSUER_UNAVAILABLE'
  | 'SINK_UNREACHABLE'
  | 'SINK_RATE_LIMITED'
  | 'SINK_REFUSED'
  | 'SINK_REPLY_UNKNOWN'
  | 'RECORD_CONFLICT'
  | 'RECORD_MALFORMED';

export interface FaultDetails {
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** The earliest time to try again, if the other side named one. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
  /** The other side's own error code, e.g. the registry's `TOOMANYREQUESTS`. */
  readonly remoteCode?: string;
  /** What an operator can do about it. */
  readonly hint?: string;
}

/** Something outside did not do its part. Never a verdict: "could not tell" is not "is not there". */
export class FaultError extends Error {
  readonly code: FaultCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly remoteCode: string | undefined;
  readonly hint: string | undefined;

  constructor(code: FaultCode, message: string, details: FaultDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'FaultError';
    this.code = code;
    this.retryable = details.retryable;
    this.retryAfterMs = details.retryAfterMs;
    this.remoteCode = details.remoteCode;
    this.hint = details.hint;
  }
}
