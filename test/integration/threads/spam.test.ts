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
  /** Where the good one stands in the list; by default at its end. */
  readonly goodAt?: 'first' | 'middle' | 'last' | 'nowhere';
  /** Descriptors after which the registry's listing is cut short. */
  readonly listingLimit?: number;
}

/** An image with one good bundle behind spam: whoever may push can attach it. */
async function outcomeOf(given: Given): Promise<string> {
  const { spamType, annotations = {}, api = true, listingLimit = 20_000, goodAt = 'last' } = given;
  const registry = createMemoryRegistry({ referrersApi: api, listingLimit });
  const image = putImage(registry);
  const identity = { kind: 'key', key: ALICE } as const;
  const bundle = WORLD.signImageBundle({ digest: image.digest, identity });
  const good = () => ({ ...putBundle(registry, image, bundle), artifactType: BUNDLE_V03 });
  const spam = (n: number) => {
    const layers = [{ bytes: `{"mediaType":"spam ${n}"}`, mediaType: spamType }];
    const named = { ...annotations, n: String(n) };
    const put = putArtifact(registry, { artifactType: spamType, layers, subject: image, annotations: named });
    return { ...put, artifactType: spamType };
  };
  const at = { first: 0, middle: SPAM / 2, last: SPAM, nowhere: -1 }[goodAt];
  const listed = Array.from({ length: SPAM + 1 }, (_, n) => (n === at ? good() : spam(n)));
  if (!api) putFallbackIndex(registry, image.digest, listed);
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

  it.each(['first', 'last'] as const)(
    'passes where the list does not tell them apart, and the good one is the %s',
    async (goodAt) => {
      for (const api of [true, false]) expect(await outcomeOf({ ...LIKE_A_BUNDLE, goodAt, api })).toBe('pass');
    },
    VERDICT_MS,
  );

  it(
    'passes or is rejected input, never a failure, where it is hidden in the middle',
    async () => expect(['pass', 'rejected-input']).toContain(await outcomeOf({ ...LIKE_A_BUNDLE, goodAt: 'middle' })),
    VERDICT_MS,
  );

  it(
    'ends within its time, and not as missing, where there is no good one among what says it is one',
    async () => {
      const outcome = await outcomeOf({ ...LIKE_A_BUNDLE, goodAt: 'nowhere' });
      expect(['fail-evidence', 'rejected-input']).toContain(outcome);
    },
    VERDICT_MS,
  );

  it(
    'is rejected input, never a failure, where the list ends before it',
    async () => {
      const given = { spamType: 'application/vnd.example.spam', listingLimit: 1_000 };
      expect(await outcomeOf(given)).toBe('rejected-input');
    },
    VERDICT_MS,
  );
});
