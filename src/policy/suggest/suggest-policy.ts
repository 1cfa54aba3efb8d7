// The room `policy/suggest`: the narrowest policy that given images satisfy.

import type { ImagePolicy, PolicyKey, Requirement } from '../../domain/policy.ts';
import { shortText } from '../../kit/short-text.ts';
import { judge } from '../judge/judge.ts';
import { describeUnverified } from './describe-unverified.ts';
import type { ImageSample } from './image-sample.ts';
import { nameRequirement, nounOf } from './name-requirement.ts';
import { listProofs, type Proof } from './proof.ts';
import { suggestProvenance } from './suggest-provenance.ts';
import { suggestSigners } from './suggest-signers.ts';
import type { SuggestedPolicy, SuggestedRequirement } from './suggested-requirement.ts';
import { weaknessesOf } from './weaknesses.ts';
import { canBeWritten } from './write-requirement.ts';

/**
 * The narrowest policy that all samples of one repository satisfy and that the next release will too: whatever verified
 * about every one of them is asked for, by whom and how it was proved. Each requirement is judged over every sample
 * before it is suggested. Samples are of one repository, at least one.
 */
export function suggestPolicy(
  samples: readonly ImageSample[],
  keys: ReadonlyMap<string, PolicyKey>,
  now: Date,
): SuggestedPolicy {
  const image = samples[0]?.image ?? '';
  const own = { samples, keys, now };
  const each = { samples: samples.flatMap((sample) => sample.platforms ?? [sample]), keys, now };
  const ofEach = kindsIn(each);
  const requirements: SuggestedRequirement[] = [];
  const notes: string[] = [];
  for (const [kind, proofs] of new Map([...ofEach, ...kindsIn(own)])) {
    const atOwn = suggestKind(proofs, own);
    const { found, why } = atOwn.found.length > 0 ? atOwn : suggestOfEach(ofEach.get(kind) ?? [], each, atOwn);
    requirements.push(...found);
    if (why !== undefined) notes.push(why);
  }
  notes.push(...samples.flatMap(describeUnverified));
  if (samples.length === 1 && requirements.length > 0) notes.push(ONE_SAMPLE);
  return {
    name: nameOf(image),
    image,
    ...(samples.some(({ artifactType }) => artifactType !== undefined) && { artifacts: kindsOf(samples) }),
    samples: samples.map(({ name, digest }) => ({ name, digest })),
    requirements: withOwnNames(requirements.toSorted(byWeight)),
    notes,
  };
}

const ONE_SAMPLE = 'Only one image was looked at: name two or three releases to see what they really have in common.';

interface Given {
  readonly samples: readonly ImageSample[];
  readonly keys: ReadonlyMap<string, PolicyKey>;
  readonly now: Date;
}

interface KindSuggestion {
  readonly found: readonly SuggestedRequirement[];
  /** Why proof that is there is not asked for. */
  readonly why?: string;
}

function kindsIn({ samples }: Given): ReadonlyMap<string, readonly Proof[]> {
  return Map.groupBy(samples.flatMap(listProofs), ({ kind, predicateType = '' }) => `${kind} ${predicateType}`);
}

// What is not proved of the indexes may be proved of each image in them.
function suggestOfEach(proofs: readonly Proof[], each: Given, instead: KindSuggestion): KindSuggestion {
  const { found } = suggestKind(proofs, each);
  if (found.length === 0) return instead;
  return {
    found: found.map(({ requirement, weak }) => ({ requirement: { ...requirement, platforms: 'each' }, weak })),
  };
}

// A signer of all images is required alone. Only where there is none, any of those who signed some images will do.
function suggestKind(proofs: readonly Proof[], given: Given): KindSuggestion {
  const shapes = [...Map.groupBy(proofs, ({ shape }) => shape).values()];
  const common = shapes.filter((group) => coversAll(group, given.samples));
  const found = common.flatMap((group) => suggestFrom(group, given));
  if (found.length > 0) return { found };
  const together = coversAll(proofs, given.samples) ? suggestFrom(proofs, given) : [];
  return together.length > 0 ? { found: together } : { found: [], why: whyNot(proofs, given.samples) };
}

// What is asked of the source may be what one image cannot meet: GitHub's builders are believed about it only with a ref.
function suggestFrom(proofs: readonly Proof[], given: Given): readonly SuggestedRequirement[] {
  const { source, ...rest } = proofs[0]?.kind === 'provenance' ? suggestProvenance(proofs) : {};
  const contents = source === undefined ? [rest] : [{ source, ...rest }, rest];
  for (const content of contents) {
    const requirement = requirementOf(proofs, content, given.keys);
    if (requirement.of.length > 0 && canBeWritten(requirement) && holdsForAll(requirement, given))
      return [{ requirement, weak: weaknessesOf(requirement, proofs) }];
  }
  return [];
}

function requirementOf(
  proofs: readonly Proof[],
  content: ReturnType<typeof suggestProvenance>,
  keys: Given['keys'],
): Requirement {
  const { kind = 'signature', predicateType = '' } = proofs[0] ?? {};
  const of = suggestSigners(proofs, { keys, sourceAsked: content.source !== undefined });
  const common = { name: nameRequirement(kind, of, predicateType), of, atLeast: 1 };
  switch (kind) {
    case 'signature':
      return { kind, ...common };
    case 'provenance':
      return { kind, ...common, ...content };
    case 'attestation':
      return { kind, ...common, predicateTypes: [predicateType] };
  }
}

function holdsForAll(requirement: Requirement, { samples, now }: Given): boolean {
  return samples.every(({ image, digest, findings }) => {
    const policies = [policyOf(image, requirement)];
    return judge({ policies, noMatch: 'alert', image, digest, findings, now }).outcome === 'pass';
  });
}

function policyOf(image: string, requirement: Requirement): ImagePolicy {
  return {
    name: 'suggested',
    file: '',
    images: [image],
    graceMs: 0,
    onFailure: 'alert',
    platforms: 'index',
    require: [requirement],
  };
}

function coversAll(proofs: readonly Proof[], samples: readonly ImageSample[]): boolean {
  const having = new Set(proofs.map(({ sample }) => sample));
  return samples.every((sample) => having.has(sample));
}

function whyNot(proofs: readonly Proof[], samples: readonly ImageSample[]): string {
  const [first] = proofs;
  const what = first?.kind === 'attestation' ? nounOf(first.predicateType ?? '') : (first?.kind ?? 'proof');
  const lacking = samples.filter((sample) => !proofs.some((proof) => proof.sample === sample));
  if (lacking.length === 0) {
    return `Not asked for: ${what}. It verified, but what it says does not hold together, or no policy can name it.`;
  }
  const names = lacking.slice(0, 3).map(({ name }) => shortText(name));
  const more = lacking.length > 3 ? ` and ${lacking.length - 3} more` : '';
  return `Not asked for: ${what}. ${names.join(', ')}${more} ${lacking.length === 1 ? 'has' : 'have'} none.`;
}

function kindsOf(samples: readonly ImageSample[]): readonly string[] {
  return [...new Set(samples.map(({ artifactType = 'images' }) => artifactType))];
}

// The requirement that says most comes first. The order must not depend on the order of evidence in the registry.
function byWeight(a: SuggestedRequirement, b: SuggestedRequirement): number {
  const kinds = KINDS.indexOf(a.requirement.kind) - KINDS.indexOf(b.requirement.kind);
  return kinds !== 0 ? kinds : a.requirement.name < b.requirement.name ? -1 : 1;
}

const KINDS: readonly Requirement['kind'][] = ['provenance', 'signature', 'attestation'];

// registry.example.com/acme/app: acme-app
function nameOf(image: string): string {
  const repository = image.slice(image.indexOf('/') + 1);
  return shortText(repository.replaceAll('/', '-'), 100);
}

// Two requirements of one policy may not have the same name.
function withOwnNames(all: readonly SuggestedRequirement[]): readonly SuggestedRequirement[] {
  const seen = new Map<string, number>();
  return all.map(({ requirement, weak }) => {
    const count = (seen.get(requirement.name) ?? 0) + 1;
    seen.set(requirement.name, count);
    const name = count === 1 ? requirement.name : `${requirement.name} (${count})`;
    return { requirement: { ...requirement, name }, weak };
  });
}
