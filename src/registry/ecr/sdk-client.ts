import type { ECR } from '@aws-sdk/client-ecr';
import type { HttpTransport } from '../http/http-transport.ts';
import { createSdkHandler } from './sdk-handler.ts';

export interface SdkClientOptions {
  readonly region: string;
  /** A role to take on; absent: who the SDK finds. */
  readonly roleArn?: string;
  /** One address for every service of AWS, where it is not AWS's own: for tests. */
  readonly endpoint?: URL;
  readonly transport: HttpTransport;
}

/**
 * Loads AWS's SDK and makes its client, with the credentials of its default chain (environment, profiles, SSO, web
 * identity, container, instance). It repeats nothing by itself: who calls it knows better what may be repeated.
 */
export async function createSdkClient({ region, roleArn, endpoint, transport }: SdkClientOptions): Promise<ECR> {
  // Three hundred files: only where a registry is of this kind.
  const [sdk, { fromNodeProviderChain, fromTemporaryCredentials }] = await Promise.all([
    import('@aws-sdk/client-ecr'),
    import('@aws-sdk/credential-providers'),
  ]);
  const shared = {
    region,
    requestHandler: createSdkHandler(transport),
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
  return new sdk.ECR({ ...shared, credentials });
}
