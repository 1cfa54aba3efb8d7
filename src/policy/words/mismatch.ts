import type { ReasonCode } from '../../domain/verdict.ts';

/** Why verified evidence by an allowed signer does not satisfy a requirement. */
export interface Mismatch {
  readonly code: ReasonCode;
  /** One sentence. */
  readonly message: string;
  readonly expected: string;
  readonly found: string;
}
