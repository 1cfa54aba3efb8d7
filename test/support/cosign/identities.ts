import { GITHUB_ISSUER, githubRequest } from '../sigstore/github.ts';

/** Somebody with an identity token, and how they are asked for. */
export interface Identity {
  /** Claims of the token. */
  readonly token: Readonly<Record<string, unknown>>;
  readonly issuer: string;
  readonly subject: string;
}

export const IDENTITIES = {
  github: {
    token: { iss: GITHUB_ISSUER, sub: 'repo:acme/app:ref:refs/tags/v1.0.0', repository: 'acme/app' },
    issuer: GITHUB_ISSUER,
    subject: githubRequest({ repository: 'acme/app' }).subject ?? '',
  },
  email: {
    token: { iss: 'https://accounts.example', sub: '42', email: 'alice@acme.example', email_verified: true },
    issuer: 'https://accounts.example',
    subject: 'alice@acme.example',
  },
  uri: {
    token: { iss: 'https://issuer.example', sub: 'https://acme.example/robot' },
    issuer: 'https://issuer.example',
    subject: 'https://acme.example/robot',
  },
} as const satisfies Readonly<Record<string, Identity>>;

/** How an identity is asked for. */
export function wanted({ issuer, subject }: Identity): Pick<Identity, 'issuer' | 'subject'> {
  return { issuer, subject };
}
