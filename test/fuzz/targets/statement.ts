import { digestOf } from '../../../src/domain/digest.ts';
import { isJsonObject } from '../../../src/kit/json.ts';
import { parseSlsaProvenance } from '../../../src/policy/provenance/parse-provenance.ts';
import { parsePayloadJson } from '../../../src/verification/read/parse-payload-json.ts';
import { parseStatement } from '../../../src/verification/read/parse-statement.ts';
import { readRecordings } from '../../support/cosign/recording.ts';
import { realBundles } from '../../unit/verification/real-bundles.ts';
import { assertShort, readOrRefuse } from '../expect-error.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const DIGEST = digestOf(Buffer.from('an image'));
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
const BUILD_TYPES = [
  'https://actions.github.io/buildtypes/workflow/v1',
  'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
  'https://tekton.dev/chains/v2/slsa',
  'https://mobyproject.org/buildkit@v1',
  'https://cloud.google.com/build/gcb-buildtypes/google-worker/v1',
  'https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/PROVENANCE.md',
  'https://slsa.dev/provenance/v1',
  'https://slsa.dev/provenance/v0.2',
];

/** In-toto statements, real ones, about the image above. */
function seeds(): readonly Buffer[] {
  const envelopes = [
    ...realBundles().map(({ bytes }) => bytes.toString('utf8')),
    ...readRecordings().flatMap(({ name, blobs }) => (name.startsWith('attest-slsa') ? blobs : [])),
  ];
  return envelopes.flatMap((text) => {
    const envelope = JSON.parse(text) as { payload?: string; dsseEnvelope?: { payload: string } };
    const payload = envelope.dsseEnvelope?.payload ?? envelope.payload;
    if (payload === undefined) return [];
    const statement = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as Record<string, unknown>;
    const about = [{ name: 'image', digest: { sha256: DIGEST.slice('sha256:'.length) } }];
    return [Buffer.from(JSON.stringify({ ...statement, subject: about }))];
  });
}

export const targets: readonly FuzzTarget[] = [
  {
    name: 'statement',
    shape: 'json',
    seeds: seeds(),
    words: BUILD_TYPES,
    run(input) {
      const json = parsePayloadJson(input);
      const read = readOrRefuse(() =>
        parseStatement({ kind: 'envelope', payload: input, payloadType: PAYLOAD_TYPE, json }, DIGEST),
      );
      if (read === undefined || !isJsonObject(read.statement.predicate)) return;
      const { predicateType, predicate } = read.statement;
      const reading = parseSlsaProvenance(predicateType, predicate, {});
      if (!reading.ok) assertShort(reading.why);
    },
  },
];
