import { expect, it } from 'vitest';
import { knownKind, REGISTRY_KINDS } from '../../../src/domain/registry-kind.ts';

it.each([
  ['docker.io', 'dockerhub'],
  ['ghcr.io', 'ghcr'],
  ['europe-docker.pkg.dev', 'gar'],
  ['acme.azurecr.io', 'acr'],
  ['cgr.dev', 'chainguard'],
  ['ghcr.io.example.com', 'oci'],
  ['registry.example.com', 'oci'],
] as const)('knows the registry at %s as %s where no kind is written', (host, kind) => {
  expect(knownKind('oci', host)).toBe(REGISTRY_KINDS[kind]);
});

it('believes the kind that is written, whatever the host', () => {
  expect(knownKind('harbor', 'ghcr.io')).toBe(REGISTRY_KINDS.harbor);
});
