import type { ECRClientConfig } from '@aws-sdk/client-ecr';
import { createSdkHandler, type SdkExchange } from './sdk-handler.ts';

export interface SdkOptions {
  readonly region: string;
  /** A role to take on; absent: who the SDK finds. */
  readonly roleArn?: string;
  /** One address for every service of AWS, where it is not AWS's own: for tests. */
  readonly endpoint?: URL;
  readonly exchange: SdkExchange;
}

/** What the client of any service of AWS is made with. */
export type SdkSettings = Pick<
  ECRClientConfig,
  'region' | 'requestHandler' | 'maxAttempts' | 'endpoint' | 'credentials'
>;

/**
 * Loads what finds credentials in AWS's SDK (environment, profiles, SSO, web identity, container, instance), and says
 * how a client is made with them and our way out. It repeats nothing by itself: who calls it knows better what may be
 * repeated.
 */
export async function createSdkSettings({ region, roleArn, endpoint, exchange }: SdkOptions): Promise<SdkSettings> {
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const shared = {
    region,
    requestHandler: createSdkHandler(exchange),
    maxAttempts: 1,
    ...(endpoint !== undefined && { endpoint: endpoint.href }),
  };
  // Told to each of them: the SDK's own hand-over forgets the way out when a role is taken on.
  const chain = fromNodeProviderChain({ clientConfig: shared });
  const params = { RoleArn: roleArn, RoleSessionName: 'lazaret' };
  const credentials =
    roleArn === undefined
      ? chain
      : fromTemporaryCredentials({ masterCredentials: chain, clientConfig: shared, params });
  return { ...shared, credentials };
}
