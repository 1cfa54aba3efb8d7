import { z } from 'zod';
import type { SourceRule } from '../domain/policy.ts';
import { addFault, globSchema, textSchema } from './schema-fields.ts';
import { isVersion } from './versioned-tag.ts';

const repositorySchema = z.string().transform((text, context) => {
  const bare = text.replace(/^git\+/, '').replace(/\/$/, '');
  const url = /^[a-z][a-z0-9+.-]*:\/\//.test(bare) ? bare : `https://${bare}`;
  // The part before the first @ of a source is compared, so an @ here could never match.
  if (/^https:\/\/[^\s@/]+\/[^\s@]+$/.test(url)) return url;
  addFault(context, {
    message: 'expected the URL of a repository such as https://github.com/acme/app',
    hint: 'A branch or tag goes into `ref`.',
  });
  return z.NEVER;
});

const refNameSchema = textSchema.superRefine((name, context) => {
  if (name.startsWith('refs/')) addFault(context, { message: 'expected a name without refs/', hint: WHICH });
  if (/[\s*?]/.test(name)) addFault(context, { message: 'expected one name, without * and ?', hint: WHICH });
});

const versionSchema = textSchema.refine(isVersion, 'expected a version such as v1, v1.2 or v1.2.3');

const WHICH = 'Use `ref` for a glob over the whole ref (refs/tags/v*), `branch` or `tag` for a name.';
const KINDS = ['ref', 'branch', 'tag', 'versionedTag'];

/** The schema of `source`: a repository, and at most one way to say which branch or tag of it. */
export const sourceSchema = z
  .strictObject({
    repository: repositorySchema,
    ref: globSchema.optional(),
    branch: refNameSchema.optional(),
    tag: refNameSchema.optional(),
    versionedTag: versionSchema.optional(),
  })
  .superRefine(
    (written, context) => {
      if (typeof written !== 'object' || written === null) return;
      const [, extra] = KINDS.filter((kind) => Object.hasOwn(written, kind));
      if (extra !== undefined)
        addFault(context, { message: 'more than one of ref, branch, tag, versionedTag', hint: WHICH }, [extra]);
    },
    { when: () => true },
  )
  .transform(({ repository, ref, branch, tag, versionedTag }): SourceRule => {
    return {
      repository,
      ...(ref !== undefined && { ref }),
      ...(branch !== undefined && { branch }),
      ...(tag !== undefined && { tag }),
      ...(versionedTag !== undefined && { versionedTag }),
    };
  });
