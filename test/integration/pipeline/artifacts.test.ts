import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import { DOCKER_MANIFEST, OCI_EMPTY, OCI_MANIFEST } from '../../../src/domain/manifest.ts';
import { putArtifact, putBundle, putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import type { MemoryRegistry, StoredManifest } from '../../support/memory-registry.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { ALICE, pushOf } from '../../support/pipeline/stories.ts';
import { fallbackTag, IMAGE_CONFIG, LAYER_TAR_GZIP } from '../../support/push-image.ts';
import { createSigstoreWorld } from '../../support/sigstore-world.ts';

const SIGSTORE = createSigstoreWorld();
const HELM = 'application/vnd.cncf.helm.config.v1+json';
const ALL = WITHOUT_GRACE.replace('grace: 0s', 'grace: 0s\n  artifacts: all');

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

let charts = 0;
function putChart(registry: MemoryRegistry, layerType = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip') {
  const config = {
    mediaType: HELM,
    bytes: JSON.stringify({ name: 'web', apiVersion: 'v2', version: `1.0.${++charts}` }),
  };
  return putArtifact(registry, { config, layers: [{ bytes: 'tgz', mediaType: layerType }] });
}

function putSbom(registry: MemoryRegistry): StoredManifest {
  const text = '{"spdxVersion":"SPDX-2.3"}';
  const diffIds = [digestOf(new TextEncoder().encode(text))];
  const bytes = JSON.stringify({ config: {}, rootfs: { type: 'layers', diff_ids: diffIds } });
  const layers = [{ bytes: text, mediaType: 'text/spdx+json' }];
  return putArtifact(registry, { config: { mediaType: IMAGE_CONFIG, bytes }, layers });
}

async function open(policy: string) {
  const scene = await openScene(db, { policy });
  const push = async (pushed: StoredManifest, tag: string | null = 'v1'): Promise<void> => {
    await scene.driver.deliver({ ...pushOf(pushed), tag });
    await scene.driver.untilQuiet();
  };
  const onRecord = async ({ digest }: StoredManifest) => {
    const { subjects } = await db.records.query.listSubjects({ limit: 100 });
    const found = subjects.find((subject) => subject.digest === digest);
    return {
      state: found?.state,
      type: found?.artifactType,
      outcome: found?.verdict?.verdict.outcome,
      mark: found?.mark,
    };
  };
  return { ...scene, registry: scene.world.registry, push, onRecord };
}

describe('what is no image', () => {
  it('is on record with its type, and neither marked nor told', async () => {
    const { registry, push, onRecord, puts, world } = await open(WITHOUT_GRACE);
    const [chart, sbom, image] = [putChart(registry), putSbom(registry), putImage(registry)];
    await push(chart);
    await push(sbom, `${fallbackTag(image.digest)}.sbom`);
    expect(await onRecord(chart)).toEqual({ state: 'artifact', type: HELM, outcome: undefined, mark: 'none' });
    expect(await onRecord(sbom)).toMatchObject({ state: 'artifact', type: 'text/spdx+json' });
    expect([puts(), world.sent.length]).toEqual([0, 0]);
  });

  it('is judged where a policy covers it: a chart that nobody signed is marked, one that is signed passes', async () => {
    const { registry, push, onRecord, markOf } = await open(ALL);
    const [bad, good] = [putChart(registry), putChart(registry)];
    const identity = { kind: 'key', key: ALICE } as const;
    putBundle(registry, good, SIGSTORE.signImageBundle({ digest: good.digest, identity }));
    await push(bad);
    await push(good);
    expect(await onRecord(bad)).toMatchObject({
      state: 'final',
      type: HELM,
      outcome: 'fail-missing',
      mark: 'quarantined',
    });
    expect(markOf(bad)).toBe(bad.digest);
    expect(await onRecord(good)).toMatchObject({ state: 'final', type: HELM, outcome: 'pass' });
  });

  it('is looked at again when policies change: judged when they cover it, released when they do not any more', async () => {
    const { registry, push, onRecord, pass, world, markOf } = await open(WITHOUT_GRACE);
    const chart = putChart(registry);
    await push(chart);
    world.setPolicy(ALL);
    await pass(60_000);
    expect(await onRecord(chart)).toMatchObject({ outcome: 'fail-missing', mark: 'quarantined' });
    world.setPolicy(WITHOUT_GRACE);
    await pass(60_000);
    expect(await onRecord(chart)).toMatchObject({ outcome: 'pass', type: HELM, mark: 'released' });
    expect(markOf(chart)).toBeUndefined();
  });
});

describe('P1: bytes that do not say what they are', () => {
  function putUntyped({ putBlob, putManifest }: MemoryRegistry, mediaType: string): StoredManifest {
    const config = { mediaType: OCI_EMPTY, ...putBlob('{}') };
    const layers = [{ mediaType: LAYER_TAR_GZIP, ...putBlob('one text file') }];
    const content = { schemaVersion: 2, artifactType: 'application/vnd.acme', config, layers };
    return putManifest(REPOSITORY, content, mediaType, 'v1');
  }

  it('are looked at again when they are pushed once more, as an image, right after', async () => {
    const { registry, push, onRecord, driver, pass } = await open(WITHOUT_GRACE);
    const artifact = putUntyped(registry, OCI_MANIFEST);
    await push(artifact);
    expect(await onRecord(artifact)).toMatchObject({ state: 'artifact' });
    await driver.deliver(pushOf(putUntyped(registry, DOCKER_MANIFEST), 'v1'));
    await pass(120_000);
    expect(await onRecord(artifact)).toMatchObject({ outcome: 'fail-missing', mark: 'quarantined' });
  });

  it('are looked at again when that happens while they are looked at', async () => {
    let strike: ((name: string) => Promise<void>) | undefined;
    const beforeCall = async (name: string) => strike?.(name);
    const { world, driver, pass, verdicts } = await openScene(db, { policy: WITHOUT_GRACE, beforeCall });
    const artifact = putUntyped(world.registry, OCI_MANIFEST);
    await driver.deliver(pushOf(artifact, 'v1'));
    strike = async (name) => {
      if (name !== 'judgements.conclude') return;
      strike = undefined;
      await world.start().receive([pushOf(putUntyped(world.registry, DOCKER_MANIFEST), 'v1')]);
    };
    await driver.untilQuiet();
    expect(await verdicts(artifact)).toMatchObject([{ state: 'artifact' }]);
    await pass(120_000);
    expect(await verdicts(artifact)).toMatchObject([{ outcome: 'fail-missing', mark: 'quarantined' }]);
  });
});

describe('E2, P1: an image that calls itself something else', () => {
  it('is marked like any other: a chart by its configuration, with a layer that runtimes unpack', async () => {
    const { registry, push, onRecord } = await open(WITHOUT_GRACE);
    const hidden = putChart(registry, LAYER_TAR_GZIP);
    await push(hidden);
    expect(await onRecord(hidden)).toEqual({
      state: 'final',
      type: null,
      outcome: 'fail-missing',
      mark: 'quarantined',
    });
  });

  it('is marked as a Docker manifest with a subject and an empty configuration, under a tag of evidence', async () => {
    const { registry, push, onRecord } = await open(WITHOUT_GRACE);
    const subject = putImage(registry);
    const layers = [{ bytes: 'one text file', mediaType: LAYER_TAR_GZIP }];
    const hidden = putArtifact(registry, { isDocker: true, subject, layers });
    await push(hidden, `${fallbackTag(subject.digest)}.sig`);
    expect(await onRecord(hidden)).toMatchObject({ outcome: 'fail-missing', mark: 'quarantined' });
  });
});
