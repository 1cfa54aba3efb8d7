import { describe, expect, it } from 'vitest';
import type { TrustRoot } from '../../../src/domain/trust-root.ts';
import { judgeImage } from '../../../src/pipeline/judge/judge-image.ts';
import { createMaterialStore } from '../../../src/pipeline/judge/material-store.ts';
import { createLocalJudge } from '../../../src/pipeline/judge/verify-and-judge.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import {
  type Answer,
  type Question,
  REPLAY_HOST,
  type Recording,
  readRecordedWorld,
  readRecordings,
  replay,
} from '../../support/cosign/recording.ts';
import { DIFFERENCES } from './cosign-differences.ts';

const WORLD = readRecordedWorld();
const RECORDINGS = readRecordings();
const HOUR_MS = 3_600_000;

/** What was asked, as a policy. */
function policyOf(
  { signer, type, proof }: Question,
  atLeast = 1,
  of: readonly object[] = [ruleOf(signer, proof)],
  annotations?: object,
) {
  const needsTime = proof.includes('timestamp');
  const wanted = {
    of,
    atLeast,
    annotations,
    ...(needsTime && { maxAge: '3650d' }),
    ...(type !== undefined && { type }),
  };
  const requirement = { name: 'asked', [type === undefined ? 'signature' : 'attestation']: wanted };
  return JSON.stringify({
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name: 'question' },
    spec: { images: [`${REPLAY_HOST}/**`], require: [requirement] },
  });
}

function ruleOf(signer: Question['signer'], proof: Question['proof']): object {
  if (!('key' in signer)) return { ...signer, trust: 'private' };
  const needsLog = proof.includes('log');
  return {
    key: signer.key,
    ...(proof !== 'none' && { trust: 'private' }),
    ...(needsLog && { transparencyLog: 'required' }),
  };
}

/** The whole look at an image of the recording, an hour after it was made. */
async function judged(
  recording: Recording,
  question: Question,
  policy = policyOf(question),
  more: Pick<TrustRoot, 'chains'> = {},
) {
  const registry = replay(recording);
  const { proof, sct } = question;
  const thresholds = { log: proof.includes('log') ? 1 : 0, sct: sct === 'ignored' ? 0 : 1, time: 1 };
  const trust: TrustRoot = { name: 'private', document: WORLD.trustedRoot, thresholds, ...more };
  const store = createMaterialStore(() => ({ epoch: 1, roots: new Map([[trust.name, trust]]) }));
  const judgement = await judgeImage({
    registry: { host: registry.host, reader: registry.reader },
    repository: recording.repository,
    digest: question.image,
    policies: parsePolicyDocuments([{ file: 'policy.yaml', text: policy }], (path) => WORLD.keys[path] ?? '', {
      trustNames: ['private'],
      noMatch: 'alert',
    }),
    judge: createLocalJudge(store),
    clock: () => new Date(Date.parse(WORLD.recordedAt) + HOUR_MS),
  });
  if (judgement.kind !== 'judged') throw new Error(`the image was not judged: ${judgement.kind}`);
  return judgement.verdict;
}

const cosignAccepts = ({ exitCode }: Answer) => exitCode === 0;
const differencesOf = (recording: Recording, question: Recording['questions'][number]) =>
  DIFFERENCES.filter(({ applies }) => applies(recording, question));

describe(`images signed by cosign ${WORLD.cosign}, and evidence made of them that is forged`, () => {
  for (const recording of RECORDINGS) {
    describe(recording.name, () => {
      for (const question of recording.questions) {
        const [difference] = differencesOf(recording, question);
        const accepts = cosignAccepts(question.answer);
        const words = accepts ? 'passes, as cosign says' : 'fails, as cosign says';
        const title =
          difference === undefined ? words : `${accepts ? 'fails' : 'passes'}, unlike cosign: ${difference.why}`;
        it(`${question.name}: ${title}`, async () => {
          const verdict = await judged(recording, question);
          const passes = difference === undefined ? accepts : !accepts;
          // The registry answered, so there is no doubt, whatever the evidence.
          expect(passes ? ['pass'] : ['fail-evidence', 'fail-missing'], verdict.reason).toContain(verdict.outcome);
        });
      }
    });
  }
});

describe('the differences from cosign', () => {
  it('are few, and at most one explains an answer', () => {
    for (const recording of RECORDINGS) {
      for (const question of recording.questions) {
        expect(differencesOf(recording, question).length, `${recording.name}: ${question.name}`).toBeLessThan(2);
      }
    }
  });

  it.each(DIFFERENCES)('still exist: $why', ({ applies }) => {
    expect(RECORDINGS.some((recording) => recording.questions.some((question) => applies(recording, question)))).toBe(
      true,
    );
  });
});

describe('an image that cosign signed with a certificate and its chain', () => {
  it('passes where the trust root says that chains are taken, wherever cosign says so', async () => {
    const recording = RECORDINGS.find(({ name }) => name === 'own-pki-chain');
    if (recording === undefined) throw new Error('own-pki-chain was not recorded');
    expect(recording.questions.some(({ answer }) => cosignAccepts(answer))).toBe(true);
    for (const question of recording.questions) {
      // What the trust root says, cosign is told besides.
      const isTold = question.answer.command.includes('--allow-certificate-chain');
      if (question.sct === 'ignored' && !isTold) continue;
      const { outcome } = await judged(recording, question, policyOf(question), { chains: true });
      expect(outcome === 'pass').toBe(cosignAccepts(question.answer));
    }
  });
});

describe('an image that cosign signed with annotations', () => {
  it.each(['annotated-bundle', 'annotated-sig'])('has what the policy asks for, or not (%s)', async (name) => {
    const recording = RECORDINGS.find((candidate) => candidate.name === name);
    const [question] = recording?.questions ?? [];
    if (recording === undefined || question === undefined) throw new Error(`${name} was not recorded`);
    const codeOf = async (annotations: object) =>
      (await judged(recording, question, policyOf(question, 1, [{ key: 'p256' }], annotations))).code;
    expect(await codeOf({ stage: 'prod' })).toBe('SATISFIED');
    expect(await codeOf({ stage: 'prod', build: '7' })).toBe('SATISFIED');
    expect(await codeOf({ stage: 'dev' })).toBe('ANNOTATION_MISMATCH');
    expect(await codeOf({ stage: 'prod', region: 'eu' })).toBe('ANNOTATION_MISMATCH');
  });
});

describe('an image that several have signed with cosign', () => {
  it.each(['several-signers-bundle', 'several-signers-sig'])('counts each of them once (%s)', async (name) => {
    const recording = RECORDINGS.find((candidate) => candidate.name === name);
    const [question] = recording?.questions ?? [];
    if (recording === undefined || question === undefined) throw new Error(`${name} was not recorded`);
    const outcomeOf = async (atLeast: number, ...keys: readonly string[]) => {
      const policy = policyOf(
        question,
        atLeast,
        keys.map((key) => ({ key })),
      );
      return (await judged(recording, question, policy)).outcome;
    };
    expect(await outcomeOf(2, 'p256', 'second')).toBe('pass');
    expect(await outcomeOf(2, 'p256', 'second', 'mallory')).toBe('pass');
    expect(await outcomeOf(2, 'second', 'mallory')).not.toBe('pass');
    expect(await outcomeOf(3, 'p256', 'second', 'mallory')).not.toBe('pass');
  });
});
