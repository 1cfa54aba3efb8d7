import { readFile } from 'node:fs/promises';
import type { KafkaTopic, TokenFileLogin, TokenLogin } from '../domain/kafka-topic.ts';
import type { ProxyRules } from '../domain/proxy-rules.ts';
import { signMskToken } from '../egress/aws/msk-token.ts';
import { errorCode } from '../kit/error-code.ts';
import { FaultError } from '../kit/errors.ts';
import { keepFresh } from '../kit/io/keep-fresh.ts';
import { readClientToken } from './client-token.ts';
import { createServiceTransport } from './service-transport.ts';

/** Gives tokens for the brokers of one topic. */
export interface KafkaTokens {
  /** A token that is valid now. @throws {FaultError} `KAFKA_UNAVAILABLE` */
  read(): Promise<string>;
  close(): Promise<void>;
}

/** What a token service, or one of AWS for credentials, may take. */
const TIMEOUT_MS = 5_000;

/** Prepares it; nothing is asked yet. `undefined` where the login needs no token. */
export function createKafkaTokens(
  { sasl }: Pick<KafkaTopic, 'sasl'>,
  proxy: ProxyRules | undefined,
): KafkaTokens | undefined {
  if (sasl?.mechanism !== 'oauthbearer' && sasl?.mechanism !== 'aws-msk-iam') return undefined;
  // Somebody else renews the file, and it costs nothing to read.
  if (sasl.mechanism === 'oauthbearer' && sasl.from === 'file') {
    return { read: () => readTokenFile(sasl), close: async () => undefined };
  }
  return createRenewedTokens(sasl, proxy);
}

function createRenewedTokens(login: Exclude<TokenLogin, TokenFileLogin>, proxy: ProxyRules | undefined): KafkaTokens {
  const { transport, read } = login.mechanism === 'aws-msk-iam' ? byAws(login, proxy) : byEndpoint(login, proxy);
  return { read: keepFresh(read, () => performance.now()), close: () => transport.close() };
}

function byEndpoint(login: Extract<TokenLogin, { from: 'endpoint' }>, proxy: ProxyRules | undefined) {
  const transport = createServiceTransport({ base: login.tokenEndpoint, ca: login.ca, proxy, timeoutMs: TIMEOUT_MS });
  return { transport, read: () => readClientToken(login, transport, TIMEOUT_MS) };
}

function byAws(login: Extract<TokenLogin, { mechanism: 'aws-msk-iam' }>, proxy: ProxyRules | undefined) {
  const base = new URL(`https://sts.${login.region}.amazonaws.com`);
  const transport = createServiceTransport({ base, proxy, timeoutMs: TIMEOUT_MS });
  return { transport, read: () => signMskToken({ ...login, exchange: transport }) };
}

/** Anything else would end the message of the login early. */
const TOKEN = /^[\x21-\x7e]+$/;

async function readTokenFile({ tokenFile }: TokenFileLogin): Promise<string> {
  const token = await readFile(tokenFile, 'utf8').catch((cause: unknown) => {
    throw noToken(`${tokenFile} cannot be read (${errorCode(cause) ?? 'unknown error'})`, cause);
  });
  if (TOKEN.test(token.trim())) return token.trim();
  throw noToken(`${tokenFile} holds no token`);
}

function noToken(why: string, cause?: unknown): FaultError {
  const hint = 'Check `sasl.tokenFile`, and whatever keeps the token in it fresh.';
  return new FaultError('KAFKA_UNAVAILABLE', `no token for Kafka: ${why}`, { retryable: true, cause, hint });
}
