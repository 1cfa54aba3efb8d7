import { basicHeader, type Credential } from './credential.ts';
import type { CredentialSource } from './credential-source.ts';

/** A password for ECR, and the time it ends as AWS says; one that is past says nothing. */
export interface EcrToken {
  readonly password: string;
  readonly expiresAt: Date | undefined;
}

/** The last fifth of its life a token is not used: it could end on the way. AWS gives twelve hours. */
const USED_SHARE = 0.8;
/**
 * Creates the source of tokens for ECR: one at a time for all who ask, another before it ends and after it was refused.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html#registry-auth-token
 */
export function createEcrTokenSource(fetchToken: () => Promise<EcrToken>): CredentialSource {
  let kept: Kept | undefined;

  function renew(): Promise<Credential> {
    const entry: Kept = { credential: fetchToken().then(settle), until: Number.POSITIVE_INFINITY };
    function settle({ password, expiresAt }: EcrToken): Credential {
      const lifeMs = expiresAt === undefined ? 0 : expiresAt.getTime() - Date.now();
      if (lifeMs > 0) entry.until = performance.now() + lifeMs * USED_SHARE;
      const credential = { kind: 'basic', username: 'AWS', password } as const;
      entry.header = basicHeader(credential);
      return credential;
    }
    kept = entry;
    entry.credential.catch(() => {
      if (kept === entry) kept = undefined;
    });
    return entry.credential;
  }

  return {
    read: () => (kept !== undefined && kept.until > performance.now() ? kept.credential : renew()),
    forget(header) {
      // If many were refused at once, the first of them has fetched another token meanwhile, which is kept.
      if (kept?.header === header) kept = undefined;
    },
  };
}

interface Kept {
  readonly credential: Promise<Credential>;
  /** Once it is known. */
  header?: string;
  until: number;
}
