import { expect, it } from 'vitest';
import { listSecrets } from '../../../src/config/list-secrets.ts';
import { Secret } from '../../../src/kit/secret.ts';

it('finds every secret however deep it lies, and what of an address is secret on its own', () => {
  const config = {
    dataDir: 'not-a-secret',
    registries: [{ credentials: { username: 'robot', password: new Secret('s3cret') } }],
    postgres: { url: new Secret('postgres://lazaret:p%40ss@db/lazaret') },
    notify: [{ url: new Secret('https://hooks.slack.com/services/T0/B0/abcdefghijklmnop') }],
  };
  expect(new Set(listSecrets(config))).toEqual(
    new Set([
      's3cret',
      'postgres://lazaret:p%40ss@db/lazaret',
      'p%40ss',
      'p@ss',
      'https://hooks.slack.com/services/T0/B0/abcdefghijklmnop',
      '/services/T0/B0/abcdefghijklmnop',
    ]),
  );
});
