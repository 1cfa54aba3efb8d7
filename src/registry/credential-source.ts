import type { Credential } from './credential.ts';
import { readDockerCredential } from './docker-config.ts';
import type { RegistryCredentials } from './registry-options.ts';

export interface CredentialSource {
  /** @throws {FaultError} `REGISTRY_UNAUTHORIZED` when the configured place cannot be read. */
  read(): Promise<Credential>;
  /** They were refused: the next read goes to the source again. */
  forget(): void;
}

/** A `docker login` in the meantime, or a helper's new password, is noticed after so long. */
const KEEP_MS = 5 * 60_000;

/** Creates the source of one registry's credentials; `host` is the name Docker's file knows the registry by. */
export function createCredentialSource(credentials: RegistryCredentials, host: string): CredentialSource {
  if (credentials.kind !== 'docker-config') return { read: async () => credentials, forget: () => undefined };
  let kept: { readonly credential: Promise<Credential>; readonly until: number } | undefined;
  return {
    read() {
      if (kept === undefined || kept.until < performance.now()) {
        const credential = readDockerCredential(credentials.path, host);
        const entry = { credential, until: performance.now() + KEEP_MS };
        kept = entry;
        credential.catch(() => {
          if (kept === entry) kept = undefined;
        });
      }
      return kept.credential;
    },
    forget() {
      kept = undefined;
    },
  };
}
