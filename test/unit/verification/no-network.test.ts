import dns from 'node:dns';
import net from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import { createSigstoreWorld } from '../../support/sigstore-world.ts';
import { bundleEvidence, IMAGE, layerEvidence, NOW, rootOf } from './evidence.ts';
import { realBundles, realRoot } from './real-bundles.ts';

afterEach(() => void vi.restoreAllMocks());

/** Whatever is looked up or connected to from now on. */
function recordNetwork(): readonly unknown[] {
  const contacts: unknown[] = [];
  const refuse = (...args: readonly unknown[]): never => {
    contacts.push(args[0]);
    throw new Error('there is no network here');
  };
  vi.spyOn(dns, 'lookup').mockImplementation(refuse as never);
  vi.spyOn(net.Socket.prototype, 'connect').mockImplementation(refuse as never);
  return contacts;
}

describe('verification (D5)', () => {
  it.each(realBundles())('asks nobody about $name', async ({ bytes, root, subject }) => {
    const contacts = recordNetwork();
    const material = createTrustMaterial(realRoot(root));
    expect(material.verify(bundleEvidence(bytes), subject, NOW).code).toBe('VERIFIED');
    await new Promise((resolve) => setImmediate(resolve));
    expect(contacts).toEqual([]);
  });

  it('asks no log about what comes without an entry, and refuses it', async () => {
    const contacts = recordNetwork();
    const world = createSigstoreWorld({ now: () => NOW });
    const material = createTrustMaterial(rootOf(world));
    const identity = world.mintGithub();
    const items = [
      bundleEvidence(world.signImageBundle({ digest: IMAGE.digest, identity, log: 'none' })),
      layerEvidence(world.cosignSignature({ digest: IMAGE.digest, identity, log: false })),
    ];
    for (const item of items) expect(material.verify(item, IMAGE, NOW).code).toBe('LOG_PROOF_INVALID');
    await new Promise((resolve) => setImmediate(resolve));
    expect(contacts).toEqual([]);
  });
});
