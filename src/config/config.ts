import type { ConfiguredTrustRoot } from '../domain/configured-trust-root.ts';
import type { PolicySet } from '../domain/policy.ts';
import type { Role } from '../domain/role.ts';
import type { InputIssue } from '../kit/errors.ts';
import type { KmsKeyConfig } from './kms-key-schema.ts';
import type { NotifyConfig } from './notify-schema.ts';
import type { ProxyConfig } from './proxy-schema.ts';
import type { QuarantineConfig } from './quarantine-schema.ts';
import type { RegistryConfig } from './registry-schema.ts';
import type { HttpConfig, ServiceConfig } from './service-schema.ts';
import type { SourceConfig } from './source-config.ts';

/** How much is logged, and how. */
export interface LogConfig {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  /** `auto`: for people on a terminal, else JSON. */
  readonly format: 'auto' | 'json' | 'pretty';
}

/** The configuration, read and checked with everything it names; all paths absolute, all secrets read. */
export interface Config {
  /** Absolute path it was read from. */
  readonly file: string;
  readonly dataDir: string;
  readonly registries: readonly RegistryConfig[];
  readonly sources: readonly SourceConfig[];
  /** All trust roots, configured and built-in; `sigstore` and `github` are always among them. */
  readonly trust: readonly ConfiguredTrustRoot[];
  /** Keys that policies name by their reference to a KMS. */
  readonly kmsKeys: readonly KmsKeyConfig[];
  readonly policies: PolicySet;
  /** Absolute paths of the policy files, in the order they were read. */
  readonly policyFiles: readonly string[];
  readonly onRejectedInput: 'alert' | 'quarantine';
  /** The most bytes of one piece of evidence. */
  readonly evidenceBytes: number;
  readonly quarantine: QuarantineConfig;
  /** Empty where the process does not act. */
  readonly notify: readonly NotifyConfig[];
  /** Where people are told, whoever does it. */
  readonly sinkIds: readonly string[];
  /** Registries that announce their pushes to some source, whoever listens to it. */
  readonly announcing: readonly string[];
  /** What the process does; the parts that only others need were not read. */
  readonly roles: readonly Role[];
  readonly http: HttpConfig;
  /** Absent: the embedded PostgreSQL in `dataDir`. */
  readonly postgres?: ServiceConfig;
  /** Absent: the queue lives in PostgreSQL. */
  readonly redis?: ServiceConfig;
  /** Absent: everything is reached directly. */
  readonly proxy?: ProxyConfig;
  readonly log: LogConfig;
  /** Images judged at a time. */
  readonly concurrency: number;
  /** How often due subjects are put back into the queue. */
  readonly sweepEveryMs: number;
  /** How often each image is looked at again. */
  readonly rescanEveryMs: number;
  /** How long is kept what may be dropped from the record. */
  readonly keepMs: number;
  /** What is allowed and probably not meant. */
  readonly warnings: readonly InputIssue[];
}
