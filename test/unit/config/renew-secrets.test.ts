import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../../src/config/config.ts';
import { renewSecrets } from '../../../src/config/renew-secrets.ts';
import { makeCertificate } from '../../support/certificate.ts';
import { type ConfigFolder, createConfigFolder, MINIMAL } from '../../support/config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await createConfigFolder();
});
afterAll(() => folder.remove());

const REGISTRY = {
  id: 'prod',
  url: 'https://registry.example.com',
  credentials: { username: 'robot', passwordFile: 'run/password' },
};

async function read(secrets: Readonly<Record<string, string>>, more: object = {}): Promise<Config> {
  for (const [name, text] of Object.entries(secrets)) await folder.write(`run/${name}`, text);
  const { config, faults } = await folder.load({ ...MINIMAL, registries: [REGISTRY], ...more });
  if (config === undefined) throw new Error(`expected a configuration, got ${JSON.stringify(faults)}`);
  return config;
}

const passwordOf = ({ registries: [registry] }: Config): string | undefined =>
  registry?.credentials.kind === 'basic' ? registry.credentials.password.reveal() : undefined;

describe('renewing secrets in use', () => {
  it('gives each the value that was read, for all that hold it', async () => {
    const inUse = await read({ password: 'before-1' });
    const held = inUse.registries[0]?.credentials;
    expect(renewSecrets(inUse, await read({ password: 'after-22' }))).toEqual([]);
    expect(passwordOf(inUse)).toBe('after-22');
    expect(held).toBe(inUse.registries[0]?.credentials);
  });

  it('takes more or fewer secrets of a list: how one is exchanged without a gap', async () => {
    const hook = (files: readonly string[]) => ({
      sources: [{ kind: 'webhook', id: 'hook', dialect: 'zot', registry: 'prod', bearerFile: files }],
    });
    const tokensOf = ({ sources: [source] }: Config) =>
      source?.kind === 'webhook' && source.authentication.kind === 'bearer' ? source.authentication.tokens : [];
    const secrets = { password: 'x-password', old: 'old-token-1', new: 'new-token-2' };
    const inUse = await read(secrets, hook(['run/old']));
    const held = tokensOf(inUse);
    expect(renewSecrets(inUse, await read(secrets, hook(['run/new', 'run/old'])))).toEqual([]);
    expect(held.map((token) => token.reveal())).toEqual(['new-token-2', 'old-token-1']);
    expect(renewSecrets(inUse, await read(secrets, hook(['run/new'])))).toEqual([]);
    expect(held.map((token) => token.reveal())).toEqual(['new-token-2']);
  });

  it('tells that a map of events has changed, in the configuration or in its file, which takes a restart', async () => {
    const hook = (repository: string) => ({
      sources: [
        { kind: 'webhook', id: 'a', dialect: 'generic', registry: 'prod', bearerFile: 'secret', map: { repository } },
        { kind: 'webhook', id: 'b', dialect: 'generic', registry: 'prod', bearerFile: 'secret', mapFile: 'run/map' },
      ],
    });
    const secrets = { password: 'x-password', map: 'repository: event.name' };
    const inUse = await read(secrets, hook('event.repo'));
    expect(renewSecrets(inUse, await read(secrets, hook('event.repo')))).toEqual([]);
    expect(renewSecrets(inUse, await read(secrets, hook('event.image')))).toEqual(['sources']);
    const other = { ...secrets, map: 'repository: event.path' };
    expect(renewSecrets(inUse, await read(other, hook('event.repo')))).toEqual(['sources']);
  });

  it('takes a second secret path beside the first, and then the first away', async () => {
    const hook = (files: readonly string[]) => ({
      sources: [{ kind: 'webhook', id: 'hook', dialect: 'zot', registry: 'prod', pathFile: files }],
    });
    const secrets = { password: 'x-password', old: 'old-random-path-0123', new: 'new-random-path-0123' };
    const inUse = await read(secrets, hook(['run/old']));
    const pathsOf = ({ sources: [source] }: Config) =>
      source?.kind === 'webhook' && source.authentication.kind === 'path' ? source.authentication.paths : [];
    const held = pathsOf(inUse);
    expect(renewSecrets(inUse, await read(secrets, hook(['run/new', 'run/old'])))).toEqual([]);
    expect(held.map((path) => path.reveal())).toEqual([secrets.new, secrets.old]);
    expect(renewSecrets(inUse, await read(secrets, hook(['run/new'])))).toEqual([]);
    expect(held.map((path) => path.reveal())).toEqual([secrets.new]);
  });

  it('takes other audiences and accounts of tokens, and names the sources for another issuer', async () => {
    const hook = (oidc: object) => ({
      sources: [
        {
          kind: 'webhook',
          id: 'hook',
          dialect: 'zot',
          registry: 'prod',
          oidc: { issuer: 'https://a.example', email: 'a@b', ...oidc },
        },
      ],
    });
    const secrets = { password: 'x-password' };
    const inUse = await read(secrets, hook({ audience: 'old' }));
    const [source] = inUse.sources;
    const held =
      source?.kind === 'webhook' && source.authentication.kind === 'oidc' ? source.authentication : undefined;
    expect(renewSecrets(inUse, await read(secrets, hook({ audience: ['old', 'new'], subject: 'x' })))).toEqual([]);
    expect(held?.accepted.current).toEqual({ audiences: ['old', 'new'], emails: ['a@b'], subjects: ['x'] });
    const other = await read(secrets, hook({ audience: 'new', issuer: 'https://b.example' }));
    expect(renewSecrets(inUse, other)).toEqual(['sources']);
    expect(JSON.stringify(inUse)).toContain('"accepted":"[renewable]"');
  });

  it('takes another certificate, key and bundle of authorities for the port by TLS', async () => {
    const [old, next] = [makeCertificate(), makeCertificate()];
    const http = { http: { tls: { certFile: 'run/crt', keyFile: 'run/key', clientCaFile: 'run/ca' } } };
    const inUse = await read({ password: 'x-password', crt: old.cert, key: old.key, ca: old.cert }, http);
    const held = inUse.http.tls;
    const renewed = { password: 'x-password', crt: next.cert, key: next.key, ca: old.cert + next.cert };
    expect(renewSecrets(inUse, await read(renewed, http))).toEqual([]);
    expect([held?.cert.reveal(), held?.key.reveal()]).toEqual([next.cert.trimEnd(), next.key.trimEnd()]);
    expect(held?.clientCa?.reveal()).toBe((old.cert + next.cert).trimEnd());
  });

  it('names the sections that say something else, and leaves those as they are', async () => {
    const inUse = await read({ password: 'before-1' });
    const registries = [{ ...REGISTRY, repositories: ['acme/**'] }];
    const changed = await read({ password: 'after-22' }, { registries, concurrency: 3 });
    expect(renewSecrets(inUse, changed)).toEqual(['registries', 'concurrency']);
    expect(passwordOf(inUse)).toBe('before-1');
  });

  it('names what has come or gone, and databases whose address changed: their connections stay open', async () => {
    const secrets = { password: 'x-password', db: 'postgres://lazaret:one@db/lazaret' };
    const postgres = { postgres: { urlFile: 'run/db' } };
    const inUse = await read(secrets, postgres);
    const other = await read({ ...secrets, db: 'postgres://lazaret:two@db/lazaret' }, postgres);
    expect(renewSecrets(inUse, other)).toEqual(['postgres']);
    expect(renewSecrets(inUse, await read(secrets))).toEqual(['postgres']);
    expect(renewSecrets(await read(secrets), await read(secrets, postgres))).toEqual(['postgres']);
  });

  it('does not name policies, keys and trust roots: those are put in force', async () => {
    const inUse = await read({ password: 'x-password' });
    const trust = [{ name: 'sigstore', refresh: false }];
    expect(renewSecrets(inUse, await read({ password: 'x-password' }, { trust, noMatch: 'fail' }))).toEqual([]);
  });
});
