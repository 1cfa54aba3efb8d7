import { expect, it } from 'vitest';
import { artifactFamily } from '../../../src/domain/artifact-family.ts';

it.each([
  ['application/vnd.cncf.helm.config.v1+json', 'helm'],
  ['application/vnd.cncf.flux.config.v1+json', 'flux'],
  ['application/vnd.wasm.config.v0+json', 'wasm'],
  ['application/vnd.docker.attestation.manifest.v1+json', 'build-attestation'],
  ['application/vnd.docker.ai.model.config.v0.1+json', 'model'],
  ['text/SPDX+json', 'sbom'],
  ['application/vnd.acme.anything', 'other'],
])('counts %s as %s', (type, family) => {
  expect(artifactFamily(type)).toBe(family);
});
