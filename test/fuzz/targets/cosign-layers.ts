import assert from 'node:assert/strict';
import { digestOf } from '../../../src/domain/digest.ts';
import type { Evidence } from '../../../src/domain/evidence.ts';
import { isJsonObject } from '../../../src/kit/json.ts';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import { parseCosignAttestation, parseCosignSignature } from '../../../src/verification/read/parse-cosign-layer.ts';
import { readRecordedWorld, readRecordings } from '../../support/cosign/recording.ts';
import { readOrRefuse } from '../expect-error.ts';
import { createGenuineCheck } from '../expect-genuine.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

/** A layer of cosign's format before bundles, as one JSON text: what is signed, and the annotations beside it. */
interface Layer {
  readonly payload: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const READERS = { 'cosign-signature': parseCosignSignature, 'cosign-attestation': parseCosignAttestation } as const;

export const targets: readonly FuzzTarget[] = [
  targetOf('cosign-signature', ['keyless-github-rekor1-tsa-sig', 'key-p256-rekor1-sig']),
  targetOf('cosign-attestation', ['attest-keyless-rekor1-tsa-att', 'attest-key-rekor1-att']),
];

function targetOf(kind: keyof typeof READERS, names: readonly string[]): FuzzTarget {
  const recordings = readRecordings().filter(({ name }) => names.includes(name));
  const layers = recordings.flatMap(({ manifests, blobs }) =>
    manifests.flatMap(({ text }) =>
      layersOf(text, blobs).filter(({ annotations }) => Object.keys(annotations).length > 0),
    ),
  );
  const digest = recordings[0]?.questions[0]?.image;
  assert.ok(digest !== undefined && layers.length > 0, `no layer in ${names.join(', ')}`);
  const root = { name: 'acme', document: readRecordedWorld().trustedRoot, thresholds: { log: 1, sct: 1, time: 1 } };
  const check = createGenuineCheck({
    materials: [createTrustMaterial(root)],
    subject: { digest },
    recorded: layers.map((layer) => evidenceOf(kind, layer)),
  });
  return {
    name: kind,
    shape: 'json',
    seeds: layers.map((layer) => Buffer.from(JSON.stringify(layer))),
    run(input) {
      const layer = readLayer(input);
      if (layer === undefined) return;
      readOrRefuse(() => READERS[kind](Buffer.from(layer.payload), layer.annotations));
      check(evidenceOf(kind, layer));
    },
  };
}

function layersOf(manifest: string, blobs: readonly string[]): readonly Layer[] {
  const { layers = [] } = JSON.parse(manifest) as {
    layers?: readonly { digest: string; annotations?: Record<string, string> }[];
  };
  return layers.flatMap(({ digest, annotations = {} }) => {
    const payload = blobs.find((blob) => digestOf(Buffer.from(blob)) === digest);
    return payload === undefined ? [] : [{ payload, annotations }];
  });
}

function evidenceOf(kind: keyof typeof READERS, { payload, annotations }: Layer): Evidence {
  const bytes = Buffer.from(payload);
  const place = kind === 'cosign-signature' ? 'signature-tag' : 'attestation-tag';
  return { kind, digest: digestOf(bytes), place, bytes, annotations };
}

/** What the fuzzer made of a layer, where it is one still. */
function readLayer(input: Buffer): Layer | undefined {
  try {
    const value = JSON.parse(input.toString('utf8')) as unknown;
    if (!isJsonObject(value)) return undefined;
    const { payload, annotations } = value;
    if (typeof payload !== 'string' || !isJsonObject(annotations)) return undefined;
    const texts = Object.entries(annotations).filter(([, text]) => typeof text === 'string');
    return { payload, annotations: Object.fromEntries(texts) as Record<string, string> };
  } catch {
    return undefined;
  }
}
