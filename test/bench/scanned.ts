import type { PolicySet } from '../../src/domain/policy.ts';
import { mapBounded } from '../../src/evidence/map-bounded.ts';
import { judgeImage } from '../../src/pipeline/judge/judge-image.ts';
import { createConfiguredRegistry } from '../../src/registry/configured-registry.ts';
import { type Pushed, pushManifest } from '../support/oci-push.ts';
import {
  fallbackTag,
  pushCosignAttestation,
  pushCosignSignature,
  pushImage,
  pushReferrer,
} from '../support/push-image.ts';
import { startDistribution } from '../support/servers/distribution.ts';
import { startOlareg } from '../support/servers/olareg.ts';
import { createKeyPair, createSigstoreWorld } from '../support/sigstore-world.ts';
import { openRealThreads, policiesWith } from '../support/threads/real-threads.ts';
import type { Figure } from './report.ts';
import { spreadOf } from './statistics.ts';

/** Five years of a scan a day. */
const DAYS = 1_800;
const REPOSITORY = 'acme/app';
const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1';
const SIGN = 'https://sigstore.dev/cosign/sign/v1';

const WORLD = createSigstoreWorld();
const [ALICE, SCANNER] = [createKeyPair(), createKeyPair()];

/** Puts the signature first and then all the scans, the way one kind of client does. */
type Attach = (url: string, image: Pushed) => Promise<void>;

const bundlesByApi: Attach = async (url, image) => void (await pushBundles(url, image));

const bundlesByFallbackTag: Attach = async (url, image) => {
  const manifests = (await pushBundles(url, image)).map(({ mediaType, digest, size }) => ({ mediaType, digest, size }));
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
  await pushManifest(url, REPOSITORY, fallbackTag(image.digest), index, index.mediaType);
};

const layersOfAttestations: Attach = async (url, image) => {
  await pushCosignSignature(url, REPOSITORY, image.digest, [layer(WORLD.cosignSignature(by(ALICE, image)))]);
  const scans = eachDay((day) => layer(WORLD.cosignAttestation(scan(image, day)), { predicateType: VULN }));
  await pushCosignAttestation(url, REPOSITORY, image.digest, scans);
};

const layersOfSignatures: Attach = async (url, image) => {
  const own = layer(WORLD.cosignSignature(by(ALICE, image)));
  const others = eachDay((n) => layer(WORLD.cosignSignature({ ...by(SCANNER, image), optional: { n } })));
  await pushCosignSignature(url, REPOSITORY, image.digest, [own, ...others]);
};

const CASES = [
  ['olareg, bundles by API', startOlareg, bundlesByApi],
  ['olareg, layers of .att', startOlareg, layersOfAttestations],
  ['olareg, layers of .sig', startOlareg, layersOfSignatures],
  ['distribution, bundles by fallback tag', startDistribution, bundlesByFallbackTag],
  ['distribution, layers of .att', startDistribution, layersOfAttestations],
  ['distribution, layers of .sig', startDistribution, layersOfSignatures],
] as const;

/** How long an image takes to pass that was signed and then scanned every day for five years, in a warm process. */
export async function benchScanned(runs: number): Promise<readonly Figure[]> {
  const policies = policiesWith('[{ name: signed, signature: { signer: { key: a.pub } } }]', { 'a.pub': ALICE.pem });
  const threads = openRealThreads();
  const figures: Figure[] = [];
  try {
    for (const [name, start, attach] of CASES) {
      const server = await start();
      try {
        const image = await pushImage(server.url, REPOSITORY, 'v1');
        await attach(server.url, image);
        const took: number[] = [];
        for (let run = -1; run < runs; run++) {
          const ms = await passMs(server.url, image, { policies, judge: threads });
          if (run >= 0) took.push(ms);
        }
        figures.push({ name: `${DAYS} attestations: ${name}`, unit: 'ms', ...spreadOf(took) });
      } finally {
        await server.stop();
      }
    }
  } finally {
    await threads.stop();
  }
  return figures;
}

interface JudgedBy {
  readonly policies: PolicySet;
  readonly judge: ReturnType<typeof openRealThreads>;
}

async function passMs(url: string, { digest }: Pushed, by: JudgedBy): Promise<number> {
  const registry = createConfiguredRegistry({
    id: 'bench',
    url: new URL(url),
    host: 'registry.example.com',
    repositories: ['**'],
    credentials: { kind: 'none' },
  });
  try {
    const from = performance.now();
    const judgement = await judgeImage({ registry, repository: REPOSITORY, digest, clock: () => new Date(), ...by });
    const took = performance.now() - from;
    const outcome = judgement.kind === 'judged' ? judgement.verdict.outcome : judgement.kind;
    if (outcome !== 'pass') throw new Error(`expected the image to pass, got ${outcome}`);
    return took;
  } finally {
    await registry.close();
  }
}

async function pushBundles(url: string, image: Pushed): Promise<readonly Pushed[]> {
  const announcing = (predicateType: string, day: number) => ({
    'dev.sigstore.bundle.predicateType': predicateType,
    'org.opencontainers.image.created': new Date(Date.UTC(2021, 0, 1 + day)).toISOString(),
  });
  const signature = WORLD.signImageBundle(by(ALICE, image));
  const first = await pushReferrer(url, REPOSITORY, image, signature, { annotations: announcing(SIGN, 0) });
  const scans = await mapBounded(
    eachDay((day) => day),
    8,
    (day) =>
      pushReferrer(url, REPOSITORY, image, WORLD.attest(scan(image, day)), { annotations: announcing(VULN, day) }),
  );
  return [first, ...scans];
}

function by(key: typeof ALICE, { digest }: Pushed) {
  return { digest, identity: { kind: 'key', key } } as const;
}

function scan(image: Pushed, day: number) {
  return { ...by(SCANNER, image), predicateType: VULN, predicate: { day } };
}

function layer({ bytes, annotations }: ReturnType<typeof WORLD.cosignSignature>, more: Record<string, string> = {}) {
  return { payload: bytes, annotations: { ...annotations, ...more } };
}

function eachDay<T>(make: (day: number) => T): readonly T[] {
  return Array.from({ length: DAYS }, (_, day) => make(day));
}
