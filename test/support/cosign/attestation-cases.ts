import type { Predicate, Signer, SignOptions } from './case-bench.ts';
import type { RecordingCase } from './cases.ts';
import { IDENTITIES, wanted } from './identities.ts';
import type { Question, WantedSigner } from './recording.ts';

/** What is attested: the type as cosign takes it and as the statement has it. */
export const PREDICATES = {
  slsa: { type: 'slsaprovenance1', file: 'slsa.json', uri: 'https://slsa.dev/provenance/v1' },
  spdx: { type: 'spdx', file: 'spdx.json', uri: 'https://spdx.dev/Document' },
  spdxjson: { type: 'spdxjson', file: 'spdx.json', uri: 'https://spdx.dev/Document' },
  cyclonedx: { type: 'cyclonedx', file: 'cyclonedx.json', uri: 'https://cyclonedx.org/bom' },
  custom: { type: 'custom', file: 'custom.json', uri: 'https://cosign.sigstore.dev/attestation/v1' },
  named: { type: 'https://acme.example/review/v1', file: 'custom.json', uri: 'https://acme.example/review/v1' },
} as const satisfies Readonly<Record<string, Predicate & { readonly uri: string }>>;

const GITHUB = IDENTITIES.github;
const KEY = { signer: { key: 'p256' }, asked: { key: 'p256' } };
const KEYLESS = { signer: GITHUB, asked: wanted(GITHUB) };

export const ATTESTATION_CASES: readonly RecordingCase[] = [
  ...(Object.keys(PREDICATES) as (keyof typeof PREDICATES)[]).flatMap((what) => [
    attested(`${what}-key-bundle`, what, KEY, {}, ['none']),
    attested(`${what}-key-att`, what, KEY, { legacy: true }, ['none']),
  ]),
  attested('key-rekor1-bundle', 'slsa', KEY, { services: ['rekor1'] }, ['log', 'none']),
  attested('key-rekor1-att', 'slsa', KEY, { services: ['rekor1'], legacy: true }, ['log', 'none']),
  attested('key-tsa-att', 'slsa', KEY, { services: ['tsa'], legacy: true }, ['none', 'timestamp']),
  attested('key-rekor2-tsa-bundle', 'slsa', KEY, { services: ['rekor2', 'tsa'] }, ['log', 'timestamp', 'none']),
  attested('keyless-rekor1-bundle', 'slsa', KEYLESS, { services: ['rekor1'] }, ['log']),
  attested('keyless-rekor2-tsa-bundle', 'slsa', KEYLESS, { services: ['rekor2', 'tsa'] }, ['log and timestamp']),
  attested('keyless-rekor1-att', 'slsa', KEYLESS, { services: ['rekor1'], legacy: true }, ['log']),
  attested('keyless-rekor1-tsa-att', 'slsa', KEYLESS, { services: ['rekor1', 'tsa'], legacy: true }, [
    'log',
    'log and timestamp',
    'timestamp',
  ]),
  attested('keyless-tsa-att', 'slsa', KEYLESS, { services: ['tsa'], legacy: true }, ['timestamp']),
  attested(
    'p384-rekor2-tsa-bundle',
    'slsa',
    { signer: { key: 'p384' }, asked: { key: 'p384' } },
    {
      services: ['rekor2', 'tsa'],
    },
    ['log', 'none'],
  ),
  attested('p384-att', 'slsa', { signer: { key: 'p384' }, asked: { key: 'p384' } }, { legacy: true }, ['none']),
];

function attested(
  name: string,
  what: keyof typeof PREDICATES,
  { signer, asked }: { readonly signer: Signer; readonly asked: WantedSigner },
  options: SignOptions,
  proofs: readonly Question['proof'][],
): RecordingCase {
  return {
    name: `attest-${name}`,
    about: `An attestation (${what})`,
    make: async (bench) => {
      const predicate = PREDICATES[what];
      const image = await bench.image('v1');
      await bench.attest(image, signer, predicate, options);
      for (const proof of proofs) await bench.ask(image, { signer: asked, type: predicate.uri, proof });
      const [proof = 'none'] = proofs;
      if (options.services !== undefined) return;
      await bench.ask(image, { signer: asked, type: 'https://slsa.dev/provenance/v0.2', proof });
      await bench.ask(image, { signer: { key: 'mallory' }, type: predicate.uri });
      await bench.ask(image, { signer: asked, proof });
    },
  };
}
