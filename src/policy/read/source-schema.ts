import { z } from 'zod';
import { parseGitUri } from '../../domain/git-uri.ts';
import type { SourceRule } from '../../domain/policy.ts';
import { addFault, globSchema, textSchema } from '../../kit/schema-fields.ts';
import { textMatchSchema } from './signer-schema.ts';
import { isVersion } from './versioned-tag.ts';

// However a repository is written in provenance, it is compared in the form that `parseGitUri` gives it.
const repositorySchema = textMatchSchema.transform((written, context): SourceRule['repository'] => {
  if (written.kind === 'pattern') {
    if (/^(git\\?\+|ssh:\/\/git@)|(\\?\.git|\/)$/.test(written.pattern)) addFault(context, CAN_NEVER_MATCH);
    return written;
  }
  const { text } = written;
  // Somebody wrote a pattern, as other tools take here. It is compared exactly, so it matches nothing, and a warning
  // says so.
  if (/^\^\S+$/.test(text)) return text;
  const place = parseGitUri(/^(git\+)?[a-z]+:\/\/|^[^/]+@/.test(text) ? text : `https://${text}`);
  if (place !== undefined && place.ref === undefined) return place.repository;
  addFault(context, {
    message: 'expected the URL of a repository such as https://github.com/acme/app',
    hint: 'A branch or tag goes into `ref`; a pattern is written { pattern: "https://github\\.com/acme/.*" }.',
  });
  return z.NEVER;
});

const CAN_NEVER_MATCH = {
  message: 'this pattern could never match: sources are compared in the form https://HOST/PATH',
  hint: 'Leave out `git+`, `ssh://git@`, `.git` and the final slash: every form of one repository is the same.',
};

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
