import type { CaseBench } from './case-bench.ts';
import type { RecordingCase } from './cases.ts';
import { IDENTITIES, wanted } from './identities.ts';
import type { Question } from './recording.ts';
import type { SigstoreService } from './sigstore-services.ts';

interface Way {
  readonly way: string;
  readonly services: readonly SigstoreService[];
  /** What can be asked for; the first is what signed it all. */
  readonly proofs: readonly Question['proof'][];
}

const LOG: Way = { way: 'rekor1', services: ['rekor1'], proofs: ['log'] };
const LOG_AND_TIME: Way = {
  way: 'rekor1-tsa',
  services: ['rekor1', 'tsa'],
  proofs: ['log and timestamp', 'log', 'timestamp'],
};
const TIME: Way = { way: 'tsa', services: ['tsa'], proofs: ['timestamp', 'log'] };
const NEW_LOG: Way = {
  way: 'rekor2-tsa',
  services: ['rekor2', 'tsa'],
  proofs: ['log and timestamp', 'log', 'timestamp'],
};

const GITHUB = IDENTITIES.github;

export const KEYLESS_CASES: readonly RecordingCase[] = [
  keyless('github', LOG, false),
  keyless('email', LOG, false),
  keyless('uri', LOG, false),
  keyless('github', LOG_AND_TIME, false),
  keyless('github', TIME, false),
  keyless('github', NEW_LOG, false),
  keyless('github', LOG, true),
  keyless('email', LOG, true),
  keyless('github', LOG_AND_TIME, true),
  keyless('github', TIME, true),
  ...(['p384', 'p521', 'rsa2048', 'ed25519'] as const).flatMap((kind) =>
    [LOG, NEW_LOG].map((way) => certifiedKey(kind, way)),
  ),
  ownCertificate('own-pki-leaf', []),
  ownCertificate('own-pki-chain', ['--certificate-chain', 'chain.pem']),
];

function keyless(who: keyof typeof IDENTITIES, { way, services, proofs }: Way, legacy: boolean): RecordingCase {
  return {
    name: `keyless-${who}-${way}-${legacy ? 'sig' : 'bundle'}`,
    about: `A short-lived certificate (${who}) with ${services.join(' and ')}`,
    make: async (bench) => {
      const identity = IDENTITIES[who];
      const image = await bench.image('v1');
      await bench.sign(image, identity, { services, legacy });
      for (const proof of proofs) await bench.ask(image, { signer: wanted(identity), proof });
      if (way === LOG.way) await askForOthers(bench, image, wanted(identity), proofs[0]);
    },
  };
}

async function askForOthers(
  bench: CaseBench,
  image: Parameters<CaseBench['ask']>[0],
  { issuer, subject }: { readonly issuer: string; readonly subject: string },
  proof: Question['proof'] = 'log',
): Promise<void> {
  await bench.ask(image, { signer: { issuer, subject: subject.slice(0, -1) }, proof });
  await bench.ask(image, { signer: { issuer, subject: `${subject}-evil` }, proof });
  await bench.ask(image, { name: 'another issuer', signer: { issuer: `${issuer}/other`, subject }, proof });
  await bench.ask(image, { signer: { key: 'p256' } });
}

/** A certificate for a key that was there before. */
function certifiedKey(kind: string, { way, services, proofs }: Way): RecordingCase {
  return {
    name: `keyless-${kind}-${way}-bundle`,
    about: `A short-lived certificate for a key of this kind (${kind}) with ${services.join(' and ')}`,
    make: async (bench) => {
      const image = await bench.image('v1');
      await bench.sign(image, { ...GITHUB, key: kind }, { services, flags: ['--issue-certificate'] });
      await bench.ask(image, { signer: wanted(GITHUB), proof: proofs[0] ?? 'log' });
      await bench.ask(image, { signer: { key: kind } });
    },
  };
}

/** A certificate brought along, of an authority that has no certificate log. */
function ownCertificate(name: string, flags: readonly string[]): RecordingCase {
  return {
    name,
    about: 'A key with a certificate of a private authority, with a timestamp',
    make: async (bench) => {
      const image = await bench.image('v1');
      const signer = { issuer: 'https://issuer.acme.example', subject: 'https://acme.example/own-pki' };
      await bench.sign(image, { key: 'p256' }, { services: ['tsa'], flags: ['--certificate', 'leaf.pem', ...flags] });
      await bench.ask(image, { signer, proof: 'timestamp', sct: 'ignored' });
      await bench.ask(image, { signer, proof: 'timestamp', sct: 'ignored', flags: ['--allow-certificate-chain'] });
      await bench.ask(image, { signer, proof: 'timestamp' });
      await bench.ask(image, { signer: { key: 'p256' } });
    },
  };
}
