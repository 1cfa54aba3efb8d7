import { digestHex } from '../../../src/domain/digest.ts';
import type { JsonObject } from '../../../src/kit/json.ts';
import type { Pushed } from '../oci-push.ts';
import { pushReferrer } from '../push-image.ts';
import { type Attack, KEYLESS, LOGGED, STAMPED } from './attack.ts';
import type { CaseBench, Signer } from './case-bench.ts';
import type { RecordingCase } from './cases.ts';
import { bent, bundleIn, bundlesIn, changed, rewritten } from './evidence-at.ts';
import { IDENTITIES } from './identities.ts';
import type { SigstoreService } from './sigstore-services.ts';

/** Signs one image, makes something of its evidence, and hangs that on another. */
function onBundle(
  about: string,
  attack: Attack,
  make: (bundle: JsonObject, target: Pushed, image: Pushed, bench: CaseBench) => JsonObject | Promise<JsonObject>,
): RecordingCase {
  const { name, signer = { key: 'p256' }, services = [], question = { signer: { key: 'p256' } } } = attack;
  return {
    name: `attack-bundle-${name}`,
    about,
    make: async (bench) => {
      const [image, target] = [await bench.image('signed'), await bench.image('attacked')];
      await bench.sign(image, signer, { services });
      const bundle = await make(await bundleIn(bench), target, image, bench);
      bench.note(`${about}; hung on another image, of the tag "attacked"`);
      await pushReferrer(bench.registry.url, bench.repository, target, JSON.stringify(bundle));
      await bench.ask(image, { ...question, name: 'the signed image' });
      await bench.ask(target, { ...question, name: 'the attacked image' });
    },
  };
}

const MATERIAL = 'verificationMaterial';
const ENTRY = [MATERIAL, 'tlogEntries', 0] as const;

const renamed = (from: Pushed, to: Pushed) => (base64: string) =>
  rewritten(base64, (text) => text.replaceAll(digestHex(from.digest), digestHex(to.digest)));

/** Signs the target with somebody else's and takes a part of that bundle. */
async function otherBundle(
  bench: CaseBench,
  signer: Signer,
  services: readonly SigstoreService[],
): Promise<JsonObject> {
  const before = new Set((await bundlesIn(bench)).map((bundle) => JSON.stringify(bundle)));
  await bench.sign(await bench.image('third'), signer, { services });
  const found = (await bundlesIn(bench)).find((bundle) => !before.has(JSON.stringify(bundle)));
  if (found === undefined) throw new Error('there is no other bundle');
  return found;
}

const at = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((holder, step) => (holder as Record<string | number, unknown>)[step], value);

const BUNDLE_ATTACKS: readonly RecordingCase[] = [
  onBundle('The bundle of another image', { name: 'other-image' }, (bundle) => bundle),
  onBundle('The bundle of another image, by certificate', { name: 'other-image-keyless', ...KEYLESS }, (b) => b),
  onBundle('The payload names this image, the signature is of another', { name: 'payload' }, (bundle, target, image) =>
    changed(bundle, ['dsseEnvelope', 'payload'], renamed(image, target)),
  ),
  onBundle('The signature is bent', { name: 'signature' }, (bundle) =>
    changed(bundle, ['dsseEnvelope', 'signatures', 0, 'sig'], bent),
  ),
  onBundle('The payload is said to be of another type', { name: 'payload-type' }, (bundle) =>
    changed(bundle, ['dsseEnvelope', 'payloadType'], () => 'text/plain'),
  ),
];

/** Attacks on a bundle that stays with its own image, beside no other evidence. */
function onOwnBundle(
  about: string,
  attack: Attack,
  make: (bundle: JsonObject, bench: CaseBench) => JsonObject | Promise<JsonObject>,
): RecordingCase {
  const { name, signer = { key: 'p256' }, services = [], question = { signer: { key: 'p256' } } } = attack;
  return {
    name: `attack-own-bundle-${name}`,
    about,
    make: async (bench) => {
      const image = await bench.image('signed');
      await bench.sign(image, signer, { services });
      const [referrer] = await referrersOf(bench, image);
      const bundle = await make(await bundleIn(bench), bench);
      bench.note(`${about}; in place of the good one`);
      await fetch(`${bench.registry.url}/v2/${bench.repository}/manifests/${referrer}`, { method: 'DELETE' });
      await pushReferrer(bench.registry.url, bench.repository, image, JSON.stringify(bundle));
      await bench.ask(image, { ...question, name: 'the attacked image' });
    },
  };
}

async function referrersOf(bench: CaseBench, image: Pushed): Promise<readonly string[]> {
  const response = await fetch(`${bench.registry.url}/v2/${bench.repository}/referrers/${image.digest}`);
  return ((await response.json()) as { manifests: { digest: string }[] }).manifests.map(({ digest }) => digest);
}

const OWN_BUNDLE_ATTACKS: readonly RecordingCase[] = [
  onOwnBundle(
    'W6: the log entry of another signature by the same key',
    { name: 'entry-of-other', ...LOGGED },
    async (bundle, bench) => {
      const other = await otherBundle(bench, { key: 'p256' }, ['rekor1']);
      return changed(bundle, ENTRY, () => at(other, ENTRY));
    },
  ),
  onOwnBundle('W6: the log entry of another key', { name: 'entry-of-other-key', ...LOGGED }, async (bundle, bench) => {
    const other = await otherBundle(bench, { key: 'second' }, ['rekor1']);
    return changed(bundle, ENTRY, () => at(other, ENTRY));
  }),
  onOwnBundle('The certificate of somebody else', { name: 'certificate', ...KEYLESS }, async (bundle, bench) => {
    const other = await otherBundle(bench, IDENTITIES.uri, ['rekor1']);
    return changed(bundle, [MATERIAL, 'certificate'], () => at(other, [MATERIAL, 'certificate']));
  }),
  onOwnBundle('Another time in the log entry', { name: 'integrated-time', ...KEYLESS }, (bundle) =>
    changed(bundle, [...ENTRY, 'integratedTime'], (time) => String(Number(time) + 1)),
  ),
  onOwnBundle('The promise of the log is bent', { name: 'promise', ...KEYLESS }, (bundle) =>
    changed(bundle, [...ENTRY, 'inclusionPromise', 'signedEntryTimestamp'], bent),
  ),
  onOwnBundle('The proof of the log is bent', { name: 'proof', ...KEYLESS }, (bundle) =>
    changed(bundle, [...ENTRY, 'inclusionProof', 'hashes', 0], bent),
  ),
  onOwnBundle('No log entry', { name: 'no-entry', ...KEYLESS }, (bundle) =>
    changed(bundle, [MATERIAL, 'tlogEntries'], () => []),
  ),
  onOwnBundle(
    'The timestamp of another signature',
    { name: 'timestamp-of-other', ...STAMPED },
    async (bundle, bench) => {
      const other = await otherBundle(bench, { key: 'p256' }, ['tsa']);
      const path = [MATERIAL, 'timestampVerificationData'];
      return changed(bundle, path, () => at(other, path));
    },
  ),
];

export const BUNDLE_ATTACK_CASES: readonly RecordingCase[] = [...BUNDLE_ATTACKS, ...OWN_BUNDLE_ATTACKS];
