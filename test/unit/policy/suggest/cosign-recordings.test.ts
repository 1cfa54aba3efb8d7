import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSampleKeys } from '../../../../src/cli/policy/read-sample-keys.ts';
import { renderSuggestion } from '../../../../src/cli/policy/render-suggestion.ts';
import { takeSample } from '../../../../src/cli/policy/take-sample.ts';
import type { PolicyKey } from '../../../../src/domain/policy.ts';
import { judge } from '../../../../src/policy/judge/judge.ts';
import { parsePolicyDocuments } from '../../../../src/policy/read/parse-policy-documents.ts';
import { suggestPolicy } from '../../../../src/policy/suggest/suggest-policy.ts';
import { createKeyMaterial } from '../../../../src/verification/check/key-material.ts';
import { createTrustMaterial } from '../../../../src/verification/check/trust-material.ts';
import {
  REPLAY_HOST,
  type Recording,
  readRecordedWorld,
  readRecordings,
  replay,
} from '../../../support/cosign/recording.ts';
import { makeTempDir } from '../../../support/temp-dir.ts';
import { DIFFERENCES } from '../../verification/cosign-differences.ts';

const WORLD = readRecordedWorld();
const NOW = new Date(Date.parse(WORLD.recordedAt) + 3_600_000);
const TRUST = createTrustMaterial({
  name: 'private',
  document: WORLD.trustedRoot,
  thresholds: { log: 0, sct: 0, time: 1 },
  chains: true,
});

/** Keys of cosign's users; `mallory` is nobody's. */
const keys = await readKeys(Object.keys(WORLD.keys).filter((name) => name !== 'mallory'));

async function readKeys(names: readonly string[]): Promise<ReadonlyMap<string, PolicyKey>> {
  const dir = await makeTempDir('suggest-keys');
  try {
    for (const name of names) writeFileSync(join(dir.path, name), WORLD.keys[name] ?? '');
    const read = readSampleKeys(names.map((name) => join(dir.path, name)));
    return new Map([...read].map(([id, key]) => [id, { ...key, name: key.name.slice(dir.path.length + 1) }]));
  } finally {
    await dir.remove();
  }
}

async function suggestedFor(recording: Recording) {
  const [question] = recording.questions;
  const sample = await takeSample(
    { host: REPLAY_HOST, repository: recording.repository, tag: 'v1', ...(question && { digest: question.image }) },
    {
      reader: replay(recording).reader,
      materials: [TRUST, ...[...keys.values()].map((key) => createKeyMaterial(key))],
      now: NOW,
      signal: new AbortController().signal,
    },
  );
  const policy = suggestPolicy([sample], keys, NOW);
  return { policy, sample, text: renderSuggestion(policy) };
}

// Chains, which differ by default, are taken here.
const accepted = readRecordings().filter(
  (recording) =>
    recording.name === 'own-pki-chain' ||
    recording.questions.some(
      (question) => question.answer.exitCode === 0 && !DIFFERENCES.some(({ applies }) => applies(recording, question)),
    ),
);

describe(`a policy suggested from what cosign ${WORLD.cosign} made`, () => {
  it.each(accepted.map((recording) => ({ name: recording.name, recording })))(
    '$name is satisfied by it',
    async ({ recording }) => {
      const { policy, sample, text } = await suggestedFor(recording);
      expect(policy.requirements, policy.notes.join('\n')).not.toEqual([]);
      const { policies } = parsePolicyDocuments([{ file: 'suggested.yaml', text }], (path) => WORLD.keys[path] ?? '', {
        trustNames: ['private'],
        withoutIssuer: ['private'],
        noMatch: 'alert',
      });
      const { image, digest, findings } = sample;
      expect(judge({ policies, noMatch: 'alert', image, digest, findings, now: NOW }).outcome).toBe('pass');
    },
  );

  it.each(['several-signers-bundle', 'keyless-email-rekor1-sig', 'attest-cyclonedx-key-att'])(
    '%s reads as people would write it',
    async (name) => {
      const recording = accepted.find((one) => one.name === name);
      expect(recording && (await suggestedFor(recording)).text).toMatchSnapshot();
    },
  );
});
