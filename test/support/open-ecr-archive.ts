import { expect } from 'vitest';
import type { LockReader, LockWriter } from '../../src/ports/locks.ts';
import type { EcrArchive } from './ecr-archive.ts';
import { signIn } from './open-ecr.ts';
import { openRegistry } from './open-registry.ts';

/** Opens the locks of this registry for one test: who reads writes too. */
export function openEcrArchive({ endpoint }: EcrArchive): { readonly reader: LockReader; readonly writer: LockWriter } {
  signIn();
  const { locks } = openRegistry(endpoint, {
    kind: 'ecr',
    credentials: { kind: 'aws' },
    writeCredentials: { kind: 'aws' },
    ecr: { region: 'eu-central-1', registryId: '123456789012', endpoint },
    limits: { retries: 0 },
  });
  if (locks?.writer === undefined) expect.fail('there is nothing that locks');
  return { reader: locks.reader, writer: locks.writer };
}
