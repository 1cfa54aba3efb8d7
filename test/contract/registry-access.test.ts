import { afterAll, describe, expect, it } from 'vitest';
import type { RegistryCredentials } from '../../src/domain/registry-credentials.ts';
import { Secret } from '../../src/kit/secret.ts';
import { createConfiguredRegistry, type OpenRegistry } from '../../src/registry/configured-registry.ts';
import { makeCertificate } from '../support/certificate.ts';
import { type PushTarget, pushBlob, pushManifest } from '../support/oci-push.ts';
import { describeWithPart } from '../support/parts.ts';
import { pushImage } from '../support/push-image.ts';
import { type DistributionOptions, startDistribution } from '../support/servers/distribution.ts';
import { type OlaregOptions, startOlareg } from '../support/servers/olareg.ts';
import { TEST_USERS } from '../support/servers/test-users.ts';
import { makeTlsFiles } from '../support/tls-files.ts';
import { describeRegistry, type RegistryAbilities, type RegistryStage } from './registry.contract.ts';

const NOBODY: RegistryCredentials = { kind: 'none' };
const READER = user('reader');
const TAGGER = user('tagger');
const WRITER = { username: 'writer', password: TEST_USERS.writer.password };

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

interface Access {
  readonly read: RegistryCredentials;
  readonly write: RegistryCredentials;
}

const OPEN: Access = { read: NOBODY, write: NOBODY };
const SIGNED_IN: Access = { read: READER, write: TAGGER };

function user(username: 'reader' | 'tagger'): RegistryCredentials {
  return { kind: 'basic', username, password: new Secret(TEST_USERS[username].password) };
}

function connect(server: Server, access: Access, ca?: string): OpenRegistry {
  return createConfiguredRegistry({
    id: 'test',
    url: new URL(server.url),
    repositories: ['**'],
    credentials: access.read,
    writeCredentials: access.write,
    ...(ca !== undefined && { ca }),
  });
}

/** Holds one server, started when it is first asked for, to the contract. */
function describeServer(
  name: string,
  abilities: RegistryAbilities,
  access: Access,
  start: () => Promise<Server>,
): void {
  describe(name, () => {
    let started: Promise<{ server: Server; registry: OpenRegistry; stage: RegistryStage }> | undefined;
    const stage = async (): Promise<RegistryStage> => {
      started ??= start().then((server) => ({ server, ...open(server, access) }));
      return (await started).stage;
    };
    afterAll(async () => {
      const running = await started;
      await running?.registry.close();
      await running?.server.stop();
    });
    describeRegistry(name, abilities, stage);

    it('answers many at the same time', async () => {
      await stage();
      const { server, registry } = (await started) ?? expect.fail('it did not start');
      const image = await pushImage(targetOf(server, access), 'acme/many', 'v1');
      const reads = Array.from({ length: 40 }, () => registry.reader.readManifest('acme/many', { tag: 'v1' }));
      const digests = (await Promise.all(reads)).map((manifest) => manifest?.digest);
      expect(new Set(digests)).toEqual(new Set([image.digest]));
    });

    it('is reachable, and lets a repository be read', async () => {
      await stage();
      const { server, registry } = (await started) ?? expect.fail('it did not start');
      await pushImage(targetOf(server, access), 'acme/probed', 'v1');
      await expect(registry.reader.probe('acme/probed')).resolves.toBeUndefined();
    });
  });
}

function targetOf({ url }: Server, access: Access): PushTarget {
  return access === OPEN ? url : { url, ...WRITER };
}

function open(server: Server, access: Access): { registry: OpenRegistry; stage: RegistryStage } {
  const registry = connect(server, access);
  const { reader, writer } = registry;
  if (writer === undefined) throw new Error('a registry with write credentials has a writer');
  const target = targetOf(server, access);
  const stage: RegistryStage = {
    reader,
    writer,
    putBlob: async (repository, bytes) => {
      const { digest, size } = await pushBlob(target, repository, bytes, 'application/octet-stream');
      return { digest, size };
    },
    putManifest: async (repository, bytes, mediaType, tag) => {
      await pushManifest(target, repository, tag, bytes, mediaType);
    },
  };
  return { registry, stage };
}

describeWithPart('registry', 'access to distribution', () => {
  const abilities = { referrersApi: false, deletesTags: false };
  const start = (options: DistributionOptions) => () => startDistribution(options);
  describeServer('with Basic authentication', abilities, SIGNED_IN, start({ basicAuth: true }));
  describeServer('with deletes switched off', abilities, OPEN, start({ deleteEnabled: false }));

  it('reads over TLS with an authority of its own, and not without it', async () => {
    const certificate = makeCertificate();
    const files = await makeTlsFiles(certificate);
    const server = await startDistribution({ basicAuth: true, tls: files });
    const trusting = connect(server, SIGNED_IN, certificate.cert);
    const strange = connect(server, SIGNED_IN);
    try {
      await expect(trusting.reader.probe()).resolves.toBeUndefined();
      expect(await trusting.reader.readManifest('acme/app', { tag: 'v1' })).toBeNull();
      await expect(strange.reader.probe()).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE', retryable: false });
    } finally {
      await Promise.all([trusting.close(), strange.close(), server.stop(), files.remove()]);
    }
  });
});

describeWithPart('olareg', 'access to olareg', () => {
  const all = { referrersApi: true, deletesTags: true };
  const start = (options: OlaregOptions) => () => startOlareg(options);
  describeServer('with Basic authentication', all, SIGNED_IN, start({ auth: 'basic' }));
  describeServer('with tokens', all, SIGNED_IN, start({ auth: 'token' }));
  describeServer('without a referrers API', { ...all, referrersApi: false }, OPEN, start({ referrers: false }));
  describeServer('without deletes', { ...all, deletesTags: false }, OPEN, start({ deleteEnabled: false }));

  it('B12: waits out the limits of a registry with little patience, and loses nothing', async () => {
    const server = await startOlareg({ rateLimit: 20 });
    const registry = connect(server, OPEN);
    try {
      const names = Array.from({ length: 60 }, (_, n) => `acme/app-${n}`);
      const reads = names.map((name) => registry.reader.readManifest(name, { tag: 'v1' }));
      // Not one "too many" became a fault, and only the registry's own word became an absence.
      expect(await Promise.all(reads)).toEqual(names.map(() => null));
    } finally {
      await Promise.all([registry.close(), server.stop()]);
    }
  });

  it.each<['basic' | 'token', string]>([
    ['basic', 'wrong'],
    ['token', 'wrong'],
  ])('says of wrong credentials (%s) that they are wrong', async (auth, password) => {
    const server = await startOlareg({ auth });
    const registry = connect(server, {
      read: { kind: 'basic', username: 'reader', password: new Secret(password) },
      write: NOBODY,
    });
    try {
      await expect(registry.reader.readManifest('acme/app', { tag: 'v1' })).rejects.toMatchObject({
        code: 'REGISTRY_UNAUTHORIZED',
        retryable: false,
      });
    } finally {
      await Promise.all([registry.close(), server.stop()]);
    }
  });

  it('reads what is public with an anonymous token, and calls the rest a fault, not absent', async () => {
    const server = await startOlareg({ auth: 'token' });
    const registry = connect(server, OPEN);
    try {
      const image = await pushImage({ url: server.url, ...WRITER }, 'public/app', 'v1');
      expect(await registry.reader.readManifest('public/app', { tag: 'v1' })).toMatchObject({ digest: image.digest });
      await expect(registry.reader.readManifest('acme/app', { tag: 'v1' })).rejects.toMatchObject({
        code: 'REGISTRY_UNAUTHORIZED',
      });
    } finally {
      await Promise.all([registry.close(), server.stop()]);
    }
  });

  it('E1: cannot write with the credentials for reading', async () => {
    const server = await startOlareg({ auth: 'token' });
    const registry = connect(server, { read: READER, write: READER });
    try {
      const image = await pushImage({ url: server.url, ...WRITER }, 'acme/app', 'v1');
      const manifest = { bytes: image.manifest, mediaType: image.mediaType, digest: image.digest };
      await expect(registry.writer?.putTag('acme/app', 'mark', manifest)).rejects.toMatchObject({
        code: 'REGISTRY_UNAUTHORIZED',
      });
      expect(await registry.reader.readManifest('acme/app', { tag: 'mark' })).toBeNull();
    } finally {
      await Promise.all([registry.close(), server.stop()]);
    }
  });
});
