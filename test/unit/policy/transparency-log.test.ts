import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../src/kit/errors.ts';
import { createMaterialStore } from '../../../src/pipeline/judge/material-store.ts';
import { verifyAndJudge } from '../../../src/pipeline/judge/verify-and-judge.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';
import { bundleEvidence, IMAGE, MANIFEST, NOW, rootOf } from '../verification/evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const stranger = createSigstoreWorld({ now: () => NOW });
const key = createKeyPair();
const signer = { kind: 'key', key } as const;
const { digest } = IMAGE;

const plain = world.signImageBundle({ digest, identity: signer });
const logged = world.signImageBundle({ digest, identity: signer, log: 'rekor1' });
const proven = world.signImageBundle({ digest, identity: signer, log: 'rekor2', entryKind: 'hashedrekord' });
const elsewhere = stranger.signImageBundle({ digest, identity: signer, log: 'rekor1' });
const grafted = world.signImageBundle({
  digest,
  identity: signer,
  log: 'rekor1',
  // The entry of somebody else's signature.
  logBody: () => JSON.parse(Buffer.from(entryBody()).toString('utf8')),
});

function entryBody(): string {
  const theirs = world.signImageBundle({ digest, identity: { kind: 'key', key: createKeyPair() }, log: 'rekor1' });
  const [entry] = JSON.parse(Buffer.from(theirs).toString('utf8')).verificationMaterial.tlogEntries;
  return Buffer.from(entry.canonicalizedBody, 'base64').toString('utf8');
}

function policy(signers: readonly object[]) {
  const require = signers.map((of, at) => ({ name: `r${at}`, signature: { signer: of } }));
  const spec = { images: ['registry.test/**'], require };
  const text = JSON.stringify({ apiVersion: 'lazaret.dev/v1', kind: 'ImagePolicy', metadata: { name: 'p' }, spec });
  const options = { trustNames: ['sigstore', 'acme'], noMatch: 'alert' } as const;
  return parsePolicyDocuments([{ file: 'p.yaml', text }], () => key.pem, options);
}

async function judge(bytes: Uint8Array, ...signers: readonly object[]): Promise<string> {
  const inForce = policy(signers);
  const roots = new Map(
    [rootOf(world), { ...rootOf(stranger), name: 'sigstore' }].map((root) => [root.name, root] as const),
  );
  const materials = await createMaterialStore(() => ({ epoch: 1, roots })).materialsFor(inForce.policies);
  const evidence = { subject: digest, items: [bundleEvidence(bytes)] };
  const image = 'registry.test/acme/app';
  const question = { evidence, manifest: MANIFEST, image, inForce, policies: inForce.policies, now: NOW };
  const { outcome, requirements } = verifyAndJudge(question, materials).verdict;
  return [
    outcome,
    ...requirements.flatMap(({ satisfied, evidence: [tried] }) => (satisfied ? [] : [tried?.code])),
  ].join(' ');
}

const OPTIONAL = { key: 'a.pub', transparencyLog: 'optional' };
const REQUIRED = { key: 'a.pub', trust: 'acme', transparencyLog: 'required' };

describe('the transparency log of a key', () => {
  it('is not asked for unless it is required', async () => {
    for (const bytes of [plain, logged, proven, elsewhere]) {
      expect(await judge(bytes, { key: 'a.pub' })).toBe('pass');
      expect(await judge(bytes, OPTIONAL)).toBe('pass');
      expect(await judge(bytes, { ...OPTIONAL, trust: 'acme' })).toBe('pass');
    }
  });

  it('must hold the signature where it is required, and be one of the named trust root', async () => {
    expect(await judge(logged, REQUIRED)).toBe('pass');
    expect(await judge(proven, REQUIRED)).toBe('pass');
    expect(await judge(plain, REQUIRED)).toBe('fail-evidence LOG_PROOF_INVALID');
    expect(await judge(elsewhere, REQUIRED)).toBe('fail-evidence LOG_PROOF_INVALID');
    expect(await judge(grafted, REQUIRED)).toBe('fail-evidence LOG_ENTRY_MISMATCH');
  });

  it('is that of the public-good instance where no trust root is named', async () => {
    const { trust: _, ...publicLog } = REQUIRED;
    expect(await judge(elsewhere, publicLog)).toBe('pass');
    expect(await judge(logged, publicLog)).toBe('fail-evidence LOG_PROOF_INVALID');
  });

  it('is asked for by each requirement by itself, of the same key', async () => {
    expect(await judge(plain, OPTIONAL, REQUIRED)).toBe('fail-evidence LOG_PROOF_INVALID');
    expect(await judge(logged, OPTIONAL, REQUIRED)).toBe('pass');
  });

  it('is for keys: a certificate always needs what its trust root asks for', () => {
    const identity = { issuer: 'https://issuer.test', subject: 'me', transparencyLog: 'optional' };
    expect(() => policy([identity])).toThrow(InvalidInputError);
    expect(() => policy([{ ...REQUIRED, transparencyLog: 'never' }])).toThrow(InvalidInputError);
  });
});
