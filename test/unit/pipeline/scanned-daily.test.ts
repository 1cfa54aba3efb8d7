import { describe, expect, it } from 'vitest';
import { OCI_EMPTY } from '../../../src/domain/manifest.ts';
import { judgeImage } from '../../../src/pipeline/judge/judge-image.ts';
import { createMaterialStore } from '../../../src/pipeline/judge/material-store.ts';
import { createLocalJudge } from '../../../src/pipeline/judge/verify-and-judge.ts';
import { putBundle, putCosign, putFallbackIndex, putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import { createMemoryRegistry, type MemoryRegistry, type StoredManifest } from '../../support/memory-registry.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';
import { policiesWith } from '../../support/threads/real-threads.ts';

/** Five years of a scan a day. */
const DAYS = 1_800;
const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1';
const SIGN = 'https://sigstore.dev/cosign/sign/v1';
const SBOM = 'https://cyclonedx.org/bom';
/** Two requests for each of the first leads, and a few to find them; a look at all would take thousands. */
const FEW = 60;

const WORLD = createSigstoreWorld();
const [ALICE, SCANNER] = [createKeyPair(), createKeyPair()];
const KEYS = { 'alice.pub': ALICE.pem, 'scanner.pub': SCANNER.pem };
const SIGNED = policiesWith('[{ name: signed, signature: { signer: { key: alice.pub } } }]', KEYS);
const HAS_SBOM = policiesWith(`[{ name: sbom, attestation: { type: ${SBOM}, signer: { key: alice.pub } } }]`, KEYS);
const SCANNED = policiesWith(
  `[{ name: scanned, attestation: { type: ${VULN}, signer: { key: scanner.pub }, where: predicate.day == ${DAYS - 1} } }]`,
  KEYS,
);

const daysAgo = (days: number) => new Date(Date.parse('2026-11-28T00:00:00Z') - days * 86_400_000).toISOString();

function announcing(predicateType: string, day: number) {
  const kind = { 'dev.sigstore.bundle.content': 'dsse-envelope', 'dev.sigstore.bundle.predicateType': predicateType };
  return { annotations: { ...kind, 'org.opencontainers.image.created': daysAgo(DAYS - day) } };
}

const scanned = (image: StoredManifest, day: number) =>
  ({
    digest: image.digest,
    identity: { kind: 'key', key: SCANNER },
    predicateType: VULN,
    predicate: { day },
  }) as const;
const byAlice = (image: StoredManifest) => ({ digest: image.digest, identity: { kind: 'key', key: ALICE } }) as const;

function putScans(registry: MemoryRegistry, image: StoredManifest): StoredManifest[] {
  return Array.from({ length: DAYS }, (_, day) =>
    putBundle(registry, image, WORLD.attest(scanned(image, day)), announcing(VULN, day)),
  );
}

async function look(registry: MemoryRegistry, image: StoredManifest, policies = SIGNED) {
  registry.clearRequests();
  const judgement = await judgeImage({
    registry: { host: registry.host, reader: registry.reader },
    repository: REPOSITORY,
    digest: image.digest,
    policies,
    judge: createLocalJudge(createMaterialStore(() => ({ epoch: 1, roots: new Map() }))),
    clock: () => new Date(),
    looksLikeImage: true,
  });
  const verdict = judgement.kind === 'judged' ? judgement.verdict : undefined;
  return { outcome: verdict?.outcome, code: verdict?.code, requests: registry.requests.length };
}

describe('an image that is scanned every day for five years', () => {
  it('passes with few requests by a signature older than all scans, by the referrers API', async () => {
    const registry = createMemoryRegistry({ listingLimit: 20_000 });
    const image = putImage(registry);
    putBundle(registry, image, WORLD.signImageBundle(byAlice(image)), announcing(SIGN, 0));
    putScans(registry, image);
    const { outcome, requests } = await look(registry, image);
    expect(outcome).toBe('pass');
    expect(requests).toBe(4);
  });

  it('passes with few requests by the newest scan, where that is asked for', async () => {
    const registry = createMemoryRegistry({ listingLimit: 20_000 });
    const image = putImage(registry);
    putScans(registry, image);
    const { outcome, requests } = await look(registry, image, SCANNED);
    expect(outcome).toBe('pass');
    expect(requests).toBeLessThanOrEqual(FEW);
  });

  it.each(['first', 'last'] as const)(
    'passes with few requests by a fallback tag that tells neither kind nor time, where the signature is the %s',
    async (at) => {
      const registry = createMemoryRegistry({ referrersApi: false });
      const image = putImage(registry);
      const scans = putScans(registry, image);
      const signature = putBundle(registry, image, WORLD.signImageBundle(byAlice(image)), announcing(SIGN, 0));
      const all = at === 'first' ? [signature, ...scans] : [...scans, signature];
      putFallbackIndex(
        registry,
        image.digest,
        all.map((stored) => ({ ...stored, artifactType: OCI_EMPTY })),
      );
      const { outcome, requests } = await look(registry, image);
      expect(outcome).toBe('pass');
      expect(requests).toBeLessThanOrEqual(FEW);
    },
  );

  it('passes where such a list hides the signature in its middle: manifests tell what they hold, and scans are left', async () => {
    const registry = createMemoryRegistry({ referrersApi: false });
    const image = putImage(registry);
    const scans = putScans(registry, image);
    const signature = putBundle(registry, image, WORLD.signImageBundle(byAlice(image)), announcing(SIGN, 0));
    putFallbackIndex(registry, image.digest, scans.toSpliced(DAYS / 2, 0, signature));
    expect((await look(registry, image)).outcome).toBe('pass');
    expect(registry.requests.filter((line) => line.includes('blobs/')).length).toBeLessThanOrEqual(2);
  });

  it("passes with few requests by cosign's tags: a signature beside them, and the oldest of the attestations", async () => {
    const registry = createMemoryRegistry();
    const image = putImage(registry);
    putCosign(registry, image.digest, 'sig', [WORLD.cosignSignature(byAlice(image))]);
    const named = ({ bytes }: { bytes: Uint8Array }, predicateType: string) => ({
      bytes,
      annotations: { 'dev.cosignproject.cosign/signature': '', predicateType },
    });
    const sbom = named(WORLD.cosignAttestation({ ...byAlice(image), predicateType: SBOM }), SBOM);
    const scans = Array.from({ length: DAYS }, (_, day) => named(WORLD.cosignAttestation(scanned(image, day)), VULN));
    putCosign(registry, image.digest, 'att', [...scans.slice(0, DAYS / 2), sbom, ...scans.slice(DAYS / 2)]);
    for (const policies of [SIGNED, HAS_SBOM, SCANNED]) {
      const { outcome, requests } = await look(registry, image, policies);
      expect(outcome).toBe('pass');
      expect(requests).toBeLessThanOrEqual(FEW);
    }
  });

  it.each(['first', 'last'] as const)(
    'passes with few requests where thousands have signed beside the one who must, who was the %s',
    async (at) => {
      const registry = createMemoryRegistry();
      const image = putImage(registry);
      const other = { digest: image.digest, identity: { kind: 'key', key: SCANNER } } as const;
      const others = Array.from({ length: DAYS }, (_, n) => WORLD.cosignSignature({ ...other, optional: { n } }));
      const own = WORLD.cosignSignature(byAlice(image));
      putCosign(registry, image.digest, 'sig', at === 'first' ? [own, ...others] : [...others, own]);
      const { outcome, requests } = await look(registry, image);
      expect(outcome).toBe('pass');
      expect(requests).toBeLessThanOrEqual(FEW);
    },
  );

  it('is missing its signature, and not hostile, where nobody has signed it', async () => {
    const registry = createMemoryRegistry({ listingLimit: 20_000 });
    const image = putImage(registry);
    putScans(registry, image);
    expect(await look(registry, image)).toMatchObject({ outcome: 'fail-missing', code: 'SIGNATURE_MISSING' });
  });
});
