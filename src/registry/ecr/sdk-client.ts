import type { ECR } from '@aws-sdk/client-ecr';
import { createSdkSettings, type SdkOptions } from '../../egress/aws/sdk-settings.ts';

/** Loads AWS's SDK and makes its client of ECR. */
export async function createSdkClient(options: SdkOptions): Promise<ECR> {
  // Three hundred files: only where a registry is of this kind.
  const [sdk, settings] = await Promise.all([import('@aws-sdk/client-ecr'), createSdkSettings(options)]);
  return new sdk.ECR(settings);
}
