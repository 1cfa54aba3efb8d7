import { PREDICATES } from './attestation-cases.ts';
import type { CaseBench } from './case-bench.ts';
import type { RecordingCase } from './cases.ts';
import { IDENTITIES, wanted } from './identities.ts';

const GITHUB = IDENTITIES.github;

export const LAYOUT_CASES: readonly RecordingCase[] = [
  ...[false, true].flatMap((legacy): RecordingCase[] => {
    const format = legacy ? 'sig' : 'bundle';
    return [
      {
        name: `several-signers-${format}`,
        about: 'Two keys and an identity have signed one image, one of them twice',
        make: async (bench) => {
          const image = await bench.image('v1');
          await bench.sign(image, { key: 'p256' }, { legacy });
          await bench.sign(image, { key: 'second' }, { legacy });
          await bench.sign(image, { key: 'second' }, { legacy });
          await bench.sign(image, GITHUB, { legacy, services: ['rekor1'] });
          for (const key of ['p256', 'second', 'mallory']) await bench.ask(image, { signer: { key } });
          await bench.ask(image, { signer: wanted(GITHUB), proof: 'log' });
        },
      },
      ...[false, true].map((recursive): RecordingCase => {
        return {
          name: `index-${recursive ? 'recursive' : 'alone'}-${format}`,
          about: `An index of two images, ${recursive ? 'signed with all it lists' : 'signed alone'}`,
          make: (bench) => signIndex(bench, recursive, legacy),
        };
      }),
      {
        name: `annotated-${format}`,
        about: 'A signature with annotations',
        make: async (bench) => {
          const image = await bench.image('v1');
          await bench.sign(image, { key: 'p256' }, { legacy, flags: ['-a', 'stage=prod', '-a', 'build=7'] });
          await bench.ask(image, { signer: { key: 'p256' } });
        },
      },
      {
        name: `fallback-tag-${format}`,
        about: 'Signed and attested, in a registry without the referrers API',
        registry: 'distribution',
        make: async (bench) => {
          const image = await bench.image('v1');
          const other = await bench.image('v2');
          await bench.sign(image, { key: 'p256' }, { legacy, services: ['rekor1'] });
          await bench.sign(image, GITHUB, { legacy, services: ['rekor1'] });
          await bench.attest(image, { key: 'second' }, PREDICATES.spdxjson, { legacy });
          await bench.ask(image, { signer: { key: 'p256' } });
          await bench.ask(image, { signer: { key: 'p256' }, proof: 'log' });
          await bench.ask(image, { signer: wanted(GITHUB), proof: 'log' });
          await bench.ask(image, { signer: { key: 'second' }, type: PREDICATES.spdxjson.uri });
          await bench.ask(image, { signer: { key: 'mallory' } });
          await bench.ask(other, { name: 'an unsigned image', signer: { key: 'p256' } });
        },
      },
    ];
  }),
  {
    name: 'legacy-referrer',
    about: 'The format before bundles as a referrer',
    make: async (bench) => {
      const env = { COSIGN_EXPERIMENTAL: '1' };
      const flags = ['--registry-referrers-mode', 'oci-1-1'];
      const image = await bench.image('v1');
      await bench.sign(image, { key: 'p256' }, { legacy: true, services: ['rekor1'], flags, env });
      const experimental = { flags: ['--experimental-oci11'], env };
      await bench.ask(image, { signer: { key: 'p256' }, ...experimental });
      await bench.ask(image, { signer: { key: 'p256' }, proof: 'log', ...experimental });
      await bench.ask(image, { signer: { key: 'mallory' }, ...experimental });
    },
  },
  {
    name: 'legacy-referrer-two-signers',
    about: 'The format before bundles as two referrers',
    make: async (bench) => {
      const env = { COSIGN_EXPERIMENTAL: '1' };
      const flags = ['--registry-referrers-mode', 'oci-1-1'];
      const image = await bench.image('v1');
      await bench.sign(image, { key: 'p256' }, { legacy: true, flags, env });
      await bench.sign(image, { key: 'second' }, { legacy: true, flags, env });
      const experimental = { flags: ['--experimental-oci11'], env };
      for (const key of ['p256', 'second', 'mallory']) await bench.ask(image, { signer: { key }, ...experimental });
    },
  },
];

async function signIndex(bench: CaseBench, recursive: boolean, legacy: boolean): Promise<void> {
  const children = [await bench.image('amd64'), await bench.image('arm64')] as const;
  const index = await bench.index('v1', children);
  await bench.sign(index, { key: 'p256' }, { legacy, ...(recursive && { flags: ['--recursive'] }) });
  await bench.ask(index, { name: 'the index', signer: { key: 'p256' } });
  await bench.ask(index, { name: 'the index by mallory', signer: { key: 'mallory' } });
  await bench.ask(children[0], { name: 'the first image', signer: { key: 'p256' } });
  await bench.ask(children[1], { name: 'the second image', signer: { key: 'p256' } });
}
