/** Something that a person did by hand. */
export interface AuditEntry {
  readonly id: string;
  readonly at: Date;
  /** Whoever the command line ran as, or what it was asked in the name of: who did it, not who may. */
  readonly by: string;
  /** `resume`: quarantines were let go that limits held back. */
  readonly act: 'quarantine' | 'release' | 'resume';
  /** One image, or how many in which repositories. */
  readonly about: AuditedImage | AuditedHeld;
}

/** An image, by the id of its registry. */
export interface AuditedImage {
  readonly registry: string;
  readonly repository: string;
  readonly digest: string;
  readonly mark: string;
}

/** Quarantines that were let go. */
export interface AuditedHeld {
  readonly quarantines: number;
  readonly repositories: readonly {
    readonly registry: string;
    readonly repository: string;
    readonly quarantines: number;
  }[];
}

/** What people did by hand. */
export interface AuditLog {
  /** The newest of it, newest first. */
  readAudit(limit: number): Promise<readonly AuditEntry[]>;
}
