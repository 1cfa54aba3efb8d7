import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putArtifact, putBundle, putFallbackIndex, putImage } from '../../support/memory-artifacts.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';
import { BUNDLE_V03 } from '../../support/push-image.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';
import { lookAt, openRealThreads, policiesWith, type RealThreads } from '../../support/threads/real-threads.ts';

const WORLD = createSigstoreWorld();
const ALICE = createKeyPair();
const POLICIES = policiesWith('[{ name: signed, signature: { signer: { key: a.pub } } }]', { 'a.pub': ALICE.pem });
const SPAM = 10_000;
/** L6: how long a verdict may take. */
const VERDICT_MS = 60_000;

let threads: RealThreads;

beforeAll(() => {
  threads = openRealThreads();
});
afterAll(() => threads.stop());

interface Given {
  /** What the spam says it is, in the list and in its manifest. */
  readonly spamType: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly api?: boolean;
  /** Descriptors after which the registry's listing is cut short. */
  readonly listingLimit?: number;
}

/** An image with one good bundle behind spam: whoever may push can attach it. */
async function outcomeOf({ spamType, annotations = {}, api = true, listingLimit = 20_000 }: Given): Promise<string> {
  const registry = createMemoryRegistry({ referrersApi: api, listingLimit });
  const image = putImage(registry);
  const layers = [{ bytes: '{"mediaType":"spam"}', mediaType: spamType }];
  const spam = Array.from({ length: SPAM }, (_, n) => ({
    ...putArtifact(registry, {
      artifactType: spamType,
      layers,
      subject: image,
      annotations: { ...annotations, n: String(n) },
    }),
    artifactType: spamType,
  }));
  const identity = { kind: 'key', key: ALICE } as const;
  const bundle = WORLD.signImageBundle({ digest: image.digest, identity });
  const good = { ...putBundle(registry, image, bundle), artifactType: BUNDLE_V03 };
  if (!api) putFallbackIndex(registry, image.digest, [...spam, good]);
  const judgement = await lookAt(registry, image, { judge: threads, policies: POLICIES });
  return judgement.kind === 'judged' ? judgement.verdict.outcome : judgement.kind;
}

const LIKE_A_BUNDLE = { spamType: BUNDLE_V03, annotations: { 'dev.sigstore.bundle.content': 'dsse-envelope' } };

describe(`C9: one good bundle behind ${SPAM} that are not`, () => {
  it(
    'passes where the list tells them apart by type',
    async () => expect(await outcomeOf({ spamType: 'application/vnd.example.spam' })).toBe('pass'),
    VERDICT_MS,
  );

  it(
    'passes where the list tells them apart by annotations',
    async () => expect(await outcomeOf({ spamType: BUNDLE_V03 })).toBe('pass'),
    VERDICT_MS,
  );

  it.each([
    ['the list does not tell them apart', LIKE_A_BUNDLE],
    ['the list ends before it', { spamType: 'application/vnd.example.spam', listingLimit: 1_000 }],
    [
      'the list under the fallback tag is too long to be read',
      { spamType: 'application/vnd.example.spam', api: false },
    ],
  ] as const)(
    'is rejected input, never a failure, where %s',
    async (_, given) => expect(await outcomeOf(given)).toBe('rejected-input'),
    VERDICT_MS,
  );
});
