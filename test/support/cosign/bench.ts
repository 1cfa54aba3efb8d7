import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startDistribution } from '../servers/distribution.ts';
import { startOlareg } from '../servers/olareg.ts';
import type { KeylessRequest } from '../sigstore/certificate-authority.ts';
import { toPem } from '../sigstore/evidence-forms.ts';
import { GITHUB_HOSTED, githubRequest, slsaPredicate } from '../sigstore/github.ts';
import { createSigstoreWorld, type SigstoreWorld } from '../sigstore-world.ts';
import { makeTempDir } from '../temp-dir.ts';
import type { RecordedWorld } from './recording.ts';
import type { Cosign, CosignRun } from './run-cosign.ts';
import { type SigstoreService, startSigstoreServices } from './sigstore-services.ts';

export interface BenchRegistry {
  readonly url: string;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly referrersApi: boolean;
}

/** What recording needs: registries of both kinds, a private Sigstore, keys of every kind, and cosign among them. */
export interface Bench {
  readonly world: Omit<RecordedWorld, 'refusals'>;
  /** The machinery behind `world`, for attacks that need to mint something. */
  readonly sigstore: SigstoreWorld;
  readonly olareg: BenchRegistry;
  readonly distribution: BenchRegistry;
  /** Where the services of the private Sigstore listen. */
  readonly servicesUrl: string;
  /** Writes the signing configuration that names these services; returns its file name. */
  signingConfig(services: readonly SigstoreService[]): Promise<string>;
  cosign(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<CosignRun>;
  stop(): Promise<void>;
}

/** The keys there are, as files `NAME.key` and `NAME.pub`; `mallory` is never asked for. */
const KEYS: Readonly<Record<string, () => { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>> = {
  p256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  p521: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  rsa2048: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  rsa4096: () => generateKeyPairSync('rsa', { modulusLength: 4096 }),
  ed25519: () => generateKeyPairSync('ed25519'),
  second: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  mallory: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
};

/** What is attested, by file name. */
const PREDICATE_FILES = {
  'slsa.json': slsaPredicate('v1', {}, GITHUB_HOSTED),
  'spdx.json': { spdxVersion: 'SPDX-2.3', SPDXID: 'SPDXRef-DOCUMENT', name: 'app', packages: [] },
  'cyclonedx.json': { bomFormat: 'CycloneDX', specVersion: '1.6', components: [] },
  'custom.json': { approved: true, by: 'alice' },
};

/** Certificates of the private authority for the key `p256`: `leaf.pem` with its issuers in `chain.pem`. */
const LEAF = 'https://acme.example/own-pki';

export async function startBench(cosign: Cosign): Promise<Bench> {
  const sigstore = createSigstoreWorld();
  const folder = await makeTempDir('cosign');
  const [olareg, distribution] = await Promise.all([startOlareg(), startDistribution()]);
  const services = await startSigstoreServices(sigstore.parts, identify);
  const file = (name: string, content: string) => writeFile(join(folder.path, name), content);
  const run: Bench['cosign'] = (args, env) => cosign.run(args, folder.path, env);
  const keys = Object.fromEntries(Object.entries(KEYS).map(([name, generate]) => [name, generate()]));
  for (const [name, { privateKey }] of Object.entries(keys)) {
    await file(`${name}.pem`, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const imported = await run(['import-key-pair', '--key', `${name}.pem`, '--output-key-prefix', name, '--yes']);
    if (imported.exitCode !== 0) throw new Error(`cosign does not import the key ${name}: ${imported.stderr}`);
  }
  await file('trusted-root.json', sigstore.trustedRoot);
  const spki = keys['p256']?.publicKey.export({ type: 'spki', format: 'der' }) ?? Buffer.alloc(0);
  const { authority, ctLog } = sigstore.parts;
  const request: KeylessRequest = { subject: LEAF, issuer: 'https://issuer.acme.example', lifetimeMs: 86_400_000 };
  await file('leaf.pem', toPem(authority.certify(spki, { ...request, ctLog: null }, ctLog, new Date())));
  await file('chain.pem', authority.chain.map(toPem).join(''));
  for (const [name, predicate] of Object.entries(PREDICATE_FILES)) await file(name, JSON.stringify(predicate));
  return {
    world: {
      cosign: cosign.version,
      recordedAt: new Date().toISOString(),
      keys: Object.fromEntries(
        Object.entries(keys).map(([name, { publicKey }]) => [name, publicKey.export({ type: 'spki', format: 'pem' })]),
      ) as Record<string, string>,
      trustedRoot: sigstore.trustedRoot,
    },
    sigstore,
    olareg: { ...olareg, referrersApi: true },
    distribution: { ...distribution, referrersApi: false },
    servicesUrl: services.url,
    signingConfig: async (wanted) => {
      const name = `signing-config-${wanted.toSorted().join('-') || 'none'}.json`;
      await file(name, services.signingConfig(wanted));
      return name;
    },
    cosign: run,
    stop: async () => {
      await Promise.all([olareg.stop(), distribution.stop(), services.stop()]);
      await folder.remove();
    },
  };
}

/** The certificate for a token: of a GitHub workflow, of a person, or of whatever its subject is. */
function identify(claims: Readonly<Record<string, unknown>>): KeylessRequest {
  const issuer = String(claims['iss']);
  if (typeof claims['repository'] === 'string') return githubRequest({ repository: claims['repository'] });
  if (typeof claims['email'] === 'string') return { names: [{ kind: 'email', value: claims['email'] }], issuer };
  return { subject: String(claims['sub']), issuer };
}
