import { GITHUB_ISSUER } from '../support/sigstore-world.ts';

/** How long the demo's policy waits for evidence: long enough to sign within it, short enough to watch it end. */
export const GRACE_SECONDS = 8;

export interface DemoAddresses {
  /** `127.0.0.1:PORT` of the registry. */
  readonly registryHost: string;
  readonly httpPort: number;
  readonly smtpPort: number;
}

/** The configuration and the policy, as a newcomer would write them. */
export function demoFiles({ registryHost, httpPort, smtpPort }: DemoAddresses): Record<string, string> {
  return {
    'lazaret.yaml': `# Written by \`make demo\`, and deleted when it ends.
dataDir: data
http: { host: 127.0.0.1, port: ${httpPort} }
registries:
  - id: demo
    url: http://${registryHost}
    plainHttp: true
    repositories: ["acme/**"]
    writeCredentials: none          # this registry lets anybody write
sources:
  - { kind: webhook, id: registry, dialect: distribution, registry: demo, bearerFile: secrets/webhook }
  # Finds what no webhook told of; what lies there already is treated like a push.
  - { kind: poll, id: sweep, registry: demo, every: 1m, baseline: judge }
trust:
  - { name: demo, trustedRootFile: trusted-root.json }
  - { name: sigstore, refresh: false } # the public instance is not asked: the demo needs no network
policies: ["policies/*.yaml"]
quarantine: { mode: tag }
notify:
  - { kind: slack, id: security, urlFile: secrets/slack }
  - kind: email
    id: oncall
    smtp: { host: 127.0.0.1, port: ${smtpPort}, security: none }
    from: lazaret@acme.example
    to: [oncall@acme.example]
`,
    'policies/acme.yaml': `apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: acme-apps }
spec:
  images: ["${registryHost}/acme/**"]
  grace: ${GRACE_SECONDS}s
  onFailure: quarantine
  require:
    - name: built by our release workflow
      provenance:
        signer:
          trust: demo
          issuer: ${GITHUB_ISSUER}
          subject: { pattern: "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v.*" }
        source: { repository: https://github.com/acme/app, ref: "refs/tags/v*" }
        builder: https://github.com/actions/runner/github-hosted
`,
  };
}
