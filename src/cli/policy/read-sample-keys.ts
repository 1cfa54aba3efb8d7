import { createPublicKey } from 'node:crypto';
import { keyMaterialId, type PolicyKey } from '../../domain/policy.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { type KeySettings, parseKey } from '../../policy/read/parse-key.ts';
import { readInputFile } from '../verify-bundle/read-input-file.ts';

/** How keys of each kind are known to sign, the usual way first; a policy must name any other. */
const WAYS: Readonly<Record<string, readonly KeySettings[]>> = {
  ec: [{}, { hash: 'sha384' }, { hash: 'sha512' }],
  rsa: [
    {},
    { hash: 'sha384' },
    { hash: 'sha512' },
    { padding: 'pss' },
    { hash: 'sha384', padding: 'pss' },
    { hash: 'sha512', padding: 'pss' },
  ],
};

/**
 * The public keys of `--key`, each in every way it may have signed, by the name of its material.
 * @throws {InvalidInputError} `USAGE_INVALID` for a file that is not there or holds no usable key
 */
export function readSampleKeys(paths: readonly string[]): ReadonlyMap<string, PolicyKey> {
  const keys = paths.flatMap((path) => {
    const pem = Buffer.from(readInputFile('--key', path)).toString('utf8');
    const usual = parseOrThrow(path, pem, {});
    const ways = WAYS[createPublicKey(usual.pem).asymmetricKeyType ?? ''] ?? [{}];
    return ways.map((settings) => parseOrThrow(path, pem, settings));
  });
  return new Map(keys.map((key) => [keyMaterialId(key), key]));
}

function parseOrThrow(path: string, pem: string, settings: KeySettings): PolicyKey {
  const reading = parseKey(path, pem, settings);
  if (reading.ok) return reading.key;
  throw new InvalidInputError('USAGE_INVALID', `the key ${path} cannot be used`, [
    { where: '--key', message: reading.why, hint: reading.hint },
  ]);
}
