import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import type { TrustRoot } from '../../../src/domain/trust-root.ts';
import { askedPolicies } from '../../../src/pipeline/judge/asked-policies.ts';
import { narrowPolicy } from '../../../src/policy/read/levels.ts';
import type { EvidenceQuestion } from '../../../src/ports/evidence-judge.ts';
import { type ThreadMemory, writeRequest } from '../../../src/threads/write-request.ts';
import { keyRule, policyOf, signatureBy } from '../../support/findings.ts';

const MANIFEST = Buffer.from('{}');
const DIGEST = digestOf(MANIFEST);
const ROOT: TrustRoot = { name: 'world', document: '{}', thresholds: { log: 1, sct: 1, time: 1 } };
const POLICY = policyOf([]);

interface Given {
  readonly revision?: string;
  readonly epoch?: number;
  readonly roots?: readonly TrustRoot[];
  readonly bytes?: Uint8Array;
  readonly policies?: EvidenceQuestion['policies'];
}

function write(memory: ThreadMemory, given: Given = {}) {
  const { revision = 'r', epoch = 1, roots = [ROOT], bytes = Buffer.from('bundle'), policies = [POLICY] } = given;
  const question: EvidenceQuestion = {
    evidence: {
      subject: DIGEST,
      items: [
        { kind: 'bundle', bytes, digest: DIGEST, place: 'referrer' },
        { kind: 'refused', code: 'EVIDENCE_MALFORMED', why: 'x', digest: DIGEST, place: 'referrer' },
      ],
    },
    manifest: MANIFEST,
    image: 'reg/app',
    inForce: { revision, policies: [POLICY], noMatch: 'alert' },
    policies,
    now: new Date(0),
  };
  const trust = { epoch, roots: new Map(roots.map((root) => [root.name, root])) };
  return writeRequest({ question, trust }, memory);
}

const toldOf = (sent: ReturnType<typeof write>) =>
  Object.keys(sent.message as object).filter((key) => key === 'inForce' || key === 'trust');

describe('what a thread is asked', () => {
  it('brings policies and trust roots the first time, and then only what has changed', () => {
    const memory: ThreadMemory = {};
    expect(toldOf(write(memory))).toEqual(['inForce', 'trust']);
    expect(toldOf(write(memory))).toEqual([]);
    expect(toldOf(write(memory, { revision: 's' }))).toEqual(['inForce']);
    expect(toldOf(write(memory, { revision: 's', epoch: 2 }))).toEqual(['trust']);
    expect(toldOf(write(memory, { revision: 's', epoch: 2 }))).toEqual([]);
    expect(toldOf(write(memory, { revision: 's', epoch: 2, roots: [] }))).toEqual(['trust']);
    expect(toldOf(write({}, { revision: 's', epoch: 2, roots: [] }))).toEqual(['inForce', 'trust']);
  });

  it('names the policies that must hold', () => {
    expect(write({}).message).toMatchObject({ asked: [POLICY.name] });
    expect(write({}).message).not.toHaveProperty('parts');
  });

  it('says what is asked of a policy of which only a part is, and the thread asks no more', () => {
    const whole = policyOf([signatureBy([keyRule('alice')]), { ...signatureBy([keyRule('bob')]), name: 'by bob' }]);
    const policies = [narrowPolicy(whole, { requirements: ['by bob'], alternatives: false })];
    const { message } = write({}, { policies });
    const parts = { [whole.name]: { requirements: ['by bob'], alternatives: false } };
    expect(message).toMatchObject({ asked: [whole.name], parts });
    const inForce = { revision: 'r', policies: [whole], noMatch: 'alert' } as const;
    expect(askedPolicies(inForce, [whole.name], parts)).toEqual(policies);
    expect(askedPolicies(inForce, [whole.name], {})).toEqual([whole]);
  });

  it('shares what lies in shared memory: large evidence is never copied', () => {
    const bytes = new Uint8Array(new SharedArrayBuffer(4));
    const { message, transfer } = write({}, { bytes });
    expect((message as EvidenceQuestion).evidence.items[0]).toHaveProperty('bytes', bytes);
    expect(transfer).toHaveLength(1);
  });

  it('moves bytes of its own: those of the caller, and what lies beside them in a shared buffer, stay', () => {
    const { message, transfer } = write({});
    const arrived = structuredClone(message, { transfer: [...transfer] }) as EvidenceQuestion;
    expect(Buffer.from(arrived.manifest).toString()).toBe('{}');
    expect(transfer.map((each) => each instanceof ArrayBuffer && each.detached)).toEqual([true, true]);
    expect(transfer).not.toContain(MANIFEST.buffer);
    expect(MANIFEST.toString()).toBe('{}');
  });
});
