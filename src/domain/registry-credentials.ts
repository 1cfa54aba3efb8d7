import type { Secret } from '../kit/secret.ts';

/** How we show a registry who we are. */
export type RegistryCredentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret }
  /** Absolute path of a Docker `config.json`, with credential helpers; a file that is not there holds no credentials. */
  | { readonly kind: 'docker-config'; readonly path: string }
  /** Whom the SDK of AWS finds, in a role if one is named: for ECR only. */
  | { readonly kind: 'aws'; readonly roleArn?: string };
