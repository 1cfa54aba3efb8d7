import { describe, expect, it } from 'vitest';
import { parseScanTargets } from '../../../../src/cli/scan/scan-target.ts';
import { InvalidInputError } from '../../../../src/kit/errors.ts';

const REGISTRIES = [
  { id: 'prod', url: new URL('https://registry.example.com') },
  { id: 'dev', url: new URL('http://forge:3000') },
];
const DIGEST = `sha256:${'a'.repeat(64)}`;

function read(...texts: readonly string[]) {
  return parseScanTargets(texts, REGISTRIES);
}

describe('what is to be scanned', () => {
  it('is a registry of the configuration, by its id', () => {
    expect(read('prod')).toEqual([{ kind: 'registry', registryId: 'prod' }]);
  });

  it.each([
    ['other.example.com', 'other.example.com'],
    ['localhost', 'localhost'],
    ['127.0.0.1:5000', '127.0.0.1:5000'],
    ['Other.Example.COM', 'other.example.com'],
    ['index.docker.io', 'docker.io'],
    ['forge:3000', 'forge:3000'],
  ])('is all of a host: %s', (text, host) => {
    expect(read(text)).toEqual([{ kind: 'repositories', host, glob: '**' }]);
  });

  it.each([
    ['registry.example.com/acme/app', 'acme/app'],
    ['registry.example.com/acme/**', 'acme/**'],
    ['registry.example.com/**/web-?', '**/web-?'],
  ])('is repositories of a host: %s', (text, glob) => {
    expect(read(text)).toEqual([{ kind: 'repositories', host: 'registry.example.com', glob }]);
  });

  it('is an image, by tag or digest', () => {
    expect(read('localhost:5000/app:v1', `localhost:5000/app@${DIGEST}`)).toEqual([
      { kind: 'image', image: { host: 'localhost:5000', repository: 'app', tag: 'v1' } },
      { kind: 'image', image: { host: 'localhost:5000', repository: 'app', digest: DIGEST } },
    ]);
  });

  it('is scanned once where it is named twice', () => {
    expect(read('prod', 'prod')).toHaveLength(1);
  });

  it('is told with every fault at once, and the nearest id', () => {
    try {
      read('prodd', 'acme', 'registry.example.com/Acme', 'registry.example.com/{a,b}', 'registry.example.com/');
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      expect(error.code).toBe('USAGE_INVALID');
      expect(error.issues).toMatchObject([
        { where: 'prodd', message: 'no registry has this id', hint: 'Did you mean "prod"?' },
        { where: 'acme', message: expect.stringContaining('prod, dev') },
        { where: 'registry.example.com/Acme', message: expect.stringContaining('"Acme" is neither') },
        { where: 'registry.example.com/{a,b}', message: expect.stringContaining('expected a glob with only') },
        { where: 'registry.example.com/', message: expect.stringContaining('expected a glob such as') },
      ]);
    }
  });

  it('says that no configuration is read where an id cannot be one', () => {
    expect(() => parseScanTargets(['prod'], [])).toThrow(
      expect.objectContaining({
        issues: [expect.objectContaining({ message: expect.stringContaining('no configuration') })],
      }),
    );
  });
});
