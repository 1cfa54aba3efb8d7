import { createHmac, randomUUID } from 'node:crypto';
import type { DialectName } from '../../../src/domain/dialect-names.ts';
import { digestHex } from '../../../src/domain/digest.ts';
import type { Pushed } from '../../support/oci-push.ts';
import type { TestIssuer } from '../../support/servers/token-issuer.ts';

/** A push, to be worded as a registry does. */
export interface ShapedPush {
  /** What the event calls the registry. */
  readonly host: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly tag: string;
  readonly image: Pushed;
}

/** How one kind of registry announces: in its own words, and with its own proof. */
export interface DialectShape {
  /** Members of the source's configuration. */
  readonly source: Readonly<Record<string, unknown>>;
  /** The last part of the receiver's path, where it is secret. */
  readonly path?: string;
  readonly body: (push: ShapedPush) => unknown;
  readonly headers?: (body: string) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
}

/** What all these receivers and their senders know. */
export const SHAPE_SECRET = 'canary-of-the-shapes-9c1e77';
const FILE = 'secrets/shapes';
const AUDIENCE = 'https://lazaret.example.com/webhooks/shapes';
const NOW = '2026-11-23T09:00:00Z';

const bearer = () => ({ authorization: `Bearer ${SHAPE_SECRET}` });
const sum = (algorithm: string, body: string): string => createHmac(algorithm, SHAPE_SECRET).update(body).digest('hex');
const nameOf = ({ repository }: ShapedPush): string => repository.split('/').slice(1).join('/');
const ownerOf = ({ repository }: ShapedPush): string => repository.split('/')[0] ?? '';
const targetOf = ({ repository, tag, image: { digest, mediaType, size } }: ShapedPush) => ({
  mediaType,
  size,
  length: size,
  digest,
  repository,
  tag,
});

/** One for every dialect; a dialect that is missing here is missed by the test that goes through them. */
export function dialectShapes(issuer: TestIssuer): Readonly<Record<DialectName, DialectShape>> {
  const oidc = { issuer: issuer.issuer, caFile: 'issuer-ca.pem', audience: AUDIENCE, subject: 'the-registry' };
  const token = async () => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer.issuer, aud: AUDIENCE, sub: 'the-registry', iat: now, exp: now + 600 };
    return { authorization: `Bearer ${await issuer.sign(claims)}` };
  };
  const header = { name: 'X-Lazaret', valueFile: FILE };
  return {
    distribution: {
      source: { bearerFile: FILE },
      headers: bearer,
      body: (push) => ({
        events: [
          { id: randomUUID(), timestamp: NOW, action: 'push', target: targetOf(push), request: { host: push.host } },
        ],
      }),
    },
    harbor: {
      source: { authorizationFile: FILE },
      headers: () => ({ authorization: SHAPE_SECRET }),
      body: (push) => ({
        type: 'PUSH_ARTIFACT',
        occur_at: 1_795_424_400,
        operator: 'robot$ci',
        event_data: {
          resources: [
            { digest: push.image.digest, tag: push.tag, resource_url: `${push.host}/${push.repository}:${push.tag}` },
          ],
          repository: { name: nameOf(push), namespace: ownerOf(push), repo_full_name: push.repository },
        },
      }),
    },
    zot: {
      source: { basic: { username: 'zot', passwordFile: FILE } },
      headers: () => ({
        authorization: `Basic ${Buffer.from(`zot:${SHAPE_SECRET}`).toString('base64')}`,
        'ce-id': randomUUID(),
        'ce-source': 'zotregistry.dev',
        'ce-specversion': '1.0',
        'ce-type': 'zotregistry.image.updated',
        'ce-time': NOW,
      }),
      body: ({ repository, tag, image }) => ({
        name: repository,
        reference: tag,
        digest: image.digest,
        mediaType: image.mediaType,
        manifest: image.manifest.toString('utf8'),
      }),
    },
    quay: {
      source: { pathFile: FILE },
      path: SHAPE_SECRET,
      body: (push) => ({
        name: nameOf(push),
        namespace: ownerOf(push),
        repository: push.repository,
        docker_url: `${push.host}/${push.repository}`,
        updated_tags: [push.tag],
      }),
    },
    dockerhub: {
      source: { pathFile: `${FILE}-hub` },
      path: `${SHAPE_SECRET}-hub`,
      body: (push) => ({
        callback_url: 'https://registry.hub.docker.com/u/acme/app/hook/nobodys/',
        push_data: { pushed_at: 1_795_424_400, pusher: 'ci', tag: push.tag },
        repository: { repo_name: push.repository, name: nameOf(push), namespace: ownerOf(push) },
      }),
    },
    github: {
      source: { hmac: { secretFile: FILE } },
      headers: (body) => ({
        'x-github-event': 'package',
        'x-github-delivery': randomUUID(),
        'x-hub-signature-256': `sha256=${sum('sha256', body)}`,
      }),
      body: (push) => ({
        action: 'published',
        package: {
          name: nameOf(push),
          namespace: ownerOf(push),
          ecosystem: 'CONTAINER',
          package_type: 'CONTAINER',
          updated_at: NOW,
          package_version: {
            version: push.image.digest,
            container_metadata: { tag: { name: push.tag, digest: push.image.digest } },
            package_url: `${push.host}/${push.repository}:${push.tag}`,
          },
        },
        sender: { login: 'octo' },
      }),
    },
    gitea: {
      source: { hmac: { secretFile: FILE } },
      headers: (body) => ({
        'x-gitea-event': 'package',
        'x-gitea-delivery': randomUUID(),
        'x-hub-signature-256': `sha256=${sum('sha256', body)}`,
      }),
      body: (push) => ({
        action: 'created',
        package: {
          owner: { login: ownerOf(push) },
          type: 'container',
          name: nameOf(push),
          version: push.tag,
          html_url: `http://${push.host}/${ownerOf(push)}/-/packages/container/${encodeURIComponent(nameOf(push))}/${push.tag}`,
          created_at: NOW,
        },
        sender: { login: 'robot' },
      }),
    },
    nexus: {
      source: { hmac: { secretFile: FILE } },
      headers: (body) => ({
        'x-nexus-webhook-id': 'rm:repository:component',
        'x-nexus-webhook-delivery': randomUUID(),
        'x-nexus-webhook-signature': sum('sha1', body),
      }),
      body: (push) => ({
        timestamp: '2026-11-23T09:00:00.000+0000',
        initiator: 'ci/127.0.0.1',
        repositoryName: ownerOf(push),
        action: 'CREATED',
        component: { format: 'docker', name: nameOf(push), group: null, version: push.tag },
      }),
    },
    ecr: {
      source: { header },
      headers: () => ({ 'x-lazaret': SHAPE_SECRET }),
      body: (push) => ({
        version: '0',
        id: randomUUID(),
        'detail-type': 'ECR Image Action',
        source: 'aws.ecr',
        account: '123456789012',
        region: 'eu-central-1',
        time: NOW,
        detail: {
          result: 'SUCCESS',
          'action-type': 'PUSH',
          'repository-name': push.repository,
          'image-tag': push.tag,
          'image-digest': push.image.digest,
        },
      }),
    },
    gar: {
      source: { oidc },
      headers: token,
      body: ({ host, repository, tag, image }) => ({
        message: {
          data: Buffer.from(
            JSON.stringify({
              action: 'INSERT',
              digest: `${host}/${repository}@${image.digest}`,
              tag: `${host}/${repository}:${tag}`,
            }),
          ).toString('base64'),
          messageId: randomUUID(),
          publishTime: NOW,
        },
        subscription: 'projects/acme/subscriptions/lazaret',
      }),
    },
    acr: {
      source: { header },
      headers: () => ({ 'x-lazaret': SHAPE_SECRET }),
      body: (push) => ({
        id: randomUUID(),
        timestamp: NOW,
        action: 'push',
        target: targetOf(push),
        request: { id: randomUUID(), host: push.host, method: 'PUT' },
      }),
    },
    eventgrid: {
      source: { oidc },
      headers: token,
      body: (push) => [
        {
          id: randomUUID(),
          topic: '/subscriptions/x/resourceGroups/y/providers/Microsoft.ContainerRegistry/registries/acme',
          subject: `${push.repository}:${push.tag}`,
          eventType: 'Microsoft.ContainerRegistry.ImagePushed',
          eventTime: NOW,
          data: { action: 'push', target: targetOf(push), request: { host: push.host, method: 'PUT' } },
          dataVersion: '1.0',
        },
      ],
    },
    artifactory: {
      source: { hmac: { secretFile: FILE } },
      headers: (body) => ({ 'x-jfrog-event-auth': sum('sha256', body) }),
      body: (push) => ({
        domain: 'docker',
        event_type: 'pushed',
        data: {
          repo_key: ownerOf(push),
          image_name: nameOf(push),
          tag: push.tag,
          name: 'manifest.json',
          sha256: digestHex(push.image.digest),
        },
        jpd_origin: `http://${push.host}`,
        source: 'jfrog/ci@acme.example',
      }),
    },
    chainguard: {
      source: { oidc },
      headers: async () => ({
        ...(await token()),
        'ce-specversion': '1.0',
        'ce-type': 'dev.chainguard.registry.push.v1',
        'ce-source': 'cgr.dev',
        'ce-id': randomUUID(),
        'ce-time': NOW,
      }),
      body: ({ repository, tag, image }) => ({
        actor: { subject: 'ci' },
        body: { type: 'manifest', repository, tag, digest: image.digest, when: NOW },
      }),
    },
    lazaret: {
      source: { bearerFile: FILE },
      headers: bearer,
      body: ({ host, repository, tag, image }) => ({
        specversion: '1.0',
        id: randomUUID(),
        type: 'dev.lazaret.image.pushed.v1',
        source: 'https://ci.example.com',
        data: { host, repository, tag, digest: image.digest },
      }),
    },
    generic: {
      source: {
        bearerFile: FILE,
        map: { repository: 'body.image.path', digest: 'body.image.sum', tag: 'body.image.label' },
      },
      headers: bearer,
      body: ({ repository, tag, image }) => ({ image: { path: repository, sum: image.digest, label: tag } }),
    },
  };
}
