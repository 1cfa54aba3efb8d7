import { stringify } from 'yaml';
import { GITHUB_ISSUER } from '../../support/sigstore-world.ts';

/** Only this workflow may sign what these tests push. */
export const RELEASE_WORKFLOW = 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v.*';

/**
 * Two policies that ask for the same: images under `acme/strict…` get hardly any grace, those under `acme/patient…`
 * more than a test lasts.
 */
export function policies(host: string): string {
  return [policy('strict', host, '2s'), policy('patient', host, '1h')].join('---\n');
}

function policy(name: string, host: string, grace: string): string {
  const signer = { trust: 'acme', issuer: GITHUB_ISSUER, subject: { pattern: RELEASE_WORKFLOW } };
  return stringify({
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name },
    spec: {
      images: [`${host}/acme/${name}**`],
      grace,
      require: [
        {
          name: 'built by our release workflow',
          provenance: { signer, source: { repository: 'https://github.com/acme/app', ref: 'refs/tags/v*' } },
        },
      ],
    },
  });
}
