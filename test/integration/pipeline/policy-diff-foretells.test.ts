import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rejudgeRecord } from '../../../src/cli/policy/rejudge-record.ts';
import { OCI_INDEX } from '../../../src/domain/manifest.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import { putArtifact, putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import type { StoredManifest } from '../../support/memory-registry.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { type PipelineWorld, POLICY } from '../../support/pipeline/pipeline-world.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { ALICE, MALLORY, pushOf, sign } from '../../support/pipeline/stories.ts';
import { IMAGE_CONFIG } from '../../support/push-image.ts';

const EACH = POLICY.replace('spec:\n', 'spec:\n  platforms: each\n');
const NOBODY = POLICY.replace('registry.example.com/acme', 'other.example/acme');
const HOUR = 3_600_000;

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

/** An image, and whether Alice signed it, a stranger did, or nobody. */
type Part = 'signed' | 'forged' | 'unsigned' | 'attestation';

const FAMILIES: Readonly<
  Record<string, { readonly index: Part; readonly parts: readonly Part[]; readonly tag?: true }>
> = {
  'all of it signed': { index: 'signed', parts: ['signed', 'signed'] },
  'the index alone signed': { index: 'signed', parts: ['unsigned', 'unsigned'] },
  'the index alone signed, and its images tagged': { index: 'signed', parts: ['unsigned', 'signed'], tag: true },
  'one image of a stranger': { index: 'signed', parts: ['signed', 'forged'] },
  'the images alone signed': { index: 'unsigned', parts: ['signed', 'unsigned'] },
  'nothing signed': { index: 'unsigned', parts: ['unsigned'] },
  'what BuildKit attests beside a signed image': { index: 'signed', parts: ['signed', 'attestation'] },
  'an index of a stranger with good images': { index: 'forged', parts: ['signed'], tag: true },
};

function put(world: PipelineWorld, part: Part, tag?: string): StoredManifest {
  const image =
    part === 'attestation'
      ? putArtifact(world.registry, {
          config: { mediaType: IMAGE_CONFIG },
          layers: [{ bytes: '{}', mediaType: 'application/vnd.in-toto+json' }],
        })
      : putImage(world.registry, tag === undefined ? {} : { tag });
  if (part === 'signed') sign(world, image, ALICE);
  if (part === 'forged') sign(world, image, MALLORY);
  return image;
}

function list(world: PipelineWorld, images: readonly StoredManifest[], parts: readonly Part[]): StoredManifest {
  const manifests = images.map(({ mediaType, digest, size }, at) => ({
    mediaType,
    digest,
    size,
    platform:
      parts[at] === 'attestation'
        ? { os: 'unknown', architecture: 'unknown' }
        : { os: 'linux', architecture: `cpu${at}` },
  }));
  return world.registry.putManifest(REPOSITORY, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX, 'v1');
}

async function outcomes(): Promise<Readonly<Record<string, string>>> {
  const { rows } = await db.pool.query(
    `SELECT s.digest, v.outcome FROM subjects s JOIN verdicts v ON v.subject_id = s.id AND v.is_current`,
  );
  return Object.fromEntries(rows.map(({ digest, outcome }) => [digest, outcome]));
}

/** What the record says an image would become, for all of them. */
async function foretold(policy: string, now: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const file = { file: 'next.yaml', text: policy };
  const next = parsePolicyDocuments([file], () => ALICE.pem, { trustNames: [], noMatch: 'alert' });
  const { changes } = await rejudgeRecord(db.records.query, next, {
    inForce: next,
    hostOf: () => 'registry.example.com',
  });
  const told = changes.map(({ digest, result }) => [
    digest,
    result.kind === 'flips' ? result.after.outcome : 'unknown',
  ]);
  return { ...now, ...Object.fromEntries(told) };
}

describe('`policy diff` foretells what the daemon then decides, without a request', () => {
  const changes = [
    ['each image is asked', POLICY, EACH],
    ['each image is asked no more', EACH, POLICY],
    ['nothing changes', POLICY, POLICY],
    ['nothing changes, and each image is asked', EACH, EACH],
    ['no policy covers it any more', EACH, NOBODY],
  ] as const;
  const cases = Object.entries(FAMILIES).flatMap(([name, family]) =>
    changes.map(([what, before, after]) => [name, what, { ...family, before, after }] as const),
  );

  it.each(cases)('%s: %s', async (_, __, { index: indexPart, parts, tag, before, after }) => {
    const { world, driver } = await openScene(db, { policy: before });
    const images = parts.map((part, at) => put(world, part, tag && `v1-${at}`));
    const index = list(world, images, parts);
    if (indexPart !== 'unsigned') sign(world, index, indexPart === 'signed' ? ALICE : MALLORY);
    for (const [at, image] of images.entries()) await driver.deliver(pushOf(image, tag ? `v1-${at}` : null));
    await driver.deliver(pushOf(index, 'v1'));
    await driver.untilQuiet();
    const settled = await outcomes();
    // What BuildKit attests is no image, and gets no verdict.
    expect(Object.keys(settled)).toHaveLength(parts.filter((part) => part !== 'attestation').length + 1);

    const asked = world.registry.requests.length;
    const expected = await foretold(after, settled);
    expect(world.registry.requests).toHaveLength(asked);

    world.setPolicy(after);
    world.advance(HOUR);
    await driver.untilQuiet();
    expect(await outcomes()).toEqual(expected);
  });
});
