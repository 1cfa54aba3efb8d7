import { z } from 'zod';
import type { ArtifactRule } from '../../domain/policy.ts';
import { addFault } from '../../kit/schema-fields.ts';

/** The word for container images and indexes, in a list of types. */
const IMAGES = 'images';

// RFC 6838 §4.2: what a registry may give as the type of an artifact.
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/i;

/** `artifacts:` of a policy: one word, or a list of types; the word `images` alone means the default. */
export const artifactsSchema = z
  .union([z.string(), z.array(z.string()).min(1)])
  .describe('what is covered: images (default), all, or a list of artifact types as Lazaret shows them')
  .transform((written, context): ArtifactRule => {
    if (written === 'all') return 'all';
    const types = typeof written === 'string' ? [written] : written;
    for (const [at, type] of types.entries()) {
      if (type === IMAGES || MEDIA_TYPE.test(type)) continue;
      addFault(
        context,
        {
          message: type === 'all' ? '`all` stands alone, not in a list' : 'expected `images`, `all` or artifact types',
          hint: 'For example: artifacts: [images, application/vnd.cncf.helm.config.v1+json]',
        },
        typeof written === 'string' ? [] : [at],
      );
    }
    return types;
  });
