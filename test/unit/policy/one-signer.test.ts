import { createPublicKey, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import type { Evidence } from '../../../src/domain/evidence.ts';
import type { SignerRule } from '../../../src/domain/policy.ts';
import { type KeySettings, parseKey } from '../../../src/policy/read/parse-key.ts';
import { identityRule, policyOf, signatureBy } from '../../support/findings.ts';
import { JUDGED, judgeReal } from '../../support/judge-evidence.ts';
import { createKeyPair, createSigstoreWorld, type TestKey, type TestSigner } from '../../support/sigstore-world.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const ISSUER = 'https://issuer.world.test';
const world = createSigstoreWorld({ now: () => NOW });
const alice = createKeyPair();
const bob = createKeyPair();
const { digest } = JUDGED;

function keyRule(name: string, pem: string, settings: KeySettings = {}): SignerRule {
  const reading = parseKey(name, pem, settings);
  if (!reading.ok) throw new Error(reading.why);
  return { kind: 'key', key: reading.key };
}

const person = (name: string): SignerRule => identityRule(name, ISSUER);

function countedOf(of: readonly SignerRule[], signers: readonly TestSigner[]): string {
  const items = signers.map((identity): Evidence => {
    const bytes = world.signImageBundle({ digest, identity });
    return { kind: 'bundle', digest: digestOf(bytes), place: 'referrer', bytes };
  });
  const both = policyOf([signatureBy(of, { atLeast: 2 })]);
  return judgeReal(world, [both], items, NOW).requirements[0]?.code ?? '';
}

/** The same key with its point in another form: SEC 1 §2.3.3. */
function inForm(key: KeyObject, form: 'compressed' | 'hybrid'): string {
  const spki = key.export({ type: 'spki', format: 'der' });
  const [x, y] = [spki.subarray(-64, -32), spki.subarray(-32)];
  const odd = (y.at(-1) ?? 0) & 1;
  const hybrid = Buffer.concat([spki.subarray(0, -65), Buffer.from([6 | odd]), x, y]);
  const compressed = Buffer.concat([
    Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'),
    Buffer.from([2 | odd]),
    x,
  ]);
  const der = form === 'hybrid' ? hybrid : compressed;
  return createPublicKey({ key: der, format: 'der', type: 'spki' }).export({ type: 'spki', format: 'pem' }).toString();
}

describe('two of the listed signers must have signed', () => {
  const keyed = (key: TestKey): TestSigner => ({ kind: 'key', key });

  it('and two have', () => {
    const of = [keyRule('alice.pub', alice.pem), keyRule('bob.pub', bob.pem), person('mailto:carol')];
    expect(countedOf(of, [keyed(alice), keyed(bob)])).toBe('SATISFIED');
    expect(countedOf(of, [keyed(bob), world.mintKeyless({ subject: 'mailto:carol' })])).toBe('SATISFIED');
  });

  it.each(['compressed', 'hybrid'] as const)('one key is one signer, listed a second time in %s form', (form) => {
    const of = [keyRule('alice.pub', alice.pem), keyRule('again.pub', inForm(alice.publicKey, form))];
    expect(countedOf(of, [keyed(alice), keyed(alice)])).toBe('SIGNERS_TOO_FEW');
  });

  it('a key in another form verifies what it signed', () => {
    const of = [keyRule('alice.pub', inForm(alice.publicKey, 'compressed')), keyRule('bob.pub', bob.pem)];
    expect(countedOf(of, [keyed(alice), keyed(bob)])).toBe('SATISFIED');
  });

  it('one key is one signer under two settings', () => {
    const of = [keyRule('alice.pub', alice.pem), keyRule('again.pub', alice.pem, { hash: 'sha384' })];
    const other: TestSigner = { kind: 'key', key: alice, style: { hash: 'sha384' } };
    expect(countedOf(of, [keyed(alice), other])).toBe('SIGNERS_TOO_FEW');
  });

  it('a key and its certificate are one signer', () => {
    const certificate = world.parts.authority.certify(alice.spki, { subject: 'mailto:alice' }, world.parts.ctLog, NOW);
    const certified: TestSigner = {
      kind: 'keyless',
      key: alice,
      certificate,
      issuedAt: NOW,
      subject: 'mailto:alice',
    };
    const of = [keyRule('alice.pub', alice.pem), person('mailto:alice')];
    expect(countedOf(of, [keyed(alice), certified])).toBe('SIGNERS_TOO_FEW');
  });

  it('two certificates of one person are one signer, also when the second holds another name besides', () => {
    const names = ['mailto:alice', 'mailto:alice@work'].map((value) => ({ kind: 'uri', value }) as const);
    const of = [person('mailto:alice'), person('mailto:alice@work')];
    const first = world.mintKeyless({ subject: 'mailto:alice' });
    expect(countedOf(of, [first, world.mintKeyless({ names })])).toBe('SIGNERS_TOO_FEW');
    expect(countedOf(of, [first, world.mintKeyless({ subject: 'mailto:alice@work' })])).toBe('SATISFIED');
  });
});

describe('a key that is listed with two settings', () => {
  it('counts for each with what verified under that setting alone', () => {
    const bytes = world.signImageBundle({ digest, identity: { kind: 'key', key: alice } });
    const items: Evidence[] = [{ kind: 'bundle', digest: digestOf(bytes), place: 'referrer', bytes }];
    const plain = signatureBy([keyRule('alice.pub', alice.pem)], { name: 'plain' });
    const other = signatureBy([keyRule('alice.pub', alice.pem, { hash: 'sha384' })], { name: 'other' });
    const { requirements } = judgeReal(world, [policyOf([plain, other])], items, NOW);
    expect(requirements.map(({ code }) => code)).toEqual(['SATISFIED', 'SIGNATURE_INVALID']);
  });
});
