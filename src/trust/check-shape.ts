import type { TrustRoot } from '../domain/trust-root.ts';
import { withUsualNames } from '../domain/trusted-root-names.ts';
import { InvalidInputError } from '../kit/errors.ts';
import { isJsonObject } from '../kit/json.ts';
import { parseJson } from '../kit/parse-json.ts';

const MEDIA_TYPE = /^application\/vnd\.dev\.sigstore\.trustedroot[.+]/;

/** The least that is asked of a trust root where verification's own check is not given. @throws {InvalidInputError} `TRUST_ROOT_INVALID` */
export function checkShape({ name, document }: TrustRoot): void {
  if (isTrustedRoot(document)) return;
  const message = `expected a trusted_root.json as the trust root "${name}"`;
  throw new InvalidInputError('TRUST_ROOT_INVALID', message, [{ where: 'mediaType', message }]);
}

function isTrustedRoot(document: string): boolean {
  try {
    const json = withUsualNames(parseJson(document));
    const mediaType = isJsonObject(json) ? json['mediaType'] : undefined;
    return typeof mediaType === 'string' && MEDIA_TYPE.test(mediaType);
  } catch {
    return false;
  }
}
