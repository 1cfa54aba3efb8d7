import { digestOf } from '../../src/domain/digest.ts';
import { OCI_MANIFEST } from '../../src/domain/manifest.ts';
import { startHarborLabels } from '../support/harbor-labels.ts';
import { createMemoryRegistry } from '../support/memory-registry.ts';
import { openHarbor } from '../support/open-harbor.ts';
import { describeLabels } from './labels.contract.ts';

const OTHER = 'reviewed';

describeLabels('the registry in memory', async () => {
  const registry = createMemoryRegistry();
  const { reader, writer } = registry.labels;
  let serial = 0;
  return {
    reader,
    writer,
    put: async (repository) => registry.putManifest(repository, { serial: ++serial }, OCI_MANIFEST).digest,
    on: (digest) => registry.labelsOf(digest),
    hangOther: async (digest) => {
      await writer.add('acme/team/app', digest, OTHER);
      return OTHER;
    },
  };
});

describeLabels('a server that answers as Harbor documents', async () => {
  const harbor = await startHarborLabels();
  let serial = 0;
  return {
    ...openHarbor(harbor),
    put: async (repository) => {
      const digest = digestOf(Buffer.from(`image ${++serial}`));
      harbor.put(repository, digest);
      return digest;
    },
    on: (digest) => harbor.on(digest),
    hangOther: async (digest) => {
      harbor.hang(digest, harbor.make(OTHER, 'p'));
      return OTHER;
    },
  };
});
