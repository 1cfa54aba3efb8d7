import { Kafka, type KafkaConfig, type SASLOptions } from 'kafkajs';
import type { Logger } from 'pino';
import type { KafkaTopic, PasswordLogin } from '../../domain/kafka-topic.ts';
import { createKafkaLog } from './kafka-log.ts';
import { createTokenMechanism, type ReadToken } from './token-mechanism.ts';

export interface KafkaClientDeps {
  readonly logger: Logger;
  /** Gives a token that is valid now, where the login is by one. */
  readonly readToken?: ReadToken | undefined;
}

const CONNECT_TIMEOUT_MS = 5000;

/** A client of the brokers; nothing is contacted yet. */
export function createKafkaClient({ brokers, tls, sasl }: KafkaTopic, { logger, readToken }: KafkaClientDeps): Kafka {
  return new Kafka({
    clientId: 'lazaret',
    brokers: [...brokers],
    connectionTimeout: CONNECT_TIMEOUT_MS,
    logCreator: createKafkaLog(logger),
    ...(tls !== undefined && { ssl: toTlsOptions(tls) }),
    ...(sasl !== undefined && { sasl: toSaslOptions(sasl, readToken) }),
  });
}

function toTlsOptions(tls: NonNullable<KafkaTopic['tls']>): NonNullable<KafkaConfig['ssl']> {
  if (typeof tls === 'boolean') return tls;
  const { key, ...rest } = tls;
  // Asked for with each connection: it may be exchanged.
  return key === undefined
    ? rest
    : Object.defineProperty({ ...rest }, 'key', { enumerable: true, get: () => key.reveal() });
}

function toSaslOptions(
  login: NonNullable<KafkaTopic['sasl']>,
  readToken: ReadToken | undefined,
): NonNullable<KafkaConfig['sasl']> {
  if (login.mechanism !== 'oauthbearer' && login.mechanism !== 'aws-msk-iam') return toPasswordOptions(login);
  if (readToken === undefined) throw new TypeError(`nobody gives tokens for ${login.mechanism}`);
  return createTokenMechanism(readToken, login.mechanism === 'oauthbearer' ? login.extensions : {});
}

// The library's type is a union by mechanism, and ours a record: a name of a mechanism picks its member.
function toPasswordOptions({ mechanism, username, password }: PasswordLogin): SASLOptions {
  // Asked for with each connection: it may be exchanged.
  const login = {
    username,
    get password() {
      return password.reveal();
    },
  };
  switch (mechanism) {
    case 'plain':
      return Object.assign(login, { mechanism });
    case 'scram-sha-256':
      return Object.assign(login, { mechanism });
    case 'scram-sha-512':
      return Object.assign(login, { mechanism });
  }
}
