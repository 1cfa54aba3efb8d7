import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RegistryEvent } from '../../../src/domain/registry-event.ts';
import { putBundle, putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import type { StoredManifest } from '../../support/memory-registry.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { createPipelineWorld } from '../../support/pipeline/pipeline-world.ts';
import { createDriver } from '../../support/pipeline/run-to-quiet.ts';
import { ALICE, MALLORY, pushOf } from '../../support/pipeline/stories.ts';
import { createSigstoreWorld } from '../../support/sigstore-world.ts';

const SIGSTORE = createSigstoreWorld();
const SIGNATURES = 'acme/signatures';
const POLICY = `
apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: acme }
spec:
  images: ["registry.example.com/acme/app", "registry.example.com/acme/copy"]
  grace: 1m
  evidence: { repositories: [registry.example.com/${SIGNATURES}] }
  require: [{ name: signed by alice, signature: { signer: { key: alice.pub } } }]
---
apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: plain }
spec:
  images: ["registry.example.com/acme/plain"]
  grace: 1m
  require: [{ name: signed by alice, signature: { signer: { key: alice.pub } } }]
`;

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

/** A daemon whose configuration covers everything but the repository of signatures. */
async function begin() {
  await db.empty();
  const covers = (repository: string): boolean => repository !== SIGNATURES;
  const world = createPipelineWorld({ records: db.records, key: ALICE.pem, policy: POLICY, covers });
  const driver = createDriver(world, db.pool);
  const push = async (pushed: StoredManifest, repository: string): Promise<void> => {
    const event: RegistryEvent = { ...pushOf(pushed), repository };
    await driver.deliver(event);
    await driver.drain();
  };
  const sign = (image: StoredManifest, key = ALICE, repository = SIGNATURES): StoredManifest =>
    putBundle(
      world.registry,
      image,
      SIGSTORE.signImageBundle({ digest: image.digest, identity: { kind: 'key', key } }),
      {
        repository,
      },
    );
  /** What is on record about each repository. */
  const record = async () => {
    const { subjects } = await db.records.query.listSubjects({ limit: 100 });
    return Object.fromEntries(
      subjects.map(({ repository, state, verdict }) => [
        repository,
        `${state} ${verdict?.verdict.outcome ?? ''}`.trim(),
      ]),
    );
  };
  return { world, driver, push, sign, record };
}

describe('a push of evidence into a repository that a policy names', () => {
  it('has the image looked at again at once, in every repository that the policy covers, and in no other', async () => {
    const { world, push, sign, record } = await begin();
    const image = putImage(world.registry);
    for (const repository of ['acme/copy', 'acme/plain']) {
      world.registry.putManifest(repository, image.bytes, image.mediaType);
    }
    for (const repository of [REPOSITORY, 'acme/copy', 'acme/plain']) await push(image, repository);
    const missing = 'waiting fail-missing';
    expect(await record()).toEqual({ 'acme/app': missing, 'acme/copy': missing, 'acme/plain': missing });
    world.registry.clearRequests();
    await push(sign(image), SIGNATURES);
    expect(await record()).toEqual({
      'acme/app': 'final pass',
      'acme/copy': 'final pass',
      'acme/plain': missing,
      [SIGNATURES]: 'evidence',
    });
    expect(world.registry.requests.some((line) => line.includes('acme/plain'))).toBe(false);
  });

  it('releases an image that was quarantined because its signature came too late', async () => {
    const { world, driver, push, sign, record } = await begin();
    const image = putImage(world.registry);
    await push(image, REPOSITORY);
    await driver.untilQuiet();
    expect(await record()).toEqual({ 'acme/app': 'final fail-missing' });
    expect(Object.keys(world.registry.tags(REPOSITORY))).toHaveLength(1);
    await push(sign(image), SIGNATURES);
    await driver.untilQuiet();
    expect(await record()).toEqual({ 'acme/app': 'final pass', [SIGNATURES]: 'evidence' });
    expect(world.registry.tags(REPOSITORY)).toEqual({});
  });

  it("attack: a stranger's evidence there is looked at, and an image that passes goes on passing", async () => {
    const { world, push, sign, record } = await begin();
    const [good, bad] = [putImage(world.registry), putImage(world.registry)];
    sign(good);
    await push(good, REPOSITORY);
    await push(sign(good, MALLORY), SIGNATURES);
    expect(await record()).toEqual({ 'acme/app': 'final pass', [SIGNATURES]: 'evidence' });
    await push(bad, REPOSITORY);
    await push(sign(bad, MALLORY), SIGNATURES);
    const { subjects } = await db.records.query.listSubjects({ limit: 100, repository: REPOSITORY });
    expect(subjects.map(({ verdict }) => verdict?.verdict.outcome).toSorted()).toEqual(['fail-evidence', 'pass']);
  });
});

describe('what else is pushed into a repository that only policies name', () => {
  it('is not judged: nobody looks after the images in it', async () => {
    const { world, driver, push, record } = await begin();
    const image = putImage(world.registry, { repository: SIGNATURES });
    await push(image, SIGNATURES);
    await driver.untilQuiet();
    expect(await record()).toEqual({ [SIGNATURES]: 'gone' });
    expect(world.sent).toEqual([]);
    expect(world.registry.tags(SIGNATURES)).toEqual({});
  });
});
