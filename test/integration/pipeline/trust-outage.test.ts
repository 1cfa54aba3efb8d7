import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { createTrustRoots } from '../../../src/trust/create-trust-roots.ts';
import { parseTrustRoot } from '../../../src/verification/check/parse-trust-root.ts';
import { putBundle, putImage } from '../../support/memory-artifacts.ts';
import type { StoredManifest } from '../../support/memory-registry.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { pushOf } from '../../support/pipeline/stories.ts';
import { createSigstoreWorld, GITHUB_ISSUER } from '../../support/sigstore-world.ts';
import { makeTempDir } from '../../support/temp-dir.ts';
import { createTufRepository, startTufMirror } from '../../support/tuf-repository.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const POLICY = `
apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: acme }
spec:
  images: ["registry.example.com/acme/**"]
  grace: 1m
  require:
    - name: signed by our workflow
      signature:
        signer: { trust: acme, issuer: "${GITHUB_ISSUER}", subject: { pattern: 'https://github\\.com/acme/app/.*' } }
`;

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

/** A pipeline whose trust root is kept by TUF, on its clock. */
async function openTrustedScene() {
  const sigstore = createSigstoreWorld();
  const repository = createTufRepository();
  const mirror = await startTufMirror(repository.publish(sigstore.trustedRoot));
  onTestFinished(() => mirror.stop());
  const dir = await makeTempDir('trust-outage');
  onTestFinished(() => dir.remove());
  const rootFile = join(dir.path, 'root.json');
  await writeFile(rootFile, repository.pinnedRoot);
  let clock = (): Date => new Date();
  const began = Date.now();
  let wrongBy = 0;
  const roots = await createTrustRoots({
    trust: [
      {
        name: 'acme',
        origin: { kind: 'tuf', url: mirror.url, rootFile, target: 'trusted_root.json' },
        thresholds: { log: 1, sct: 1, time: 1 },
      },
    ],
    check: parseTrustRoot,
    clock: () => clock(),
    // A watch goes on as it did when the clock is set.
    elapsedMs: () => clock().getTime() - began - wrongBy,
  });
  const scene = await openScene(db, { policy: POLICY, trust: () => roots.current() });
  scene.world.setClock(new Date());
  clock = scene.world.now;
  const signed = (): StoredManifest => {
    const image = putImage(scene.world.registry, { tag: 'v1' });
    const bundle = sigstore.signImageBundle({ digest: image.digest, identity: sigstore.mintGithub() });
    putBundle(scene.world.registry, image, bundle);
    return image;
  };
  const setWrong = (ms: number): void => {
    scene.world.advance(ms - wrongBy);
    wrongBy = ms;
  };
  /** Lets time pass, for the mirror too, and asks it. */
  const refreshAfter = async (ms: number): Promise<void> => {
    scene.world.advance(ms);
    mirror.setDate(scene.world.now());
    await roots.refresh();
  };
  return { ...scene, roots, repository, mirror, sigstore, signed, setWrong, refreshAfter };
}

it('D2: a repository of trust roots that is away for eight days: while its last state holds, images are judged by it; after that none is, and none is written to', async () => {
  const scene = await openTrustedScene();
  const { world, driver, pass, puts, told, verdicts, repository, mirror, sigstore, signed, refreshAfter } = scene;
  await refreshAfter(0);
  mirror.trouble(503);
  await refreshAfter(5 * DAY);
  const [good, bad] = [signed(), putImage(world.registry, { tag: 'v2' })];
  for (const image of [good, bad]) await driver.deliver(pushOf(image, 'v1'));
  await driver.drain();
  await pass(2 * MINUTE);
  expect(await verdicts(good)).toMatchObject([{ outcome: 'pass', final: true }]);
  expect(await verdicts(bad)).toMatchObject([{ outcome: 'fail-missing', final: true }]);
  expect([puts(), puts(bad), told('failed')]).toEqual([1, 1, 1]);

  await refreshAfter(3 * DAY);
  const [lateGood, lateBad] = [signed(), putImage(world.registry, { tag: 'v3' })];
  for (const image of [lateGood, lateBad]) await driver.deliver(pushOf(image, 'v1'));
  await driver.drain();
  await pass(30 * MINUTE, 30_000);
  for (const image of [lateGood, lateBad]) {
    expect(await verdicts(image)).toMatchObject([{ outcome: 'indeterminate', final: false, mark: 'none' }]);
  }
  expect([puts(), told('failed'), told('cannot-verify')]).toEqual([1, 1, 1]);

  mirror.trouble(undefined);
  mirror.serve(repository.publish(sigstore.trustedRoot, { expires: new Date(world.now().getTime() + 7 * DAY) }));
  await refreshAfter(0);
  await pass(15 * MINUTE);
  expect(await verdicts(lateGood)).toMatchObject([{ outcome: 'pass', final: true, mark: 'none' }]);
  expect(await verdicts(lateBad)).toMatchObject([{ outcome: 'fail-missing', final: true, mark: 'quarantined' }]);
  expect([puts(), puts(lateBad), told('failed')]).toEqual([2, 1, 2]);
});

it('D4: while the clock is wrong no evidence is too old or too new: nothing is decided, and then all is', async () => {
  const { world, driver, pass, puts, told, verdicts, signed, setWrong, refreshAfter } = await openTrustedScene();
  world.setPolicy(POLICY.replace('      signature:', '      signature:\n        maxAge: 30d'));
  await refreshAfter(0);
  for (const ms of [400 * DAY, -400 * DAY, 60 * MINUTE, -60 * MINUTE]) {
    setWrong(ms);
    const good = signed();
    await driver.deliver(pushOf(good, 'v1'));
    await driver.drain();
    await pass(2 * MINUTE);
    expect(await verdicts(good)).toMatchObject([{ outcome: 'indeterminate', final: false }]);
    setWrong(0);
    await pass(15 * MINUTE);
    expect(await verdicts(good)).toMatchObject([{ outcome: 'pass', final: true, mark: 'none' }]);
  }
  expect([puts(), told('failed')]).toEqual([0, 0]);
});
