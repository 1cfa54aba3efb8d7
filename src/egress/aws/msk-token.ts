import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import type { MskLogin } from '../../domain/kafka-topic.ts';
import { FaultError } from '../../kit/errors.ts';
import type { Perishable } from '../../kit/io/keep-fresh.ts';
import { errorName, explainUnknown, WITHOUT_CREDENTIALS } from './sdk-error.ts';
import type { SdkExchange } from './sdk-handler.ts';
import { createSdkSettings } from './sdk-settings.ts';

/** The longest a token may live: what AWS's own signers ask for. */
const MAX_LIFE_S = 900;
const USED_SHARE = 0.8;

/** Credentials of AWS, maybe lent for a while. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/**
 * Makes the token that Amazon MSK takes for SASL OAUTHBEARER, as whom AWS's SDK finds or as another role: a signed URL,
 * in base64url. Nobody is asked for it but, where needed, for credentials.
 * https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html
 * @throws {FaultError} `KAFKA_UNAVAILABLE` where there are no credentials
 */
export async function signMskToken(
  login: MskLogin & { readonly exchange: SdkExchange },
  now: Date = new Date(),
): Promise<Perishable<string>> {
  const askedAt = performance.now();
  const credentials = await findCredentials(login);
  const left = ((credentials.expiration?.getTime() ?? Number.POSITIVE_INFINITY) - now.getTime()) / 1000;
  // A whole number, which AWS wants; its own signer writes the fraction.
  const lifeS = Math.max(1, Math.floor(Math.min(MAX_LIFE_S, left)));
  const value = await presignConnect(login.region, credentials, { lifeS, now });
  return { value, renewAt: askedAt + lifeS * 1000 * USED_SHARE, endsAt: askedAt + lifeS * 1000 };
}

/** The signed URL that lets in, encoded. */
export async function presignConnect(
  region: string,
  credentials: AwsCredentials,
  { lifeS, now }: { readonly lifeS: number; readonly now: Date },
): Promise<string> {
  const { SignatureV4 } = await import('@smithy/signature-v4');
  const signer = new SignatureV4({
    service: 'kafka-cluster',
    region,
    credentials,
    sha256: Sha256,
    applyChecksum: false,
  });
  const hostname = `kafka.${region}.amazonaws.com`;
  const request = {
    method: 'GET',
    protocol: 'https:',
    hostname,
    path: '/',
    headers: { host: hostname },
    query: { Action: 'kafka-cluster:Connect' },
  };
  const { query = {} } = await signer.presign(request, { expiresIn: lifeS, signingDate: now });
  // Who signed is for AWS's logs, and not part of what is signed.
  const fields = Object.entries({ ...query, 'User-Agent': 'lazaret' }).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return Buffer.from(`https://${hostname}/?${fields.toSorted().join('&')}`).toString('base64url');
}

async function findCredentials({
  region,
  roleArn,
  exchange,
}: Parameters<typeof signMskToken>[0]): Promise<AwsCredentials> {
  const { credentials } = await createSdkSettings({ region, exchange, ...(roleArn !== undefined && { roleArn }) });
  if (typeof credentials !== 'function') throw new TypeError('the settings of the SDK find credentials by asking');
  try {
    return await credentials();
  } catch (cause) {
    const name = errorName(cause) ?? 'unknown error';
    const hint = name === 'CredentialsProviderError' ? WITHOUT_CREDENTIALS : explainUnknown(name, region);
    const message = `no token for Kafka: no credentials of AWS (${name})`;
    throw new FaultError('KAFKA_UNAVAILABLE', message, { retryable: true, cause, hint });
  }
}

/** The hash that the signer asks for, on Node's own. */
class Sha256 {
  readonly #sum: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#sum = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#sum.update(toBytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#sum.digest();
  }

  reset(): void {
    throw new TypeError('a sum is taken once');
  }
}

function toBytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
