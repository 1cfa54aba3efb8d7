import { z } from 'zod';
import { addFault } from '../kit/schema-fields.ts';
import { parseKey } from '../policy/read/parse-key.ts';
import { textField } from './fields.ts';
import type { Outside } from './outside.ts';

/** The public key that stands for a reference to a key management service, which Lazaret never asks. */
export interface KmsKeyConfig {
  /** As policies write it. */
  readonly reference: string;
  /** PEM. */
  readonly publicKey: string;
}

// Those of cosign: https://docs.sigstore.dev/cosign/key_management/overview/
const REFERENCE = /^(?:awskms|azurekms|gcpkms|hashivault):\/\/\S+$/;

/** The schema of one entry of `kmsKeys`. */
export function createKmsKeySchema(outside: Outside) {
  return z
    .strictObject({
      reference: textField('The reference, as policies write it in `key.kms`: `hashivault://release`.').regex(
        REFERENCE,
        'expected a reference that begins with awskms://, azurekms://, gcpkms:// or hashivault://',
      ),
      publicKeyFile: textField('Its public key, PEM: what `cosign public-key --key REFERENCE` prints.').transform(
        (path, context) => {
          const file = outside.readText(path);
          if (!file.ok) {
            addFault(context, { message: file.why, hint: file.hint });
            return z.NEVER;
          }
          const key = parseKey(path, file.value, {});
          if (key.ok) return key.key.pem;
          addFault(context, { message: `cannot use the key ${outside.resolvePath(path)}: ${key.why}`, hint: key.hint });
          return z.NEVER;
        },
      ),
    })
    .transform(({ reference, publicKeyFile }): KmsKeyConfig => ({ reference, publicKey: publicKeyFile }));
}
