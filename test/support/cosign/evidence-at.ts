import { isJsonObject, type JsonObject } from '../../../src/kit/json.ts';
import { type Pushed, pullManifest } from '../oci-push.ts';
import { fallbackTag } from '../push-image.ts';
import { captureRepository } from './capture.ts';
import type { CaseBench } from './case-bench.ts';

/** A layer of cosign's format before bundles. */
export interface Layer {
  readonly payload: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The bundles in the case's repository, as objects to be changed. */
export async function bundlesIn({ registry, repository }: CaseBench): Promise<readonly JsonObject[]> {
  const { blobs } = await captureRepository(registry.url, repository);
  return blobs.map((text) => JSON.parse(text) as JsonObject).filter((blob) => 'verificationMaterial' in blob);
}

/** The one bundle there is. */
export async function bundleIn(bench: CaseBench): Promise<JsonObject> {
  const [bundle] = await bundlesIn(bench);
  if (bundle === undefined) throw new Error('there is no bundle');
  return bundle;
}

/** The layers under the image's `.sig` or `.att` tag. */
export async function layersOf(bench: CaseBench, image: Pushed, kind: 'sig' | 'att'): Promise<readonly Layer[]> {
  const { registry, repository } = bench;
  const manifest = await pullManifest(registry.url, repository, `${fallbackTag(image.digest)}.${kind}`);
  const { layers } = JSON.parse(manifest?.toString() ?? '{"layers":[]}') as {
    layers: readonly { digest: string; annotations?: Record<string, string> }[];
  };
  return Promise.all(
    layers.map(async ({ digest, annotations = {} }) => {
      const response = await fetch(`${registry.url}/v2/${repository}/blobs/${digest}`);
      return { payload: await response.text(), annotations };
    }),
  );
}

/** The one layer there is. */
export async function layerOf(bench: CaseBench, image: Pushed, kind: 'sig' | 'att'): Promise<Layer> {
  const [layer] = await layersOf(bench, image, kind);
  if (layer === undefined) throw new Error(`there is no layer under the .${kind} tag`);
  return layer;
}

/** A copy with the value at this path replaced by what the function makes of it. */
export function changed<T>(value: T, path: readonly (string | number)[], change: (old: never) => unknown): T {
  const copy = structuredClone(value);
  let holder: unknown = copy;
  for (const step of path.slice(0, -1)) holder = (holder as Record<string | number, unknown>)[step];
  const last = path.at(-1);
  if (last === undefined || !(isJsonObject(holder as JsonObject) || Array.isArray(holder))) {
    throw new Error(`nothing at ${path.join('.')}`);
  }
  const object = holder as Record<string | number, unknown>;
  object[last] = change(object[last] as never);
  return copy;
}

/** Base64 of the text after a change. */
export function rewritten(base64: string, change: (text: string) => string): string {
  return Buffer.from(change(Buffer.from(base64, 'base64').toString())).toString('base64');
}

/** Base64 of the bytes with the last one changed. */
export function bent(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes.toString('base64');
}
