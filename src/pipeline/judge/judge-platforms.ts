import { isIndexMediaType, type Manifest } from '../../domain/manifest.ts';
import type { ImagePolicy } from '../../domain/policy.ts';
import { isFailing, type Verdict } from '../../domain/verdict.ts';
import { isSettled, listedAbsent, nameListed, notAllSeen } from '../../policy/judge/listed-images.ts';
import { worstVerdict } from '../../policy/judge/worst-verdict.ts';
import { askedOfEach, askedOfIndex, leftOpen, openToPlatforms } from '../../policy/read/levels.ts';
import {
  addNote,
  BUILDER_UNSIGNED,
  builderDoesNotProve,
  noteIndex,
  notProvedBy,
  provedByBuilder,
  provedByImage,
  provedByPlatforms,
} from '../../policy/words/platform-words.ts';
import { type BuilderStatement, judgeBuildAttestations } from './judge-build-attestations.ts';
import { judgeEvidence } from './judge-evidence.ts';
import type { JudgementTarget } from './judgement-target.ts';
import { isLeftOut, type ListedImage, walkListed } from './listed-image.ts';

interface Input {
  readonly target: JudgementTarget;
  readonly policies: readonly ImagePolicy[];
  readonly manifest: Manifest;
  /** The verdict on the index (or single image) itself. */
  readonly own: Verdict;
}

/**
 * What an index comes to with the images in it, and in indexes in it. For requirements of `platforms: each` every image
 * must satisfy them, and the worst verdict counts; for those of any level the images may, where the index does not; and
 * for those of the index, the builder's attestations in it, where they are signed. A plain image is its own verdict.
 */
export async function judgePlatforms(input: Input): Promise<Verdict> {
  const { manifest, own, policies } = input;
  const mayListImages = isIndexMediaType(manifest.mediaType) || manifest.unreadable !== undefined;
  if (!mayListImages) return own;
  const each = askedOfEach(policies);
  const open = isFailing(own.outcome) ? openToPlatforms(askedOfIndex(policies), own) : null;
  const index = open === null ? own : await tryInPlace(input, open);
  if (each.length === 0 || isSettled(index, each)) return index;
  return worstVerdict([index, ...(await judgeListed(input, each))]);
}

type Open = NonNullable<ReturnType<typeof openToPlatforms>>;
type PresentImage = ListedImage & { readonly manifest: Manifest };

/**
 * The index itself has failed already. A part that cannot be read leaves the verdict open only if policies ask the
 * images too.
 */
async function tryInPlace(input: Input, open: Open): Promise<Verdict> {
  try {
    return await judgeInPlace(input, open);
  } catch (error) {
    if (open.anyLevel.length === 0 && isLeftOut(error)) return input.own;
    throw error;
  }
}

/** The verdict on an index by what the images in it prove in its place: all of them, or none. */
async function judgeInPlace({ target, manifest, own }: Input, open: Open): Promise<Verdict> {
  const proved: Verdict[] = [];
  for await (const listed of walkListed(target, manifest)) {
    if ('cut' in listed) return own;
    const { image } = listed;
    // What the registry says it does not have proves nothing.
    if (!isPresent(image)) {
      target.onGap?.(image.digest);
      return own;
    }
    if (isIndexMediaType(image.manifest.mediaType)) continue;
    const place = await judgeImageInPlace(target, image, open);
    if (place.missed !== undefined) {
      if (place.missed.outcome === 'indeterminate') return nameListed(place.missed, image.name);
      return place.note === undefined ? own : addNote(own, place.note);
    }
    proved.push(...place.verdicts.map((verdict) => nameListed(verdict, image.name)));
  }
  return proved.length === 0 ? own : provedByPlatforms(own, proved);
}

interface InPlace {
  readonly verdicts: readonly Verdict[];
  /** The first that is no pass, and what people should know about it. */
  readonly missed?: Verdict;
  readonly note?: string;
}

async function judgeImageInPlace(target: JudgementTarget, image: PresentImage, open: Open): Promise<InPlace> {
  const verdicts: Verdict[] = [];
  if (open.anyLevel.length > 0) {
    const missed = await judgeListedImage(target, open.anyLevel, image);
    if (missed.outcome !== 'pass') return { verdicts, missed, note: notProvedBy(image.name, missed) };
    verdicts.push(missed);
  }
  if (open.index.length > 0) {
    const word = await judgeBuildAttestations(target, image, open.index);
    if (word?.verdict.outcome === 'pass') verdicts.push(word.verdict);
    else return missedAtIndex(target, { image, word }, open.index);
  }
  return { verdicts };
}

/** Why an index that must prove it itself does not, although the images in it may: one of them is looked at for it. */
async function missedAtIndex(
  target: JudgementTarget,
  { image, word }: { readonly image: PresentImage; readonly word: BuilderStatement | null },
  policies: readonly ImagePolicy[],
): Promise<InPlace> {
  const alone = await judgeAlone(target, policies, image);
  if (word?.verdict.outcome === 'indeterminate') return { verdicts: [], missed: word.verdict };
  const missed = word?.verdict ?? alone;
  if (alone.outcome === 'pass')
    return { verdicts: [], missed: { ...missed, outcome: 'fail-missing' }, note: provedByImage(image.name) };
  if (word === null) return { verdicts: [], missed: { ...missed, outcome: 'fail-missing' } };
  return {
    verdicts: [],
    missed,
    note: word.isSigned ? builderDoesNotProve(image.name, word.verdict) : BUILDER_UNSIGNED,
  };
}

async function judgeListed(
  { target, manifest, own }: Input,
  each: readonly ImagePolicy[],
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for await (const listed of walkListed(target, manifest)) {
    if ('cut' in listed) return [...verdicts, notAllSeen(listed.cut, each)];
    const { image } = listed;
    if (!isPresent(image)) {
      target.onGap?.(image.digest);
      verdicts.push(listedAbsent(image.digest, each));
      continue;
    }
    const verdict = nameListed(await judgeListedImage(target, each, image), image.name);
    verdicts.push(own.outcome === 'pass' && isFailing(verdict.outcome) ? noteIndex(verdict, own) : verdict);
  }
  return verdicts;
}

/** An image in an index, by its own evidence, and by what its builder put beside it where that is not enough. */
async function judgeListedImage(
  target: JudgementTarget,
  policies: readonly ImagePolicy[],
  image: PresentImage,
): Promise<Verdict> {
  const alone = await judgeAlone(target, policies, image);
  const open = isFailing(alone.outcome) ? leftOpen(policies, alone) : [];
  if (open.length === 0) return alone;
  const word = await judgeBuildAttestations(target, image, open);
  if (word === null) return alone;
  if (word.verdict.outcome === 'pass') return provedByBuilder(alone, word.verdict);
  return word.isSigned ? alone : addNote(alone, BUILDER_UNSIGNED);
}

async function judgeAlone(
  target: JudgementTarget,
  policies: readonly ImagePolicy[],
  { digest, manifest }: PresentImage,
): Promise<Verdict> {
  return (await judgeEvidence({ target, policies, digest, manifest: Promise.resolve(manifest) })).verdict;
}

function isPresent(image: ListedImage): image is PresentImage {
  return image.manifest !== null;
}
