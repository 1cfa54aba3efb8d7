import { pushCosignSignature, pushReferrer } from '../push-image.ts';
import type { CaseBench } from './case-bench.ts';
import type { RecordingCase } from './cases.ts';
import { type Layer, layerOf, layersOf } from './evidence-at.ts';

const LOG = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

/** Bad evidence next to good, and bad proof with a signature that needs none. */
export const BESIDE_CASES: readonly RecordingCase[] = [
  {
    name: 'beside-bundle',
    about: 'A good bundle among one of somebody else, one of another image and one that is none',
    make: async (bench) => {
      const [image, other] = [await bench.image('v1'), await bench.image('other')];
      await bench.sign(image, { key: 'mallory' });
      await bench.sign(image, { key: 'p256' });
      await bench.sign(other, { key: 'p256' });
      bench.note('artifacts were added that refer to the image: two that hold no bundle');
      for (const text of ['{}', 'not JSON']) await pushReferrer(bench.registry.url, bench.repository, image, text);
      await bench.ask(image, { signer: { key: 'p256' } });
      await bench.ask(image, { signer: { key: 'second' } });
    },
  },
  {
    name: 'beside-sig',
    about: 'A good signature among one of somebody else and one that is none',
    make: async (bench) => {
      const image = await bench.image('v1');
      const options = { legacy: true };
      await bench.sign(image, { key: 'mallory' }, options);
      await bench.sign(image, { key: 'p256' }, options);
      bench.note('a layer was added that holds no signature');
      const layers = await layersOf(bench, image, 'sig');
      const broken = { payload: '{}', annotations: { 'dev.cosignproject.cosign/signature': 'AAAA' } };
      await pushCosignSignature(bench.registry.url, bench.repository, image.digest, [broken, ...layers]);
      await bench.ask(image, { signer: { key: 'p256' } });
      await bench.ask(image, { signer: { key: 'second' } });
    },
  },
  withProof('entry-none', 'A key needs no log: its signature with a log entry that is none', (layer) =>
    annotated(layer, LOG, 'not JSON'),
  ),
  withProof('entry-empty', 'A key needs no log: its signature with a log entry that says nothing', (layer) =>
    annotated(
      layer,
      LOG,
      '{"SignedEntryTimestamp":null,"Payload":{"body":null,"integratedTime":0,"logIndex":0,"logID":""}}',
    ),
  ),
  withProof('timestamp-none', 'A key needs no timestamp: its signature with a timestamp that is none', (layer) =>
    annotated(layer, TIMESTAMP, '{"SignedRFC3161Timestamp":"AAAA"}'),
  ),
];

function annotated({ payload, annotations }: Layer, name: string, text: string): Layer {
  return { payload, annotations: { ...annotations, [name]: text } };
}

function withProof(name: string, about: string, make: (layer: Layer) => Layer): RecordingCase {
  return {
    name: `beside-sig-${name}`,
    about,
    make: async (bench: CaseBench) => {
      const image = await bench.image('v1');
      await bench.sign(image, { key: 'p256' }, { legacy: true });
      bench.note(about);
      const layer = make(await layerOf(bench, image, 'sig'));
      await pushCosignSignature(bench.registry.url, bench.repository, image.digest, [layer]);
      await bench.ask(image, { signer: { key: 'p256' } });
      await bench.ask(image, { signer: { key: 'p256' }, proof: name.startsWith('entry') ? 'log' : 'timestamp' });
    },
  };
}
