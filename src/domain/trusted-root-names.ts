import { InvalidInputError } from '../kit/errors.ts';
import { isJsonObject, type Json } from '../kit/json.ts';

/** Fields of a trusted root whose names have several words: sigstore_trustroot.proto, sigstore_common.proto. */
const FIELDS = [
  'mediaType',
  'certificateAuthorities',
  'timestampAuthorities',
  'baseUrl',
  'hashAlgorithm',
  'publicKey',
  'rawBytes',
  'keyDetails',
  'validFor',
  'logId',
  'keyId',
  'checkpointKeyId',
  'certChain',
  'commonName',
] as const;

const USUAL_NAMES: ReadonlyMap<string, string> = new Map(
  FIELDS.map((name) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), name]),
);

/**
 * A trusted root with the usual names of its fields: the JSON form of protobuf may have them in either, and some
 * libraries write `raw_bytes` (https://protobuf.dev/programming-guides/json/#field-names).
 * @throws {InvalidInputError} `TRUST_ROOT_INVALID` for a field under both names: two readers would see two roots.
 */
export function withUsualNames(value: Json): Json {
  if (Array.isArray(value)) return value.map(withUsualNames);
  if (!isJsonObject(value)) return value;
  const usual = new Map<string, Json>();
  for (const [written, member] of Object.entries(value)) {
    const name = USUAL_NAMES.get(written) ?? written;
    if (usual.has(name)) {
      const message = `expected the field ${name} once, got it under two names`;
      throw new InvalidInputError('TRUST_ROOT_INVALID', message, [{ where: name, message }]);
    }
    usual.set(name, withUsualNames(member));
  }
  return Object.fromEntries(usual);
}
