import { onTestFinished } from 'vitest';
import { createMemoryRegistry } from '../support/memory-registry.ts';
import { pushBlob, pushManifest } from '../support/oci-push.ts';
import { openEcr } from '../support/open-ecr.ts';
import { openRegistry } from '../support/open-registry.ts';
import { describeWithPart } from '../support/parts.ts';
import { startDistribution } from '../support/servers/distribution.ts';
import { startEcr } from '../support/servers/ecr.ts';
import { startOlareg } from '../support/servers/olareg.ts';
import { describeRegistry, type RegistryAbilities, type RegistryStage } from './registry.contract.ts';

function inMemory(abilities: RegistryAbilities): () => Promise<RegistryStage> {
  return async () => {
    const { reader, writer, putBlob, putManifest } = createMemoryRegistry(abilities);
    return {
      reader,
      writer,
      putBlob: async (_repository, bytes) => putBlob(bytes),
      putManifest: async (repository, bytes, mediaType, tag) => {
        putManifest(repository, bytes, mediaType, tag ?? undefined);
      },
    };
  };
}

function onServer(start: () => Promise<{ readonly url: string; stop(): Promise<void> }>): () => Promise<RegistryStage> {
  return async () => {
    const server = await start();
    onTestFinished(() => server.stop());
    const { reader, writer } = openRegistry(server.url, { writeCredentials: { kind: 'none' } });
    if (writer === undefined) throw new Error('this registry was opened without a writer');
    return {
      reader,
      writer,
      putBlob: (repository, bytes) => pushBlob(server.url, repository, bytes, 'application/octet-stream'),
      putManifest: async (repository, bytes, mediaType, tag) => {
        await pushManifest(server.url, repository, tag, bytes, mediaType);
      },
    };
  };
}

const ALL = { referrersApi: true, deletesTags: true };
const NOTHING = { referrersApi: false, deletesTags: false };

describeRegistry('a registry in memory', ALL, inMemory(ALL));
describeRegistry('a registry in memory without extras', NOTHING, inMemory(NOTHING));
describeWithPart('registry', 'distribution', () =>
  describeRegistry('distribution', NOTHING, onServer(startDistribution)),
);
describeWithPart('olareg', 'olareg', () => describeRegistry('olareg', ALL, onServer(startOlareg)));
describeWithPart(
  ['moto', 'olareg'],
  'ECR',
  () =>
    describeRegistry('ECR', ALL, async () => {
      const ecr = await startEcr();
      onTestFinished(() => ecr.stop());
      const { reader, writer } = openEcr(ecr, { writeCredentials: { kind: 'aws' } });
      if (writer === undefined) throw new Error('this registry was opened without a writer');
      return {
        reader,
        writer,
        putBlob: (repository, bytes) => pushBlob(ecr.content, repository, bytes, 'application/octet-stream'),
        putManifest: async (repository, bytes, mediaType, tag) =>
          ecr.push(repository, tag, Buffer.from(bytes), mediaType),
      };
    }),
  'native',
);
