import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Digest } from '../../src/domain/digest.ts';
import { type Pushed, type PushedBlob, pushManifest } from '../support/oci-push.ts';
import {
  fallbackTag,
  IMAGE_CONFIG,
  imageManifest,
  LAYER_TAR_GZIP,
  pushCosignSignature,
  pushFallbackReferrer,
  pushImage,
  pushReferrer,
} from '../support/push-image.ts';
import { createKeyPair, type TestSigner } from '../support/sigstore-world.ts';
import type { ChaosWorld } from './chaos-world.ts';
import type { PlannedImage, Workload } from './plan-workload.ts';
import type { Random } from './random.ts';

/** An image that is in the registry. */
export interface PushedPlan {
  readonly plan: PlannedImage;
  readonly pushed: Pushed;
}

const CONNECTIONS = 16;
/** A registry whose event was refused sends it again after so long. */
const AGAIN_MS = 200;
const MALLORY = createKeyPair();

export interface Sending {
  /** Images pushed so far, by the number in the plan. */
  readonly pushed: ReadonlyMap<number, PushedPlan>;
  /** Ends when all events were accepted, each as often as the workload says. */
  readonly done: Promise<void>;
}

export interface SendOptions {
  readonly overMs: number;
  readonly random: Random;
  /** So long after their push, one after the other, images are signed that are signed late; else from half of the time on. */
  readonly lateAfterMs?: number;
}

/**
 * Pushes and announces everything of the plan, spread over `overMs`, as registries do: what is not accepted is sent
 * again until it is. Images that are signed late get their signature when half of the time is over, or later.
 */
export function sendWorkload(
  world: ChaosWorld,
  workload: Workload,
  { overMs, random, lateAfterMs }: SendOptions,
): Sending {
  const pushed = new Map<number, PushedPlan>();
  const blobs = new Map<string, Promise<readonly [PushedBlob, PushedBlob]>>();
  const gap = overMs / workload.events.length;
  const started = performance.now();
  const waiting = workload.events.entries();
  const send = async (): Promise<void> => {
    for (const [position, number] of waiting) {
      const plan = workload.images[number];
      if (plan === undefined) continue;
      await delay(Math.max(0, started + position * gap - performance.now()));
      const known = pushed.get(number);
      if (known === undefined) await bring(plan);
      else await announce(world, known.plan, known.pushed);
    }
  };
  async function bring(plan: PlannedImage): Promise<void> {
    const image = await push(world, plan, blobs);
    pushed.set(plan.number, { plan, pushed: image });
    world.history.add(`pushed as ${plan.kind} to ${plan.registryId}/${plan.repository}`, { digest: image.digest });
    if (plan.kind !== 'late' && plan.kind !== 'unsigned') await sign(world, plan, image);
    await announce(world, plan, image);
  }
  async function signLate(): Promise<void> {
    const late = workload.images.filter(({ kind }) => kind === 'late');
    if (lateAfterMs === undefined) await delay(overMs / 2);
    for (const plan of lateAfterMs === undefined ? random.shuffle(late) : late) {
      while (!pushed.has(plan.number)) await delay(AGAIN_MS);
      if (lateAfterMs !== undefined) await delay(lateAfterMs);
      const image = pushed.get(plan.number)?.pushed;
      if (image === undefined) continue;
      const evidence = await sign(world, plan, image);
      world.history.add('signed late', { digest: image.digest });
      for (const each of evidence) await announce(world, plan, each.pushed, each.tag, image.digest);
    }
  }
  const done = Promise.all([...Array.from({ length: CONNECTIONS }, send), signLate()]).then(() => undefined);
  return { pushed, done };
}

/** Announces these images once more. */
export async function replay(world: ChaosWorld, images: readonly PushedPlan[]): Promise<void> {
  for (const { plan, pushed } of images) await announce(world, plan, pushed);
}

async function push(
  world: ChaosWorld,
  { number, repository, registryId }: PlannedImage,
  blobs: Map<string, Promise<readonly [PushedBlob, PushedBlob]>>,
): Promise<Pushed> {
  // Many images of a repository share their layers and differ in a note, which is as good as another layer.
  const shared = blobs.get(repository) ?? pushShared(world, repository);
  blobs.set(repository, shared);
  const [config, layer] = await shared;
  const note = `${registryId} ${number}`;
  return pushManifest(world.pushUrl, repository, `v${number}`, {
    ...imageManifest(config, [layer]),
    annotations: { 'org.opencontainers.image.version': note },
  });
}

async function pushShared(world: ChaosWorld, repository: string): Promise<readonly [PushedBlob, PushedBlob]> {
  const { manifest } = await pushImage(world.pushUrl, repository, null, { content: repository });
  const { config, layers } = JSON.parse(manifest.toString()) as { config: PushedBlob; layers: PushedBlob[] };
  return [
    { ...config, mediaType: IMAGE_CONFIG },
    { ...(layers[0] as PushedBlob), mediaType: LAYER_TAR_GZIP },
  ];
}

/** One in four of what is good is signed by a workflow, with a certificate of the trust root that TUF keeps. */
function signerOf({ key, sigstore }: ChaosWorld, { kind, number }: PlannedImage): TestSigner {
  if (kind === 'stranger') return { kind: 'key', key: MALLORY };
  return number % 4 === 0 ? sigstore.mintGithub() : { kind: 'key', key };
}

type Evidence = readonly { readonly pushed: Pushed; readonly tag: string | null }[];

async function sign(world: ChaosWorld, plan: PlannedImage, image: Pushed): Promise<Evidence> {
  const { repository, kind, layout } = plan;
  const { digest } = image;
  const identity = signerOf(world, plan);
  if (layout === 'sig-tag' && kind !== 'garbage') {
    const { bytes: payload, annotations } = world.sigstore.cosignSignature({ digest, identity, repository });
    const pushed = await pushCosignSignature(world.pushUrl, repository, digest, [{ payload, annotations }]);
    return [{ pushed, tag: `${fallbackTag(digest)}.sig` }];
  }
  const bundle = kind === 'garbage' ? '{"garbage":'.repeat(200) : world.sigstore.signImageBundle({ digest, identity });
  if (layout === 'fallback-tag') {
    const { referrer, index } = await pushFallbackReferrer(world.pushUrl, repository, image, bundle);
    return [
      { pushed: referrer, tag: null },
      { pushed: index, tag: fallbackTag(digest) },
    ];
  }
  return [{ pushed: await pushReferrer(world.pushUrl, repository, image, bundle), tag: null }];
}

/** Sends an event until it is accepted. `about`: the image it is about, if that is another. */
async function announce(
  world: ChaosWorld,
  plan: PlannedImage,
  { digest, mediaType }: Pushed,
  tag: string | null = `v${plan.number}`,
  about: Digest = digest,
): Promise<void> {
  const host = world.registries.find(({ id }) => id === plan.registryId)?.proxy.host;
  const body = JSON.stringify({
    specversion: '1.0',
    id: randomUUID(),
    type: 'dev.lazaret.image.pushed.v1',
    source: 'chaos',
    data: { host, repository: plan.repository, ...(tag !== null && { tag }), digest, mediaType },
  });
  const send = world.ways[plan.number % world.ways.length];
  if (send === undefined) throw new RangeError('there is no way to announce anything');
  for (;;) {
    const status = await send(body);
    if (status === 202) break;
    if (status !== undefined && status < 429) world.history.add(`refused with ${status}`, { digest: about });
    await delay(AGAIN_MS);
  }
  world.history.add('accepted', { digest: about });
}
