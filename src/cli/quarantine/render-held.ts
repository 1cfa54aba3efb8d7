import { type Digest, shortDigest } from '../../domain/digest.ts';
import type { LimitedBy } from '../../domain/quarantine-limits.ts';
import type { HeldQuarantine } from '../../ports/recorded-write.ts';
import { plainText } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import { wrapText } from '../wrap-text.ts';

/** Quarantines of one repository for one reason that limits hold back. */
export interface HeldGroup {
  /** `HOST/REPOSITORY` */
  readonly repository: string;
  readonly code: string;
  readonly reason: string;
  readonly count: number;
  /** Which limits hold them. */
  readonly limits: readonly LimitedBy[];
  /** Since when the oldest has been held, ISO 8601. */
  readonly since: string;
  readonly images: readonly { readonly digest: Digest; readonly tags: readonly string[]; readonly mark: string }[];
}

/** How what is let go would be written. */
export interface ResumePlan {
  readonly quarantines: number;
  readonly perHour: number;
  /** Within how many hours all are written, if nothing else is. */
  readonly hours: number;
}

export interface Held {
  readonly groups: readonly HeldGroup[];
  readonly plan: ResumePlan;
  /** How many were let go before, and wait for their turn. */
  readonly before: number;
}

/** Puts together what has one repository and one reason, the largest group first. Pure. */
export function groupHeld(
  held: readonly HeldQuarantine[],
  hostOf: (registryId: string) => string,
): readonly HeldGroup[] {
  const groups = Map.groupBy(held, (each) => `${each.registryId} ${each.repository} ${each.verdict?.code}`);
  return [...groups.values()].flatMap((images) => toGroup(images, hostOf)).toSorted((a, b) => b.count - a.count);
}

function toGroup(images: readonly HeldQuarantine[], hostOf: (registryId: string) => string): readonly HeldGroup[] {
  const [first] = images;
  if (first === undefined) return [];
  const { registryId, repository, verdict } = first;
  return [
    {
      repository: `${hostOf(registryId)}/${repository}`,
      code: verdict?.code ?? '',
      reason: verdict?.reason ?? '',
      count: images.length,
      limits: [...new Set(images.map(({ limitedBy }) => limitedBy))],
      since: images.map(({ plannedAt }) => plannedAt.toISOString()).toSorted()[0] ?? '',
      images: images.map(({ digest, tags, mark }) => ({ digest, tags, mark })),
    },
  ];
}

/** Plans how so many quarantines would be written. Pure. */
export function planResume(quarantines: number, perHour: number): ResumePlan {
  return { quarantines, perHour, hours: Math.ceil(quarantines / perHour) };
}

/** More scroll the rest away; JSON has all of them. */
const SHOWN = 3;

const LIMITS: Readonly<Record<LimitedBy, string>> = {
  repository: 'the limit of its repository',
  registry: 'the limit of its registry',
  all: 'the limit of all',
};

/** The groups, and the plan below them. */
export function renderHeld({ groups, plan, before }: Held, look: Pick<Terminal, 'style' | 'width'>): string {
  const earlier = before === 0 ? [] : [`${before} more were let go before, and wait for their turn.`];
  if (groups.length === 0) return ['No quarantine is held back by a limit.', ...earlier].join('\n');
  return [
    ...groups.flatMap((group) => renderGroup(group, look)),
    wrapText(describePlan(plan), { width: look.width, indent: 0 }),
    ...earlier,
  ].join('\n');
}

function renderGroup(group: HeldGroup, { style, width }: Pick<Terminal, 'style' | 'width'>): readonly string[] {
  const { repository, code, reason, count, limits, since, images } = group;
  const shown = images.slice(0, SHOWN).map(({ digest, tags }) => plainText(`${shortDigest(digest)} ${tags.join(' ')}`));
  const more = count > SHOWN ? `, and ${count - SHOWN} more (--output json has them all)` : '';
  const by = limits.map((limit) => LIMITS[limit]).join(' and ');
  return [
    `${style.bold(plainText(repository))}  ${code}  ${count} ${count === 1 ? 'image' : 'images'}`,
    wrapText(plainText(reason), { width, indent: 2 }),
    wrapText(`Held by ${by} since ${since}: ${shown.join(', ')}${more}`, { width, indent: 2 }),
    '',
  ];
}

function describePlan({ quarantines, perHour, hours }: ResumePlan): string {
  const span = hours === 1 ? 'an hour' : `${hours} hours`;
  return (
    `Let go, ${quarantines === 1 ? 'it is' : `these ${quarantines} are`} written at most ${perHour} an hour (quarantine.breaker.perHour), ` +
    `the oldest of each repository first, within ${span} if nothing else is; limits of a repository, a registry and a share ` +
    'do not hold them any more. Before each write the verdict is read again: what passes by then is left alone.'
  );
}

/** The same as data. Keys are only ever added. */
export function toJsonHeld({
  groups,
  plan,
  before,
  resumed,
  dryRun,
}: Held & { readonly resumed: number; readonly dryRun: boolean }): object {
  return { dryRun, resumed, alreadyResumed: before, plan, groups };
}
