import type { CaseBench } from './case-bench.ts';
import type { RecordingCase } from './cases.ts';
import type { SigstoreService } from './sigstore-services.ts';

/** Every kind of key `cosign import-key-pair` takes, with the digest its `verify` must be told of; for most, none. */
const KINDS = {
  p256: undefined,
  p384: 'sha384',
  p521: 'sha512',
  rsa2048: undefined,
  rsa4096: undefined,
  ed25519: 'sha512',
} as const;

type Kind = keyof typeof KINDS;

interface Way {
  readonly way: string;
  readonly services: readonly SigstoreService[];
  readonly kinds: readonly Kind[];
}

// A longer key of the same kind is treated the same, but for its own length.
const WAYS: readonly Way[] = [
  { way: 'alone', services: [], kinds: ['p256', 'p384', 'p521', 'rsa2048', 'rsa4096', 'ed25519'] },
  { way: 'rekor1', services: ['rekor1'], kinds: ['p256', 'p384', 'p521', 'rsa2048', 'ed25519'] },
  { way: 'tsa', services: ['tsa'], kinds: ['p256', 'p384', 'ed25519'] },
  { way: 'rekor2-tsa', services: ['rekor2', 'tsa'], kinds: ['p256', 'p384', 'p521', 'rsa2048', 'rsa4096', 'ed25519'] },
];

export const KEY_CASES: readonly RecordingCase[] = WAYS.flatMap(({ way, services, kinds }) => {
  // The format before bundles knows Rekor v1 only.
  const formats = services.includes('rekor2') ? [false] : [false, true];
  return kinds.flatMap((kind) => formats.map((legacy) => keyCase(kind, way, services, legacy)));
});

function keyCase(kind: Kind, way: string, services: readonly SigstoreService[], legacy: boolean): RecordingCase {
  return {
    name: `key-${kind}-${way}-${legacy ? 'sig' : 'bundle'}`,
    about: `A key (${kind}), ${services.length === 0 ? 'nothing else' : `with ${services.join(' and ')}`}`,
    make: async (bench) => {
      const image = await bench.image('v1');
      // cosign refuses its own Ed25519ph: it would sign, verify and not push.
      await bench.sign(image, { key: kind }, { services, legacy, unchecked: kind === 'ed25519' });
      await askAll(bench, image, kind, services);
    },
  };
}

async function askAll(
  bench: CaseBench,
  image: Parameters<CaseBench['ask']>[0],
  kind: Kind,
  services: readonly SigstoreService[],
): Promise<void> {
  const hash = KINDS[kind];
  const hasLog = services.some((service) => service.startsWith('rekor'));
  const proofs = [
    'none',
    ...(hasLog ? (['log'] as const) : []),
    ...(services.includes('tsa') ? (['timestamp'] as const) : []),
  ] as const;
  for (const proof of proofs) {
    await bench.ask(image, { signer: { key: kind }, proof });
    if (hash === undefined) continue;
    await bench.ask(image, { signer: { key: kind }, proof, flags: ['--signature-digest-algorithm', hash] });
  }
  await bench.ask(image, { signer: { key: 'mallory' } });
}
