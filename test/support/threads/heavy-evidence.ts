import { createHash } from 'node:crypto';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import { OCI_MANIFEST } from '../../../src/domain/manifest.ts';
import { judgeImage } from '../../../src/pipeline/judge/judge-image.ts';
import { createConfiguredRegistry } from '../../../src/registry/configured-registry.ts';
import { putArtifact, putBundle, putCosign, putImage, REPOSITORY } from '../memory-artifacts.ts';
import { BUNDLE_V03 } from '../push-image.ts';
import { createKeyPair, createSigstoreWorld } from '../sigstore-world.ts';
import { policiesWith, type RealThreads } from './real-threads.ts';
import { createServedContent, type ServedContent, serveContent } from './served-registry.ts';

const MIB = 1024 * 1024;
const SBOM = 'https://cyclonedx.org/bom';
const KEY = createKeyPair();
const WORLD = createSigstoreWorld();
const POLICIES = policiesWith(`[{ name: sbom, attestation: { type: ${SBOM}, signer: { key: a.pub } } }]`, {
  'a.pub': KEY.pem,
});
const IMAGE = digestOf(Buffer.from('some image'));

/** Puts something as heavy as the limits let it be; the result is what is pushed. */
type Put = (content: ServedContent) => Digest;

/** A push of an attestation: to tell what it is about, its layer is read on the main thread. */
const pushOfAttestation =
  (bytes: string): Put =>
  (content) =>
    putCosign(content, IMAGE, 'att', [{ bytes }]).digest;

/** The heaviest that the limits allow, each for another part of the way. */
export const HEAVY: Readonly<Record<string, Put>> = {
  'a push of an attestation of 16 MiB': pushOfAttestation(
    `{"payloadType":"application/vnd.in-toto+json","payload":"${'A'.repeat(16 * MIB - 100)}","signatures":[]}`,
  ),
  'a push of 16 MiB of white space as an attestation': pushOfAttestation(`${' '.repeat(16 * MIB - 2)}{}`),
  'a bill of materials of 12 MiB in a bundle': (content) => {
    const image = putImage(content);
    const components = Array.from({ length: 75_000 }, (_, n) => ({
      name: `component-${n}`,
      version: '1.2.3',
      purl: `pkg:generic/acme/component-${n}@1.2.3?arch=amd64`,
    }));
    const identity = { kind: 'key', key: KEY } as const;
    const bundle = WORLD.attest({ digest: image.digest, identity, predicateType: SBOM, predicate: { components } });
    const { digest, size } = putBundle(content, image, bundle);
    content.putReferrers(image.digest, [[{ mediaType: OCI_MANIFEST, digest, size, artifactType: BUNDLE_V03 }]]);
    return image.digest;
  },
  '10,000 referrers in pages of 4 MiB': (content) => {
    const image = putImage(content);
    const listed = Array.from({ length: 10_000 }, (_, n) => {
      const { digest, size } = putBundle(content, image, `{"n":${n}}`);
      const annotations = { 'dev.sigstore.bundle.content': 'dsse-envelope', note: 'x'.repeat(520) };
      return { mediaType: OCI_MANIFEST, digest, size, artifactType: BUNDLE_V03, annotations };
    });
    content.putReferrers(image.digest, [listed.slice(0, 5_000), listed.slice(5_000)]);
    return image.digest;
  },
  'four pages of 4 MiB of annotations': (content) => {
    const image = putImage(content);
    const pages = Array.from({ length: 4 }, (_, page) =>
      Array.from({ length: 48 }, (_, n) => ({
        mediaType: OCI_MANIFEST,
        digest: digestOf(Buffer.from(`${page} ${n}`)),
        size: 500,
        annotations: Object.fromEntries(
          Array.from({ length: 1_990 }, (_, k) => [`n${n % 5}-k${k}-${'x'.repeat(24)}`, '']),
        ),
      })),
    );
    content.putReferrers(image.digest, pages);
    return image.digest;
  },
  'a tag of 4,000 signatures in 4 MiB': (content) => {
    const image = putImage(content);
    const layers = Array.from({ length: 4_000 }, (_, n) => {
      const signature = createHash('sha512').update(`${n}`).digest('base64');
      const annotations = { 'dev.cosignproject.cosign/signature': signature, note: 'x'.repeat(600) };
      return { bytes: `{"critical":{"n":${n}}}`, annotations };
    });
    putCosign(content, image.digest, 'sig', layers);
    return image.digest;
  },
  'a manifest of 4 MiB among the referrers': (content) => {
    const image = putImage(content);
    const annotations = Object.fromEntries(Array.from({ length: 1_900 }, (_, n) => [`n${n}`, 'x'.repeat(2_100)]));
    const layers = [{ bytes: '{}', mediaType: BUNDLE_V03 }];
    const { digest, size } = putArtifact(content, { artifactType: BUNDLE_V03, layers, subject: image, annotations });
    content.putReferrers(image.digest, [[{ mediaType: OCI_MANIFEST, digest, size, artifactType: BUNDLE_V03 }]]);
    return image.digest;
  },
};

/** Something heavy that is handled as the daemon does. */
export interface HeavyLook {
  /** Does it once. The outcome, or what it is if that is no image. */
  look(): Promise<string>;
  stop(): Promise<void>;
}

/** Serves what is heavy, and connects to it. */
export async function openHeavy(put: Put, judge: RealThreads): Promise<HeavyLook> {
  const content = createServedContent();
  const digest = put(content);
  const server = await serveContent(content);
  const registry = createConfiguredRegistry({
    id: 'heavy',
    url: server.url,
    host: 'registry.example.com',
    repositories: ['**'],
    credentials: { kind: 'none' },
  });
  return {
    async look() {
      const clock = () => new Date();
      const judgement = await judgeImage({
        registry,
        repository: REPOSITORY,
        digest,
        clock,
        judge,
        policies: POLICIES,
      });
      return judgement.kind === 'judged' ? judgement.verdict.outcome : judgement.kind;
    },
    async stop() {
      await registry.close();
      await server.stop();
    },
  };
}
