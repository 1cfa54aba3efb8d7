import { createHash, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_TRUST, usualThresholds } from '../../../src/domain/built-in-trust.ts';
import { newestPackagedDate, readPackagedSeed } from '../../../src/trust/packaged-seed.ts';
import { parseTrustRoot } from '../../../src/verification/check/parse-trust-root.ts';
import { canonicalJson } from '../../support/canonical-json.ts';

interface Root {
  readonly signed: {
    readonly version: number;
    readonly keys: Readonly<Record<string, { readonly keytype: string; readonly keyval: { readonly public: string } }>>;
    readonly roles: { readonly root: { readonly keyids: readonly string[]; readonly threshold: number } };
  };
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The keys of the root whose signature over it holds, of those that these ids name. */
function signersOf({ signed, signatures }: Root, keyids: readonly string[]): readonly string[] {
  const content = Buffer.from(canonicalJson(signed));
  const good = signatures.filter(({ keyid, sig }) => {
    const key = signed.keys[keyid];
    if (key === undefined || sig === '') return false;
    // What a key is called is the digest of what it is, so an id stands for the key.
    const { keytype, keyval } = key;
    const id = sha256(canonicalJson({ keytype, scheme: 'ecdsa-sha2-nistp256', keyval }));
    return id === keyid && verify('sha256', content, keyval.public, Buffer.from(sig, 'hex'));
  });
  return keyids.filter((id) => good.some(({ keyid }) => keyid === id));
}

/** Who may sign the first root.json of GitHub's repository, the one its own command line pins; three must. */
const FIRST_ROOT_KEYS = [
  'a10513a5ab61acd0c6b6fbe0504856ead18f3b17c4fabbe3fa848c79a5a187cf',
  '4f4d1dd75f2d7f3860e3a068d7bed90dec5f0faafcbe1ace7fb7d95d29e07228',
  '88737ccdac7b49cc237e9aaead81be2a40278b886a693d8149a19cf543f093d3',
  '5e01c9a0b2641a8965a4a74e7df0bc7b2d8278a2c3ca0cf7a3f2f783d3c69800',
  'd6a89e23fb22801a0d1186bf1bdd007e228f65a8aa9964d24d06cb5fbb0ce91c',
  'eb8eff37f93af2faaba519f341decec3cecd3eeafcace32966db9723842c8a62',
  '8b498a80a1b7af188c10c9abdf6aade81d14faaffcde2abcd6063baa673ebd12',
  '539dde44014c850fe6eeb8b299eb7dae2e1f4bf83454b949e98aa73542cdc65a',
];

describe("the seed of GitHub's instance", () => {
  const seed = readPackagedSeed('github');
  const root = JSON.parse(seed.root) as Root;

  it('is pinned to a root that enough of its own keys signed', () => {
    const { keyids, threshold } = root.signed.roles.root;
    expect(threshold).toBe(3);
    expect(signersOf(root, keyids).length).toBeGreaterThanOrEqual(threshold);
  });

  it('is pinned to a root that enough keys of the very first one signed', () => {
    expect(signersOf(root, FIRST_ROOT_KEYS).length).toBeGreaterThanOrEqual(3);
  });

  it('would not be if a letter of it were another', () => {
    const changed = { ...root, signed: { ...root.signed, version: root.signed.version + 1 } };
    expect(signersOf(changed, FIRST_ROOT_KEYS)).toEqual([]);
  });

  it('is byte for byte what was published', () => {
    expect(sha256(seed.root)).toBe('eb303461e0109458144b6ebcbfd62aaa6f6d7481e9ca77504b85f17761661462');
    // The repository serves it under this digest.
    expect(sha256(seed.document)).toBe('484cdfe1a7c65479c5ba2a22193d1be90f0020db1997de696ab207434c62fbb7');
  });
});

describe('what Lazaret is packaged with', () => {
  it.each(BUILT_IN_TRUST)('can be used as the trust root %s, by its thresholds', (name) => {
    const { document } = readPackagedSeed(name);
    expect(parseTrustRoot({ name, document, thresholds: usualThresholds(name) }).name).toBe(name);
  });

  it('D4: holds no time that is still to come: a right clock would not be believed', () => {
    expect(newestPackagedDate().getTime()).toBeLessThan(Date.now());
    expect(newestPackagedDate().getTime()).toBeGreaterThan(Date.parse('2026-01-01T00:00:00Z'));
  });
});
