import { Secret } from '../../src/kit/secret.ts';
import type { LockedImages } from '../../src/ports/locked-images.ts';
import type { LockReader, LockWriter } from '../../src/ports/locks.ts';
import type { AcrLocks } from './acr-locks.ts';
import { openRegistry, type TestRegistry } from './open-registry.ts';

export interface OpenAcr {
  readonly reader: LockReader;
  readonly writer: LockWriter;
  readonly registry: TestRegistry;
}

/** The locks of an ACR, as a configured registry reads and sets them. */
export function openAcr({ server }: AcrLocks, lockedImages?: Pick<LockedImages, 'find'>): OpenAcr {
  const own = { kind: 'basic', username: 'lazaret', password: new Secret('hush') } as const;
  const registry = openRegistry(server.url, {
    kind: 'acr',
    credentials: own,
    writeCredentials: own,
    ...(lockedImages && { lockedImages }),
  });
  const { locks } = registry;
  if (locks?.writer === undefined) throw new TypeError('expected an ACR to have locks');
  return { reader: locks.reader, writer: locks.writer, registry };
}
