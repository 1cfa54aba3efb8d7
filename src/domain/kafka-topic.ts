import type { Secret } from '../kit/secret.ts';

/** A topic of Kafka, and how its brokers are reached. */
export interface KafkaTopic {
  /** Each `host:port`. */
  readonly brokers: readonly string[];
  readonly topic: string;
  /** The consumer group. */
  readonly group: string;
  /** `true`: TLS with the system's roots. Certificates are always checked. All members are PEM. */
  readonly tls?: boolean | { readonly ca?: string; readonly cert?: string; readonly key?: Secret };
  readonly sasl?: KafkaLogin;
}

/** Who we are to the brokers. */
export type KafkaLogin = PasswordLogin | TokenLogin;

export interface PasswordLogin {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: Secret;
}

/** By a token that ends: how one is come by. */
export type TokenLogin = TokenFileLogin | ClientCredentialsLogin | MskLogin;

/** Somebody else keeps a fresh token in a file: Kubernetes, a sidecar. */
export interface TokenFileLogin extends OauthBearer {
  readonly from: 'file';
  /** Absolute path. */
  readonly tokenFile: string;
}

/** A token service gives it for a client's id and secret (RFC 6749 §4.4). */
export interface ClientCredentialsLogin extends OauthBearer {
  readonly from: 'endpoint';
  readonly tokenEndpoint: URL;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scope?: string;
  /** What some services ask for besides, such as Auth0's `audience`. */
  readonly audience?: string;
  /** PEM. */
  readonly ca?: string;
}

interface OauthBearer {
  readonly mechanism: 'oauthbearer';
  /** SASL extensions (RFC 7628 §3.1), such as Confluent's `logicalCluster`. */
  readonly extensions: Readonly<Record<string, string>>;
}

/** Signed with credentials of AWS, for Amazon MSK. */
export interface MskLogin {
  readonly mechanism: 'aws-msk-iam';
  /** Such as `eu-central-1`. */
  readonly region: string;
  /** A role to take on; absent: who the SDK finds. */
  readonly roleArn?: string;
}

// `b-1.pushes.abc123.c2.kafka.eu-central-1.amazonaws.com`; serverless clusters are `kafka-serverless`.
const MSK_BROKER = /\.kafka(?:-serverless)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?:\d+$/;

/** The region that a broker of Amazon MSK stands in by its name; `undefined` for any other. */
export function parseMskRegion(broker: string): string | undefined {
  return MSK_BROKER.exec(broker.toLowerCase())?.[1];
}
