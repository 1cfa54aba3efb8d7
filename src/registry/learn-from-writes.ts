import { FaultError } from '../kit/errors.ts';
import type { TagWriter } from '../ports/tag-writer.ts';
import type { CapabilityMemory } from './capability-memory.ts';

/** How registries say that a tag may not be moved: ECR's exception; Harbor's 412 and Quay's and zot's words. */
const IMMUTABLE = /^ImageTagAlreadyExistsException$|^PRECONDITION$|IMMUTABLE/;

/** A writer whose success and refusals are remembered; it writes nothing of its own. */
export function learnFromWrites(writer: TagWriter, { learn }: Pick<CapabilityMemory, 'learn'>): TagWriter {
  return {
    putBlob: writer.putBlob,
    async putTag(repository, tag, manifest, signal) {
      try {
        await writer.putTag(repository, tag, manifest, signal);
      } catch (error) {
        if (error instanceof FaultError && error.code === 'TAG_WRITE_REFUSED' && IMMUTABLE.test(error.remoteCode ?? ''))
          learn({ capability: 'immutable', support: 'yes', by: 'writing', repository });
        throw error;
      }
      learn({ capability: 'tag', support: 'yes', by: 'writing', repository });
    },
    async deleteTag(repository, tag, signal) {
      const answer = await writer.deleteTag(repository, tag, signal);
      if (answer === 'deleted') learn({ capability: 'untag', support: 'yes', by: 'writing', repository });
      return answer;
    },
  };
}
