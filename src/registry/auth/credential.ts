/** What we show a registry or its token service, read at the last moment. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth 2 refresh token: the token service changes it into access tokens. */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** A ready access token. */
  | { readonly kind: 'bearer'; readonly token: string };

/** The value of a Basic `Authorization` header (RFC 7617). */
export function basicHeader(credential: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`;
}
