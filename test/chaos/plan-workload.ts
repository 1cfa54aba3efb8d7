import type { Random } from './random.ts';

/** What an image is, and so how it must end. */
export type ImageKind =
  /** Signed by whom the policy names, before it is announced. */
  | 'good'
  /** Signed by somebody else. */
  | 'stranger'
  | 'unsigned'
  /** What is attached to it is no evidence but garbage. */
  | 'garbage'
  /** Announced unsigned, and signed long after. */
  | 'late';

/** Where evidence is put. */
export type Layout = 'referrer' | 'fallback-tag' | 'sig-tag';

export interface PlannedImage {
  readonly number: number;
  /** One of {@link REGISTRIES}. */
  readonly registryId: string;
  readonly repository: string;
  readonly kind: ImageKind;
  readonly layout: Layout;
}

export interface Workload {
  readonly images: readonly PlannedImage[];
  /** Numbers of images in the order they are announced; a number that comes again is a duplicate. */
  readonly events: readonly number[];
  /** Announced once more when everything is over. */
  readonly replays: readonly number[];
}

export const REGISTRIES = ['north', 'east', 'south', 'west'] as const;
const REPOSITORIES_EACH = 50;
const LAYOUTS: readonly Layout[] = ['referrer', 'fallback-tag', 'sig-tag'];

/**
 * Workload W: of all events one in ten is a duplicate and some are for images signed late; of the images 5 % are signed
 * by strangers, 2 % never, and 1 % carry garbage.
 */
export function planWorkload(events: number, random: Random): Workload {
  const distinct = Math.ceil(events * 0.9);
  const shares: readonly (readonly [ImageKind, number])[] = [
    ['stranger', 0.05],
    ['unsigned', 0.02],
    ['garbage', 0.01],
    ['late', 0.02],
  ];
  const kinds = shares.flatMap(([kind, share]) =>
    Array.from({ length: Math.max(1, Math.round(distinct * share)) }, () => kind),
  );
  const rest = Array.from({ length: Math.max(0, distinct - kinds.length) }, (): ImageKind => 'good');
  const images = random.shuffle([...kinds, ...rest]).map((kind, number): PlannedImage => {
    const registryId = REGISTRIES[number % REGISTRIES.length] ?? REGISTRIES[0];
    const repository = `acme/app-${random.below(REPOSITORIES_EACH)}`;
    return { number, registryId, repository, kind, layout: random.pick(LAYOUTS) };
  });
  const order = images.map(({ number }) => number);
  // A duplicate comes after what it repeats, by a little or by a lot.
  for (let extra = distinct; extra < events; extra++) {
    const at = random.below(order.length);
    order.splice(at + 1 + random.below(order.length - at), 0, order[at] ?? 0);
  }
  return { images, events: order, replays: random.shuffle(images.map(({ number }) => number)).slice(0, 20) };
}
