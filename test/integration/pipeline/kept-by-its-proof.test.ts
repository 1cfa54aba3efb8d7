import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultError } from '../../../src/kit/errors.ts';
import { putCosign, putFallbackIndex, putImage, putIndex, REPOSITORY } from '../../support/memory-artifacts.ts';
import type { StoredManifest } from '../../support/memory-registry.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { POLICY } from '../../support/pipeline/pipeline-world.ts';
import { openScene, type Scene } from '../../support/pipeline/scene.ts';
import { ALICE, MALLORY, pushOf, sign } from '../../support/pipeline/stories.ts';
import { createSigstoreWorld } from '../../support/sigstore-world.ts';

const MINUTE = 60_000;
const SIGSTORE = createSigstoreWorld();
const EACH = POLICY.replace('signed by alice', 'signed by alice\n      platforms: each');

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

/** An image that passes by one bundle, in a registry where the list of referrers is a tag that anybody may move. */
async function passing(): Promise<Scene & { image: StoredManifest; proof: StoredManifest }> {
  const scene = await openScene(db, { registry: { referrersApi: false } });
  const { world, driver } = scene;
  const image = putImage(world.registry, { tag: 'v1' });
  const proof = sign(world, image);
  putFallbackIndex(world.registry, image.digest, [proof]);
  await driver.deliver(pushOf(image, 'v1'));
  await driver.drain();
  expect(await scene.verdicts()).toMatchObject([{ outcome: 'pass', final: true }]);
  return { ...scene, image, proof };
}

describe('P3: a pass is kept by what proved it', () => {
  it('where the list of its evidence is emptied and it is looked at again', async () => {
    const { world, image, pass, puts, verdicts } = await passing();
    putFallbackIndex(world.registry, image.digest, []);
    world.setTrustEpoch(2);
    await pass(5 * MINUTE, 20_000);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'pass', final: true }]);
    expect(puts()).toBe(0);
  });

  it('where the list is filled with the evidence of a stranger', async () => {
    const { world, driver, image, pass, puts, verdicts } = await passing();
    const forged = sign(world, image, MALLORY);
    const list = putFallbackIndex(world.registry, image.digest, [forged]);
    await driver.deliver(pushOf(forged));
    await driver.deliver(pushOf(list, `sha256-${image.digest.slice(7)}`));
    await pass(5 * MINUTE, 20_000);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'pass', final: true }]);
    expect(puts()).toBe(0);
  });

  it('while the registry does not say whether it has it', async () => {
    const { world, image, proof, pass, puts, verdicts } = await passing();
    putFallbackIndex(world.registry, image.digest, []);
    const silence = new FaultError('REGISTRY_UNREACHABLE', 'it is away', { retryable: true });
    world.registry.failOn(`manifests/${proof.digest}`, silence);
    world.setTrustEpoch(2);
    await pass(5 * MINUTE, 20_000);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'indeterminate', final: false }]);
    world.registry.failOn(`manifests/${proof.digest}`, undefined);
    await pass(60 * MINUTE, MINUTE);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'pass' }]);
    expect(puts()).toBe(0);
  });

  it('until the registry says that it is gone: then the grace runs anew, once', async () => {
    const { world, image, proof, pass, puts, verdicts } = await passing();
    await pass(10 * MINUTE, MINUTE);
    putFallbackIndex(world.registry, image.digest, []);
    world.registry.removeManifest(proof.digest);
    world.setTrustEpoch(2);
    await pass(40_000);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-missing', final: false }]);
    expect(puts()).toBe(0);
    await pass(2 * MINUTE);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-missing', final: true }]);
    expect(puts()).toBe(1);
  });

  it('and not by a key that no policy trusts any more', async () => {
    const { world, image, pass, puts, verdicts } = await passing();
    world.setPolicy(POLICY, MALLORY.pem);
    await pass(5 * MINUTE, 20_000);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-evidence', final: true }]);
    expect(puts(image)).toBe(1);
  });

  it('and not from a policy that it does not satisfy', async () => {
    const { world, image, pass, puts } = await passing();
    world.setPolicy(`${POLICY}    - name: has a bill of materials
      attestation: { type: "https://cyclonedx.org/bom", signer: { key: alice.pub } }
`);
    await pass(5 * MINUTE, 20_000);
    expect(puts(image)).toBe(1);
  });
});

/** An index of which each image passes by a bundle of its own, as the policy asks. */
async function passingByItsImages() {
  const scene = await openScene(db, { registry: { referrersApi: false }, policy: EACH });
  const { world, driver } = scene;
  const images = [putImage(world.registry), putImage(world.registry)] as const;
  const proofs = images.map((image) => {
    const proof = sign(world, image);
    putFallbackIndex(world.registry, image.digest, [proof]);
    return proof;
  });
  const index = putIndex(world.registry, images, 'v1');
  await driver.deliver(pushOf(index, 'v1'));
  await driver.drain();
  expect(await scene.verdicts(index)).toMatchObject([{ outcome: 'pass', final: true }]);
  return { ...scene, index, images, proofs };
}

describe('An index that passes by each of its images is kept by what proved them', () => {
  it('where the lists of their evidence are emptied', async () => {
    const { world, index, images, pass, puts, verdicts } = await passingByItsImages();
    for (const { digest } of images) putFallbackIndex(world.registry, digest, []);
    world.setTrustEpoch(2);
    await pass(5 * MINUTE, 20_000);
    expect(await verdicts(index)).toMatchObject([{ outcome: 'pass', final: true }]);
    expect(puts()).toBe(0);
  });

  it.each(['REGISTRY_UNAUTHORIZED', 'REGISTRY_DENIED', 'REGISTRY_ERROR', 'REGISTRY_TIMEOUT'] as const)(
    'while the registry answers %s for one of them',
    async (code) => {
      const { world, index, images, proofs, pass, puts, verdicts } = await passingByItsImages();
      for (const { digest } of images) putFallbackIndex(world.registry, digest, []);
      world.registry.failOn(`manifests/${proofs[1]?.digest}`, new FaultError(code, 'it is away', { retryable: true }));
      world.setTrustEpoch(2);
      await pass(5 * MINUTE, 20_000);
      expect(await verdicts(index)).toMatchObject([{ outcome: 'indeterminate', final: false }]);
      expect(puts()).toBe(0);
    },
  );

  it('until the registry says that one is gone: then the grace runs anew, once', async () => {
    const { world, index, images, proofs, pass, puts, verdicts } = await passingByItsImages();
    await pass(10 * MINUTE, MINUTE);
    const [image] = images;
    const [proof] = proofs;
    if (proof === undefined) throw new Error('there are two');
    putFallbackIndex(world.registry, image.digest, []);
    world.registry.removeManifest(proof.digest);
    world.setTrustEpoch(2);
    await pass(40_000);
    expect(await verdicts(index)).toMatchObject([{ outcome: 'fail-missing', final: false }]);
    expect(puts(index)).toBe(0);
    await pass(2 * MINUTE);
    expect(await verdicts(index)).toMatchObject([{ outcome: 'fail-missing', final: true }]);
    expect(puts(index)).toBe(1);
  });
});

describe('P3: that evidence was overwritten', () => {
  const tagOf = ({ digest }: StoredManifest) => `sha256-${digest.slice(7)}`;
  const reasonsOf = ({ world }: Scene) =>
    world.sent
      .filter(({ announcement: { kind } }) => kind === 'evidence-hidden')
      .map((sent) => sent.announcement.reason);
  const onRecord = async () => {
    const { rows } = await db.pool.query('SELECT hidden_evidence FROM subjects WHERE hidden_evidence <> $1', ['[]']);
    return rows.flatMap((row) => row.hidden_evidence);
  };
  const lookAgain = async ({ world, pass }: Scene, epoch: number) => {
    world.setTrustEpoch(epoch);
    await pass(MINUTE, 20_000);
  };
  /** An image that passes by cosign's signature under its tag. */
  async function passingByTag() {
    const scene = await openScene(db);
    const { world, driver } = scene;
    const image = putImage(world.registry, { tag: 'v1' });
    const signed = SIGSTORE.cosignSignature({ digest: image.digest, identity: { kind: 'key', key: ALICE } });
    putCosign(world.registry, image.digest, 'sig', [signed]);
    await driver.deliver(pushOf(image, 'v1'));
    await driver.drain();
    expect(await scene.verdicts(image)).toMatchObject([{ outcome: 'pass', final: true }]);
    return { ...scene, image, signed };
  }

  it('is told once, with who did it, and stands on record while it lasts', async () => {
    const scene = await passing();
    const { world, driver, image, verdicts, pass } = scene;
    const forged = sign(world, image, MALLORY);
    const list = putFallbackIndex(world.registry, image.digest, [forged]);
    await driver.deliver({ ...pushOf(list, tagOf(image)), actor: 'mallory' });
    await pass(MINUTE, 20_000);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'pass', final: true }]);
    await lookAgain(scene, 2);
    await lookAgain(scene, 3);
    expect(reasonsOf(scene)).toEqual([
      `The tag ${tagOf(image)}, which held what proved this image, was overwritten and now leads to ${list.digest}, by mallory as the registry's event says. What is on record is still there and still proves it, so it passes.`,
    ]);
    const there = {
      about: image.digest,
      tag: tagOf(image),
      now: list.digest,
      by: 'mallory',
      since: expect.any(String),
    };
    expect(await onRecord()).toEqual([there]);
    putFallbackIndex(world.registry, image.digest, [scene.proof]);
    await lookAgain(scene, 4);
    expect(await onRecord()).toEqual([]);
  });

  it('is told once an hour at most, however often it is put back and overwritten again', async () => {
    const scene = await passing();
    const { world, image, proof, told, pass } = scene;
    for (let round = 0; round < 3; round++) {
      putFallbackIndex(world.registry, image.digest, []);
      await lookAgain(scene, 2 * round + 2);
      putFallbackIndex(world.registry, image.digest, [proof]);
      await lookAgain(scene, 2 * round + 3);
    }
    expect(told('evidence-hidden', image)).toBe(1);
    await pass(60 * MINUTE, 10 * MINUTE);
    putFallbackIndex(world.registry, image.digest, []);
    await lookAgain(scene, 20);
    expect(told('evidence-hidden', image)).toBe(2);
  });

  it("is nobody's news where what lies there now proves the image as well", async () => {
    const scene = await passing();
    const { world, image, told } = scene;
    putFallbackIndex(world.registry, image.digest, [sign(world, image)]);
    await lookAgain(scene, 2);
    expect([told('evidence-hidden'), await onRecord()]).toEqual([0, []]);
  });

  it('is not said while the registry does not answer for the place', async () => {
    const scene = await passing();
    const { world, image, told, verdicts } = scene;
    const silence = new FaultError('REGISTRY_TIMEOUT', 'it is away', { retryable: true });
    world.registry.failOn(`manifests/${tagOf(image)}`, silence);
    await lookAgain(scene, 2);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'pass', final: true }]);
    expect(told('evidence-hidden')).toBe(0);
  });

  it('keeps no verdict from being told where the place never answers', async () => {
    const scene = await passing();
    scene.world.registry.hangOn(`manifests/${tagOf(scene.image)}`);
    await lookAgain(scene, 2);
    expect(await scene.verdicts(scene.image)).toMatchObject([{ outcome: 'pass', final: true }]);
  });

  it.each(['overwritten', 'removed'])('is told of a tag of cosign that was %s', async (how) => {
    const scene = await passingByTag();
    const { world, image } = scene;
    const forged = SIGSTORE.cosignSignature({ digest: image.digest, identity: { kind: 'key', key: MALLORY } });
    const tag = `${tagOf(image)}.sig`;
    if (how === 'removed') world.registry.removeTag(REPOSITORY, tag);
    else putCosign(world.registry, image.digest, 'sig', [forged]);
    await lookAgain(scene, 2);
    const words = how === 'removed' ? 'is gone' : 'was overwritten and now leads to';
    expect(reasonsOf(scene)).toEqual([
      expect.stringContaining(`The tag ${tag}, which held what proved this image, ${words}`),
    ]);
    expect(await scene.verdicts(image)).toMatchObject([{ outcome: 'pass', final: true }]);
  });

  it('is told at once where an image is pushed under the tag', async () => {
    const { world, driver, image, told, pass } = await passingByTag();
    const tag = `${tagOf(image)}.sig`;
    await driver.deliver(pushOf(putImage(world.registry, { tag }), tag));
    await pass(MINUTE, 20_000);
    expect(told('evidence-hidden', image)).toBe(1);
  });

  it('is not said of a tag to which another signature was added', async () => {
    const scene = await passingByTag();
    const { world, image, signed, told } = scene;
    const added = SIGSTORE.cosignSignature({ digest: image.digest, identity: { kind: 'key', key: MALLORY } });
    putCosign(world.registry, image.digest, 'sig', [signed, added]);
    await lookAgain(scene, 2);
    expect(told('evidence-hidden')).toBe(0);
  });

  it('is told of an image in an index', async () => {
    const scene = await passingByItsImages();
    const { world, index, images, told } = scene;
    putFallbackIndex(world.registry, images[1].digest, []);
    await lookAgain(scene, 2);
    expect(told('evidence-hidden', index)).toBe(1);
    expect(reasonsOf(scene)[0]).toContain(`held what proved the image ${images[1].digest} in it`);
  });
});

describe('What is known of evidence', () => {
  const known = async () =>
    (await db.pool.query('SELECT manifest, counted FROM known_evidence ORDER BY counted DESC, manifest')).rows;

  it('counts no longer once other evidence proves the pass', async () => {
    const { world, image, proof, pass } = await passing();
    const renewed = sign(world, image);
    putFallbackIndex(world.registry, image.digest, [renewed]);
    world.registry.removeManifest(proof.digest);
    world.setTrustEpoch(2);
    await pass(MINUTE, 20_000);
    expect(await known()).toEqual([{ manifest: renewed.digest, counted: true }]);
  });

  it('is bounded for each image, whatever is announced', async () => {
    const { world, driver, image, proof, pass } = await passing();
    for (let n = 0; n < 70; n++) await driver.deliver(pushOf(sign(world, image, MALLORY)));
    await pass(MINUTE, 20_000);
    const rows = await known();
    expect(rows).toHaveLength(64);
    expect(rows[0]).toEqual({ manifest: proof.digest, counted: true });
  });

  it('is forgotten with the image, and what an index has noted of its images with the index', async () => {
    const { index } = await passingByItsImages();
    expect(await known()).toHaveLength(2);
    await db.pool.query('DELETE FROM subjects WHERE digest = $1', [index.digest]);
    expect(await known()).toEqual([]);
  });
});

it('Evidence that only its own event knows is read by its digest', async () => {
  const { world, driver, pass, puts, verdicts } = await openScene(db, { registry: { referrersApi: false } });
  const image = putImage(world.registry, { tag: 'v1' });
  await driver.deliver(pushOf(image, 'v1'));
  await driver.drain();
  // Of two signers at once the one who writes the list last takes the other out of it.
  const lost = sign(world, image);
  const listed = sign(world, image, MALLORY);
  putFallbackIndex(world.registry, image.digest, [listed]);
  await driver.deliver(pushOf(lost));
  await driver.deliver(pushOf(listed));
  await pass(5 * MINUTE, 20_000);
  expect(await verdicts(image)).toMatchObject([{ outcome: 'pass', final: true }]);
  expect(puts()).toBe(0);
});

it('Evidence whose event comes before that of its image is read by its digest', async () => {
  const { world, driver, pass, verdicts } = await openScene(db, { registry: { referrersApi: false } });
  const image = putImage(world.registry, { tag: 'v1' });
  await driver.deliver(pushOf(sign(world, image)));
  await driver.drain();
  await driver.deliver(pushOf(image, 'v1'));
  await pass(MINUTE, 20_000);
  expect(await verdicts(image)).toMatchObject([{ outcome: 'pass', final: true }]);
});
