import { describe, expect, it } from 'vitest';
import type { TrustRoot } from '../../../../src/domain/trust-root.ts';
import { InvalidInputError } from '../../../../src/kit/errors.ts';
import { checkRootUse } from '../../../../src/pipeline/judge/check-root-use.ts';
import { createMaterialStore } from '../../../../src/pipeline/judge/material-store.ts';
import { parsePolicyDocuments } from '../../../../src/policy/read/parse-policy-documents.ts';
import { readPackagedSeed } from '../../../../src/trust/packaged-seed.ts';
import { type TrustedRootJson, trustedRootJson } from '../../../support/sigstore/trusted-root-json.ts';
import { createKeyPair, createSigstoreWorld } from '../../../support/sigstore-world.ts';

const world = createSigstoreWorld();
const key = createKeyPair();

function policiesWith(...signers: readonly object[]) {
  const requirements = signers.map((signer, at) => ({ name: `n${at}`, signature: { signer } }));
  const spec = { images: ['registry.test/**'], require: requirements };
  const policy = { apiVersion: 'lazaret.dev/v1', kind: 'ImagePolicy', metadata: { name: 'p' }, spec };
  const files = [{ file: 'p.yaml', text: JSON.stringify(policy) }];
  return parsePolicyDocuments(files, () => key.pem, { trustNames: ['sigstore', 'github', 'acme'], noMatch: 'alert' })
    .policies;
}

function rootWith(alter: (root: TrustedRootJson) => void, name = 'acme'): TrustRoot {
  const json = trustedRootJson(world.parts);
  alter(json);
  return { name, document: JSON.stringify(json), thresholds: { log: 1, sct: 1, time: 1 } };
}

function faultOf(root: TrustRoot, ...signers: readonly object[]): string {
  try {
    checkRootUse(root, policiesWith(...signers));
    return '';
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const LOGGED = { key: 'a.pub', trust: 'acme', transparencyLog: 'required' };
const TIMED = { key: 'a.pub', trust: 'acme' };
const KEYLESS = { trust: 'acme', issuer: 'https://issuer.test', subject: 'me' };
const logOnly = rootWith((root) => {
  root.certificateAuthorities = [];
  root.ctlogs = [];
  root.timestampAuthorities = [];
});

describe('a trust root tried as policies use it', () => {
  it('needs no authority for certificates where it only vouches for what keys signed', async () => {
    expect(faultOf(logOnly, LOGGED)).toBe('');
    expect(faultOf(logOnly, TIMED)).toBe('');
    const roots = new Map([['acme', logOnly]]);
    const materials = await createMaterialStore(() => ({ epoch: 1, roots })).materialsFor(policiesWith(LOGGED, TIMED));
    expect(materials.map(({ id }) => id)).toEqual([
      `key:${key.keyId} with acme in a log`,
      `key:${key.keyId} with acme`,
    ]);
  });

  it('needs one where identities are named, or where nothing is', () => {
    expect(faultOf(logOnly, LOGGED, KEYLESS)).toMatch(/^TRUST_ROOT_INVALID: .*certificateAuthorities/);
    expect(faultOf(logOnly, { ...KEYLESS, trust: 'sigstore' })).toMatch(
      /^TRUST_ROOT_INVALID: .*certificateAuthorities/,
    );
    expect(
      faultOf(
        rootWith(() => undefined),
        LOGGED,
        KEYLESS,
      ),
    ).toBe('');
  });

  it('needs a log where a key must be in one', () => {
    const timesOnly = rootWith((root) => {
      root.tlogs = [];
    });
    expect(faultOf(timesOnly, TIMED)).toBe('');
    expect(faultOf(timesOnly, LOGGED)).toMatch(/^POLICY_INVALID: .*a\.pub.*the trust root "acme" names none$/);
  });

  it("has no log, if it is GitHub's", () => {
    const { document } = readPackagedSeed('github');
    const github = { name: 'github', document, thresholds: { log: 0, sct: 0, time: 1 } };
    expect(faultOf(github, { ...TIMED, trust: 'github' })).toBe('');
    expect(faultOf(github, { ...LOGGED, trust: 'github' })).toMatch(/the trust root "github" names none$/);
  });
});
