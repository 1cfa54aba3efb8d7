import { expect, it } from 'vitest';
import { parseServiceAccountKey } from '../../../src/domain/pubsub-place.ts';

const KEY = {
  type: 'service_account',
  project_id: 'acme-prod',
  private_key_id: 'one',
  private_key: '-----BEGIN PRIVATE KEY-----',
  client_email: 'lazaret@acme-prod.iam.gserviceaccount.com',
};

it('reads whose key it is, and the key', () => {
  expect(parseServiceAccountKey(JSON.stringify(KEY))).toEqual({
    email: KEY.client_email,
    keyId: 'one',
    privateKey: KEY.private_key,
  });
});

it.each([
  ['no JSON', '{'],
  ['no object', 'null'],
  ['a text', '"key"'],
  ['credentials of a person', JSON.stringify({ ...KEY, type: 'authorized_user' })],
  ['a key without an account', JSON.stringify({ ...KEY, client_email: undefined })],
  ['a key without an id', JSON.stringify({ ...KEY, private_key_id: 1 })],
  ['an account without a key', JSON.stringify({ ...KEY, private_key: null })],
])('takes %s for no key of a service account', (_, text) => {
  expect(parseServiceAccountKey(text)).toBeUndefined();
});
