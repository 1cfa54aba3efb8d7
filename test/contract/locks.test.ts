import { digestOf } from '../../src/domain/digest.ts';
import { OCI_MANIFEST } from '../../src/domain/manifest.ts';
import { startAcrLocks } from '../support/acr-locks.ts';
import { startEcrArchive } from '../support/ecr-archive.ts';
import { createMemoryRegistry } from '../support/memory-registry.ts';
import { openAcr } from '../support/open-acr.ts';
import { openEcrArchive } from '../support/open-ecr-archive.ts';
import { describeLocks } from './locks.contract.ts';

describeLocks('the registry in memory', async () => {
  const registry = createMemoryRegistry();
  let serial = 0;
  return {
    ...registry.locks,
    put: async (repository) => registry.putManifest(repository, { serial: ++serial }, OCI_MANIFEST).digest,
    isLocked: (digest) => registry.isLocked(digest),
  };
});

describeLocks('a server that answers as Azure documents', async () => {
  const acr = await startAcrLocks();
  let serial = 0;
  return {
    ...openAcr(acr),
    put: async (repository) => {
      const digest = digestOf(Buffer.from(`image ${++serial}`));
      acr.put(repository, digest);
      return digest;
    },
    isLocked: (digest) => !acr.attributesOf(digest).readEnabled,
  };
});

describeLocks('a server that answers as AWS documents for ECR', async () => {
  const ecr = await startEcrArchive();
  let serial = 0;
  return {
    ...openEcrArchive(ecr),
    put: async (repository) => {
      const digest = digestOf(Buffer.from(`image ${++serial}`));
      ecr.put(repository, digest);
      return digest;
    },
    isLocked: (digest) => ecr.status(digest) === 'ARCHIVED',
  };
});
