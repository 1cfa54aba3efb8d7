import type { JsonObject } from '../../../src/kit/json.ts';
import type { Pushed } from '../oci-push.ts';
import { pushCosignAttestation, pushCosignSignature } from '../push-image.ts';
import { type Attack, KEYLESS, LOGGED } from './attack.ts';
import { PREDICATES } from './attestation-cases.ts';
import type { CaseBench } from './case-bench.ts';
import type { RecordingCase } from './cases.ts';
import { bent, changed, type Layer, layerOf } from './evidence-at.ts';
import { IDENTITIES } from './identities.ts';

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

const annotated = (layer: Layer, name: string, change: (old: string) => string): Layer => ({
  ...layer,
  annotations: { ...layer.annotations, [name]: change(layer.annotations[name] ?? '') },
});
const inJson = (path: readonly (string | number)[], change: (old: never) => unknown) => (text: string) =>
  JSON.stringify(changed(JSON.parse(text) as JsonObject, path, change));

const LOG = 'dev.sigstore.cosign/bundle';
const SIGNATURE = 'dev.cosignproject.cosign/signature';

export const LAYER_ATTACK_CASES: readonly RecordingCase[] = [
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
