import type { RegistryCredentials } from '../../domain/registry-credentials.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import type { Credential } from './credential.ts';
import { type DockerConfig, readDockerConfig } from './docker-config.ts';

export interface CredentialSource {
  /**
   * What to show for a repository, or for the registry itself: teams of one registry may have robots of their own.
   * @throws {FaultError} `REGISTRY_UNAUTHORIZED` when the configured place cannot be read.
   */
  read(repository: string | undefined): Promise<Credential>;
  /**
   * The credentials in this header were refused, so the next read asks the source again, unless they were replaced
   * already.
   */
  forget(header: string): void;
}

/** A `docker login` in the meantime, or a helper's new password, is noticed after so long. */
const KEEP_MS = 5 * 60_000;

/**
 * Creates the source of one registry's credentials; `host` is the name Docker's file knows the registry by.
 * @throws {InvalidInputError} `CONFIG_INVALID` for those of AWS, which open registries of ECR only.
 */
export function createCredentialSource(credentials: RegistryCredentials, host: string): CredentialSource {
  if (credentials.kind === 'none') return { read: async () => credentials, forget: () => undefined };
  if (credentials.kind === 'basic') {
    const { kind, username, password } = credentials;
    return { read: async () => ({ kind, username, password: password.reveal() }), forget: () => undefined };
  }
  if (credentials.kind === 'aws') {
    throw new InvalidInputError(
      'CONFIG_INVALID',
      `${host} is no registry of ECR, and credentials of AWS are for those`,
    );
  }
  let kept: { readonly config: Promise<DockerConfig>; readonly until: number } | undefined;
  return {
    async read(repository) {
      if (kept === undefined || kept.until < performance.now()) {
        const config = readDockerConfig(credentials.path);
        const entry = { config, until: performance.now() + KEEP_MS };
        kept = entry;
        config.catch(() => {
          if (kept === entry) kept = undefined;
        });
      }
      return (await kept.config).find(host, repository);
    },
    forget() {
      kept = undefined;
    },
  };
}
