import { expect, it } from 'vitest';
import { readAlternativeNames } from '../../../src/sources/webhook/certificate-check.ts';

it.each([
  ['', []],
  ['DNS:a.example.com', [{ kind: 'DNS', name: 'a.example.com' }]],
  [
    'DNS:a.example.com, URI:spiffe://acme/a, IP Address:127.0.0.1',
    [
      { kind: 'DNS', name: 'a.example.com' },
      { kind: 'URI', name: 'spiffe://acme/a' },
      { kind: 'IP Address', name: '127.0.0.1' },
    ],
  ],
  // CVE-2021-44532: one URI, and not a second name.
  ['URI:"http://x/, DNS:quay.example.com"', [{ kind: 'URI', name: 'http://x/, DNS:quay.example.com' }]],
  [
    'URI:"a\\"b", DNS:c',
    [
      { kind: 'URI', name: 'a"b' },
      { kind: 'DNS', name: 'c' },
    ],
  ],
  // What cannot be read whole names nobody.
  ['DNS:a.example.com, "', []],
  ['DNS:a"b, DNS:quay.example.com', []],
  ['DNS:quay.example.com, URI:"\\x"', []],
])('A16: the names in %j', (text, names) => {
  expect(readAlternativeNames(text)).toEqual(names);
});
