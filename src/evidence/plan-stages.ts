import { type EvidenceLook, type LookPlace, lookElsewhere, type RepositoryElsewhere } from './evidence-look.ts';

/** One place to read, in one repository. */
export interface Spot {
  readonly look: EvidenceLook;
  readonly place: LookPlace;
}

/** Places that are read at the same time, and how many bytes are kept for the stages after it. */
export interface LookStage {
  readonly spots: readonly Spot[];
  readonly heldBack: number;
}

const PLACES: readonly LookPlace[] = ['referrers', 'signature-tag', 'attestation-tag'];

/**
 * Plans a look. Asking all places at once is quickest. But where the first place may be enough, the others are asked
 * only if it was not, and other repositories only if the image's own was not enough. Anybody may fill the early places,
 * so a quarter of the bytes is kept for the others, in equal shares.
 */
export function planStages(look: EvidenceLook): readonly LookStage[] {
  const own = ownStages(look);
  const elsewhere = (look.elsewhere ?? []).map((repository) => spotsIn(look, repository));
  const stages = [...own, ...elsewhere];
  return stages.map((spots, at) => ({
    spots,
    heldBack: keep(look.limits.totalBytes, stages.length - 1 - at, stages.length - 1),
  }));
}

function ownStages(look: EvidenceLook): readonly (readonly Spot[])[] {
  const { isEnough, lookFirst = ['referrers'] } = look;
  const spots = PLACES.map((place) => ({ look, place }));
  if (isEnough === undefined) return [spots];
  const isFirst = ({ place }: Spot): boolean => lookFirst.includes(place);
  return [spots.filter(isFirst), spots.filter((spot) => !isFirst(spot))].filter((stage) => stage.length > 0);
}

function spotsIn(look: EvidenceLook, repository: RepositoryElsewhere): readonly Spot[] {
  const there = lookElsewhere(look, repository);
  const tags = repository.tagPrefixes.flatMap((tagPrefix) =>
    PLACES.filter((place) => place !== 'referrers').map((place) => ({ look: { ...there, tagPrefix }, place })),
  );
  return repository.isOwn === true ? tags : [{ look: there, place: 'referrers' }, ...tags];
}

function keep(limit: number, stagesLeft: number, stages: number): number {
  return stages === 0 ? 0 : Math.floor(((limit / 4) * stagesLeft) / stages);
}
