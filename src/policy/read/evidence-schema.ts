import { z } from 'zod';
import { isTagName, parseImageReference } from '../../domain/image-reference.ts';
import type { EvidenceRepository } from '../../domain/policy.ts';
import { imageHost } from '../../domain/registry-name.ts';
import { nearestWord } from '../../kit/nearest-word.ts';
import { addFault } from '../../kit/schema-fields.ts';
import { shortText } from '../../kit/short-text.ts';

/** Each repository takes three requests for every image whose own repository does not hold enough evidence. */
const MAX_REPOSITORIES = 8;

/** A tag holds 128 characters, of which `sha256-<hex>.sig` takes 75. */
const MAX_PREFIX_LENGTH = 128 - 75;

/** What reading repositories of evidence needs from outside. */
export interface EvidenceContext {
  /** Hosts of the registries there are; without it they are not checked. */
  readonly registryHosts?: readonly string[];
}

/** The schema of `evidence` in an `ImagePolicy`: `repositories`, each as text or with a prefix of its tags. */
export function createEvidenceSchema(outside: EvidenceContext) {
  const repository = createEvidenceRepositorySchema(outside);
  const place = z.union([
    repository,
    z
      .strictObject({ repository, tagPrefix: tagPrefixSchema.optional() })
      .transform(({ repository: named, tagPrefix }) => withPrefix(named, tagPrefix)),
  ]);
  return z
    .strictObject({
      repositories: z
        .array(place)
        .min(1)
        .max(MAX_REPOSITORIES)
        .describe('where evidence may lie besides the repository of the image: HOST/REPOSITORY'),
    })
    .transform(({ repositories }): readonly EvidenceRepository[] => repositories);
}

/**
 * The schema of one repository, written in full: no part of an image's name can choose the repository that is looked
 * into.
 */
export function createEvidenceRepositorySchema({ registryHosts }: EvidenceContext) {
  return z.string().transform((text, context): EvidenceRepository => {
    const image = parseImageReference(text);
    const isBare = image !== undefined && image.tag === undefined && image.digest === undefined;
    if (!isBare || imageHost(text.split('/')[0]?.toLowerCase() ?? '') !== image.host) {
      addFault(context, {
        message: `expected a repository with its host, got "${shortText(text, 80)}"`,
        hint: 'For example registry.example.com/acme/signatures: no scheme, no tag, no digest, no pattern.',
      });
      return z.NEVER;
    }
    const { host } = image;
    if (registryHosts !== undefined && !registryHosts.includes(host)) {
      addFault(context, unknownHost(host, registryHosts));
      return z.NEVER;
    }
    return { host, repository: image.repository };
  });
}

/** What cosign's tags begin with, before `sha256-`. */
export const tagPrefixSchema = z.string().superRefine((prefix, context) => {
  if (isTagName(prefix) && prefix.length <= MAX_PREFIX_LENGTH) return;
  addFault(context, {
    message: 'expected the beginning of a tag: letters, digits and _ . -, not beginning with . or -',
    hint: `At most ${MAX_PREFIX_LENGTH} characters; the digest follows.`,
  });
});

/** The repository with the prefix of its tags, if there is one. */
export function withPrefix(repository: EvidenceRepository, tagPrefix: string | undefined): EvidenceRepository {
  return tagPrefix === undefined ? repository : { ...repository, tagPrefix };
}

function unknownHost(host: string, known: readonly string[]): { readonly message: string; readonly hint: string } {
  const nearest = nearestWord(host, known);
  const meant = nearest === undefined ? '' : `Did you mean "${nearest}"? `;
  return {
    message: `no configured registry has the host "${shortText(host, 80)}"`,
    hint: `${meant}Configured: ${known.join(', ') || 'none'}. Add it to \`registries\`, with the credentials to read it.`,
  };
}
