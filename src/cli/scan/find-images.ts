import type { Digest } from '../../domain/digest.ts';
import { eachBounded } from '../../kit/each-bounded.ts';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import type { ListedTag } from '../../ports/registry-inventory.ts';
import { type FoundRepository, inventoryOf, partial } from './find-repositories.ts';
import type { OnUntold } from './scan-outcome.ts';

/** An image of a repository, with all tags that lead to it. */
export interface FoundImage {
  readonly digest: Digest;
  readonly tags: readonly string[];
}

/** Requests for tags at a time, for one repository; the registry's own bound holds for all. */
const TAGS_AT_ONCE = 4;

/**
 * The images of a repository: each digest its tags lead to, once. A tag that cannot be resolved is reported; one that
 * is gone by now is left out.
 * @throws {FaultError} the tags could not be listed
 * @throws {InvalidInputError} `REFERENCE_INVALID`: a repository that was named is not there
 */
export async function findImages(
  { place, repository, image }: FoundRepository,
  onUntold: OnUntold,
  signal: AbortSignal,
): Promise<readonly FoundImage[]> {
  if (image?.digest !== undefined) return [{ digest: image.digest, tags: image.tag === undefined ? [] : [image.tag] }];
  const byDigest = new Map<Digest, string[]>();
  const listed =
    image?.tag === undefined ? await listTags({ place, repository }, onUntold, signal) : [{ tag: image.tag }];
  await eachBounded(listed, TAGS_AT_ONCE, async (entry) => {
    if (signal.aborted) return;
    const digest = await resolve(entry);
    if (digest === null) return;
    // Added in place: a registry may list any number of tags for one image.
    const tags = byDigest.get(digest);
    if (tags === undefined) byDigest.set(digest, [entry.tag]);
    else tags.push(entry.tag);
  });
  return [...byDigest].map(([digest, tags]) => ({ digest, tags: tags.toSorted() }));

  async function resolve({ tag, digest }: ListedTag): Promise<Digest | null> {
    if (digest !== undefined) return digest;
    const name = `${place.registries.own.host}/${repository}:${tag}`;
    try {
      const resolved = await inventoryOf(place).resolveTag(repository, tag, signal);
      // Reported only for an image that was named: a tag of a list may have been deleted since.
      if (resolved === null && image !== undefined) onUntold(name, absent(name));
      return resolved;
    } catch (fault) {
      if (signal.aborted) return null;
      if (!(fault instanceof FaultError)) throw fault;
      onUntold(name, fault);
      return null;
    }
  }
}

async function listTags(
  { place, repository }: FoundRepository,
  onUntold: OnUntold,
  signal: AbortSignal,
): Promise<readonly ListedTag[]> {
  const name = `${place.registries.own.host}/${repository}`;
  const tags = new Map<string, ListedTag>();
  let from: string | undefined;
  do {
    const page = await inventoryOf(place).listTags(repository, from, signal);
    if (page === null && place.only !== undefined) throw absent(name);
    for (const reason of page?.notTold ?? []) onUntold(name, partial(reason));
    for (const entry of page?.entries ?? []) tags.set(entry.tag, entry);
    from = page?.next;
  } while (from !== undefined);
  return [...tags.values()];
}

function absent(name: string): InvalidInputError {
  const hint = 'Check the name, and that these credentials may see it: some registries say the same when they may not.';
  return new InvalidInputError('REFERENCE_INVALID', `the registry has no ${name}`, [
    { where: name, message: 'is not there', hint },
  ]);
}
