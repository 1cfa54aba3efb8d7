import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultError } from '../../../src/kit/errors.ts';
import { putFallbackIndex, putImage } from '../../support/memory-artifacts.ts';
import type { StoredManifest } from '../../support/memory-registry.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { POLICY } from '../../support/pipeline/pipeline-world.ts';
import { openScene, type Scene } from '../../support/pipeline/scene.ts';
import { MALLORY, pushOf, sign } from '../../support/pipeline/stories.ts';

const MINUTE = 60_000;

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

  it('and not from a policy that it does not satisfy', async () => {
    const { world, image, pass, puts } = await passing();
    world.setPolicy(`${POLICY}    - name: has a bill of materials
      attestation: { type: "https://cyclonedx.org/bom", signer: { key: alice.pub } }
`);
    await pass(5 * MINUTE, 20_000);
    expect(puts(image)).toBe(1);
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
