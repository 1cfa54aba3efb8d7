import assert from 'node:assert/strict';
import { digestOf } from '../../../src/domain/digest.ts';
import type { Evidence } from '../../../src/domain/evidence.ts';
import type { JsonObject } from '../../../src/kit/json.ts';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import { parseBundle } from '../../../src/verification/read/parse-bundle.ts';
import { parseDer } from '../../../src/verification/x509/parse-der.ts';
import { findTlv } from '../../../src/verification/x509/parse-tlv.ts';
import { realBundles, realRoot } from '../../unit/verification/real-bundles.ts';
import { readOrRefuse } from '../expect-error.ts';
import { createGenuineCheck } from '../expect-genuine.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const WANTED = ['npm-provenance-slsa1-rekor1', 'slsa1-rekor2-tsa-staging', 'message-rekor2-tsa-staging'];
const real = realBundles().filter(({ name }) => WANTED.includes(name));
const staged = real.find(({ name }) => name === 'slsa1-rekor2-tsa-staging');
assert.ok(staged !== undefined);
const { subject, bytes: stagedBytes } = staged;
const materials = [createTrustMaterial(realRoot('staging'))];
const checkBundle = createGenuineCheck({
  materials,
  subject,
  recorded: real.map(({ bytes }) => bundle(bytes)),
});

function bundle(bytes: Uint8Array): Evidence {
  return { kind: 'bundle', digest: digestOf(bytes), place: 'referrer', bytes };
}

/** The staged bundle with this value in the place of the one that is there. */
function withValue(path: readonly (string | number)[], value: string): Evidence {
  const root = JSON.parse(stagedBytes.toString('utf8')) as JsonObject;
  let holder: unknown = root;
  for (const step of path.slice(0, -1)) holder = (holder as Record<string | number, unknown>)[step];
  (holder as Record<string | number, unknown>)[path.at(-1) ?? ''] = value;
  return bundle(Buffer.from(JSON.stringify(root)));
}

const MATERIAL = 'verificationMaterial';
const CERTIFICATE = [MATERIAL, 'certificate', 'rawBytes'] as const;
const TIMESTAMP = [MATERIAL, 'timestampVerificationData', 'rfc3161Timestamps', 0, 'signedTimestamp'] as const;

function bytesAt(path: readonly (string | number)[]): Buffer {
  let value: unknown = JSON.parse(stagedBytes.toString('utf8'));
  for (const step of path) value = (value as Record<string | number, unknown>)[step];
  assert.ok(typeof value === 'string', `the staged bundle has no ${path.join('.')}`);
  return Buffer.from(value, 'base64');
}

const ders = [bytesAt(CERTIFICATE), bytesAt(TIMESTAMP)];

export const targets: readonly FuzzTarget[] = [
  {
    name: 'bundle',
    shape: 'json',
    seeds: real.map(({ bytes }) => bytes),
    run(input) {
      readOrRefuse(() => parseBundle(input));
      checkBundle(bundle(input));
    },
  },
  {
    name: 'certificate',
    shape: 'der',
    seeds: [bytesAt(CERTIFICATE)],
    run: (input) => checkBundle(withValue(CERTIFICATE, input.toString('base64'))),
  },
  {
    name: 'timestamp',
    shape: 'der',
    seeds: [bytesAt(TIMESTAMP)],
    run: (input) => checkBundle(withValue(TIMESTAMP, input.toString('base64'))),
  },
  {
    name: 'der',
    shape: 'der',
    seeds: ders,
    run(input) {
      let end: number | undefined;
      try {
        const tree = parseDer(input);
        end = findTlv(input, 0)?.end;
        assert.ok(tree.toDER().equals(input), 'what was read is written as it was');
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
      assert.ok(end === undefined || end === input.length, 'nothing lies behind it');
    },
  },
];
