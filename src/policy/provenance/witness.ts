import { textAt } from '../../kit/json-path.ts';
import type { Build } from './build.ts';
import { type Producer, type SourceReading, statedBy, unstated } from './source-reading.ts';

/**
 * The sources are the remotes of the working copy, as entries that have a name and a commit and no URI; the files of the
 * build stand beside them under their names, so only a name that is a URL is taken for a remote. No ref is named.
 */
export const witness: Producer = {
  name: 'Witness',
  reference: 'https://github.com/in-toto/go-witness/blob/main/attestation/slsa/slsa.go',
  writes: (buildType) => buildType === 'https://witness.dev/slsa-build@v0.1',
  findSources,
};

function findSources({ dependencies }: Build): SourceReading {
  const remotes = dependencies.filter(
    ({ name, digest }) =>
      name !== undefined && /^(https?|ssh|git):\/\//.test(name) && textAt(digest, 'sha1') !== undefined,
  );
  if (remotes.length === 0) return unstated('it names no remote of its working copy by a URL');
  return statedBy(remotes.map(({ name, digest }) => ({ name, uri: name, digest })));
}
