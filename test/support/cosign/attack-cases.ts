import { digestHex } from '../../../src/domain/digest.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Pushed } from '../oci-push.ts';
import { pushCosignAttestation, pushCosignSignature, pushReferrer } from '../push-image.ts';
import { PREDICATES } from './attestation-cases.ts';
import type { AskedQuestion, CaseBench, Signer } from './case-bench.ts';
import type { RecordingCase } from './cases.ts';
import { bent, bundleIn, bundlesIn, changed, type Layer, layerOf, rewritten } from './evidence-at.ts';
import { IDENTITIES, wanted } from './identities.ts';
import type { SigstoreService } from './sigstore-services.ts';

const GITHUB = IDENTITIES.github;

interface Attack {
  readonly name: string;
  readonly signer?: Signer;
  readonly services?: readonly SigstoreService[];
  readonly question?: AskedQuestion;
}

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

function onLayer(
  about: string,
  attack: Attack & { readonly kind: 'sig' | 'att' },
  make: (layer: Layer, target: Pushed, bench: CaseBench) => Layer | Promise<Layer>,
): RecordingCase {
  const { name, kind, signer = { key: 'p256' }, services = [], question = { signer: { key: 'p256' } } } = attack;
  return {
    name: `attack-${kind}-${name}`,
    about,
    make: async (bench) => {
      const [image, target] = [await bench.image('signed'), await bench.image('attacked')];
      const options = { services, legacy: true };
      if (kind === 'sig') await bench.sign(image, signer, options);
      else await bench.attest(image, signer, PREDICATES.slsa, options);
      const layer = await make(await layerOf(bench, image, kind), target, bench);
      bench.note(`${about}; put under the tag of the image itself`);
      const push = kind === 'sig' ? pushCosignSignature : pushCosignAttestation;
      const subject = ABOUT_ANOTHER.has(name) ? target : image;
      await push(bench.registry.url, bench.repository, subject.digest, [layer]);
      await bench.ask(subject, { ...question, name: 'the attacked image' });
    },
  };
}

const ABOUT_ANOTHER = new Set(['other-image', 'payload']);

const KEYLESS = { signer: GITHUB, services: ['rekor1'], question: { signer: wanted(GITHUB), proof: 'log' } } as const;
const LOGGED = { services: ['rekor1'], question: { signer: { key: 'p256' }, proof: 'log' } } as const;
const STAMPED = { services: ['tsa'], question: { signer: { key: 'p256' }, proof: 'timestamp' } } as const;

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

const annotated = (layer: Layer, name: string, change: (old: string) => string): Layer => ({
  ...layer,
  annotations: { ...layer.annotations, [name]: change(layer.annotations[name] ?? '') },
});
const inJson = (path: readonly (string | number)[], change: (old: never) => unknown) => (text: string) =>
  JSON.stringify(changed(JSON.parse(text) as JsonObject, path, change));

const LOG = 'dev.sigstore.cosign/bundle';
const SIGNATURE = 'dev.cosignproject.cosign/signature';

const LAYER_ATTACKS: readonly RecordingCase[] = [
  ...(['sig', 'att'] as const).flatMap((kind): RecordingCase[] => {
    const ask = <A extends Attack>(attack: A) => ({
      ...attack,
      kind,
      question: {
        ...(attack.question ?? { signer: { key: 'p256' } }),
        ...(kind === 'att' && { type: PREDICATES.slsa.uri }),
      },
    });
    return [
      onLayer('The evidence of another image', ask({ name: 'other-image' }), (layer) => layer),
      onLayer('Another time in the log entry', ask({ name: 'integrated-time', ...KEYLESS }), (layer) =>
        annotated(
          layer,
          LOG,
          inJson(['Payload', 'integratedTime'], (time) => Number(time) + 1),
        ),
      ),
      onLayer('The promise of the log is bent', ask({ name: 'promise', ...KEYLESS }), (layer) =>
        annotated(layer, LOG, inJson(['SignedEntryTimestamp'], bent)),
      ),
      onLayer('No log entry', ask({ name: 'no-entry', ...KEYLESS }), ({ payload, annotations }) => {
        const { [LOG]: _, ...rest } = annotations;
        return { payload, annotations: rest };
      }),
      onLayer(
        'W6: the log entry of another signature by the same key',
        ask({ name: 'entry-of-other', ...LOGGED }),
        async (layer, target, bench) => {
          if (kind === 'sig') await bench.sign(target, { key: 'p256' }, { services: ['rekor1'], legacy: true });
          else await bench.attest(target, { key: 'p256' }, PREDICATES.slsa, { services: ['rekor1'], legacy: true });
          const other = await layerOf(bench, target, kind);
          return annotated(layer, LOG, () => other.annotations[LOG] ?? '');
        },
      ),
      onLayer(
        'The certificate of somebody else',
        ask({ name: 'certificate', ...KEYLESS }),
        async (layer, target, bench) => {
          if (kind === 'sig') await bench.sign(target, IDENTITIES.uri, { services: ['rekor1'], legacy: true });
          else await bench.attest(target, IDENTITIES.uri, PREDICATES.slsa, { services: ['rekor1'], legacy: true });
          const other = await layerOf(bench, target, kind);
          return annotated(
            layer,
            'dev.sigstore.cosign/certificate',
            () => other.annotations['dev.sigstore.cosign/certificate'] ?? '',
          );
        },
      ),
    ];
  }),
  onLayer(
    'The payload names this image, the signature is of another',
    { name: 'payload', kind: 'sig' },
    (layer, target) => ({
      ...layer,
      payload: layer.payload.replace(/sha256:[0-9a-f]{64}/, target.digest),
    }),
  ),
  onLayer('The signature is bent', { name: 'signature', kind: 'sig' }, (layer) => annotated(layer, SIGNATURE, bent)),
  onLayer(
    'The envelope is written anew, with other spaces',
    { name: 'envelope-spaces', kind: 'att', ...LOGGED, question: { ...LOGGED.question, type: PREDICATES.slsa.uri } },
    (layer) => ({ ...layer, payload: JSON.stringify(JSON.parse(layer.payload), null, 2) }),
  ),
  onLayer(
    'The signature of the envelope is bent',
    { name: 'signature', kind: 'att', question: { signer: { key: 'p256' }, type: PREDICATES.slsa.uri } },
    (layer) => ({ ...layer, payload: inJson(['signatures', 0, 'sig'], bent)(layer.payload) }),
  ),
];

export const ATTACK_CASES: readonly RecordingCase[] = [...BUNDLE_ATTACKS, ...OWN_BUNDLE_ATTACKS, ...LAYER_ATTACKS];
