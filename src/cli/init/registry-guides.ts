import type { RegistryKindName } from '../../domain/registry-kind.ts';
import type { AnnounceWay } from './answers.ts';

/** How one kind of registry is set up. */
export interface RegistryGuide {
  /** Its address, where all have the same, or an example. */
  readonly url: string;
  /** Repositories to begin with: names in full where it does not tell what it holds. */
  readonly repositories: readonly string[];
  /** How pushes can be announced, the best first. */
  readonly ways: readonly AnnounceWay[];
  readonly dialect: string;
  /** Lines of the webhook source that say how its sender is known. */
  readonly proof: readonly string[];
  /** What is set in the registry for a webhook. `{url}`: where to; `{secret}`: the file that holds the secret. */
  readonly steps: readonly string[];
  /** Whether all have this address. */
  readonly isHosted?: true;
  /** The name it is signed in with; default `lazaret`. */
  readonly user?: string;
  /** Whether it asks for the user it is read by; AWS finds its own. */
  readonly signsIn?: false;
}

const HOOK = 'secrets/hook';
const bearer = [`bearerFile: ${HOOK}`];
const path = [`pathFile: ${HOOK}   # the address is the secret: this registry can prove nothing`];
const hmac = [`hmac: { secretFile: ${HOOK} }`];
const POLLED = ['Nothing: Lazaret sweeps it.'];

/** One for each kind; what to click is as its documentation says. */
export const REGISTRY_GUIDES: Readonly<Record<RegistryKindName, RegistryGuide>> = {
  oci: guide({ dialect: 'lazaret', proof: bearer, steps: OWN_EVENT() }),
  distribution: guide({
    ways: ['webhook', 'kafka', 'poll'],
    proof: bearer,
    steps: [
      'In its config.yml, under notifications.endpoints: name: lazaret, url: {url},',
      'headers: { Authorization: ["Bearer <content of {secret}>"] }. Then restart it.',
    ],
  }),
  zot: guide({
    dialect: 'zot',
    proof: bearer,
    steps: [
      'In its config.json, under extensions.events.sinks: { "type": "http", "address": "{url}",',
      '"credentials": { "token": "<content of {secret}>" } }. Then restart it.',
    ],
  }),
  harbor: guide({
    dialect: 'harbor',
    proof: [`authorizationFile: ${HOOK}`],
    steps: [
      'For each project: Webhooks > New webhook. Notify type http, event "Artifact pushed", endpoint {url},',
      'auth header: the content of {secret}, whole.',
      'For reading: Administration > Robot accounts > New, with "list repository" and "pull repository".',
    ],
  }),
  gitlab: guide({
    url: 'https://registry.gitlab.com',
    isHosted: true,
    repositories: ['acme/**'],
    ways: ['poll', 'webhook'],
    proof: bearer,
    steps: [
      'GitLab.com announces nothing. On your own GitLab, in gitlab.rb: registry["notifications"] = [{ "name" => "lazaret",',
      '"url" => "{url}", "headers" => { "Authorization" => ["Bearer <content of {secret}>"] } }], then gitlab-ctl reconfigure.',
    ],
  }),
  quay: guide({
    url: 'https://quay.io',
    isHosted: true,
    dialect: 'quay',
    proof: path,
    steps: [
      'For each repository: Settings > Events and notifications > Create notification. Event "Push to Repository",',
      'method "Webhook POST", URL {url}.',
      'Quay switches a notification off that failed three times in a row: look there if nothing comes.',
    ],
  }),
  dockerhub: guide({
    url: 'https://registry-1.docker.io',
    isHosted: true,
    repositories: ['acme/app'],
    dialect: 'dockerhub',
    proof: path,
    steps: ['For each repository: Webhooks > name lazaret, URL {url} > Create.'],
  }),
  ghcr: guide({
    url: 'https://ghcr.io',
    isHosted: true,
    repositories: ['acme/app'],
    dialect: 'github',
    proof: hmac,
    steps: [
      'Organization or repository: Settings > Webhooks > Add webhook. Payload URL {url}, content type application/json,',
      'secret: the content of {secret}, events: "Packages" and "Registry packages" alone.',
      'For reading: a personal access token (classic) with read:packages.',
    ],
  }),
  ecr: guide({
    url: 'https://123456789012.dkr.ecr.eu-central-1.amazonaws.com',
    ways: ['sqs', 'poll', 'webhook'],
    dialect: 'ecr',
    proof: [`header: { name: X-Lazaret, valueFile: ${HOOK} }`],
    steps: [
      'An EventBridge rule for "ECR Image Action" with an API destination {url}, whose connection has the API key',
      'X-Lazaret with the content of {secret}. Better: a queue; deploy/aws has rule, queue and rights ready.',
    ],
    signsIn: false,
  }),
  gar: guide({
    url: 'https://europe-docker.pkg.dev',
    user: '_json_key',
    ways: ['webhook', 'pubsub', 'poll'],
    dialect: 'gar',
    proof: [
      'oidc:',
      '  issuer: https://accounts.google.com',
      '  audience: {url}',
      '  email: pubsub-push@acme.iam.gserviceaccount.com   # change me',
    ],
    steps: [
      'gcloud pubsub topics create gcr (of this name, in the project of the repositories)',
      'gcloud pubsub subscriptions create lazaret --topic=gcr --push-endpoint={url} \\',
      '  --push-auth-service-account=pubsub-push@acme.iam.gserviceaccount.com --push-auth-token-audience={url}',
      'For reading: a service account with roles/artifactregistry.reader; its key (JSON) is the password of _json_key.',
    ],
  }),
  acr: guide({
    url: 'https://acme.azurecr.io',
    dialect: 'acr',
    proof: [`header: { name: X-Lazaret, valueFile: ${HOOK} }`],
    steps: [
      'az acr webhook create --registry acme --name lazaret --actions push --uri {url} \\',
      '  --headers "X-Lazaret=$(cat {secret})"',
      'For reading: az acr token create --registry acme --name lazaret --scope-map _repositories_pull_metadata_read',
    ],
  }),
  artifactory: guide({
    url: 'https://acme.jfrog.io',
    dialect: 'artifactory',
    proof: hmac,
    steps: [
      'Administration > General > Webhooks > New: URL {url}, event "Docker > Tag was pushed", secret token: the content of',
      '{secret}, with "Use secret for payload signing". Administration > General > Settings: set the Custom Base URL.',
    ],
  }),
  nexus: guide({
    dialect: 'nexus',
    proof: hmac,
    steps: [
      'Administration > System > Capabilities > Create > Webhook: Repository. Repository: yours, event type: component,',
      'URL {url}, secret key: the content of {secret}.',
    ],
  }),
  gitea: guide({
    dialect: 'gitea',
    proof: hmac,
    steps: [
      'Organization > Settings > Webhooks > Add webhook > Gitea (or Forgejo). Target URL {url}, POST, application/json,',
      'secret: the content of {secret}, custom events: Package.',
      'For reading: a token with the scope read:package.',
    ],
  }),
  chainguard: guide({
    url: 'https://cgr.dev',
    isHosted: true,
    repositories: ['acme.example/app'],
    dialect: 'chainguard',
    proof: [
      'oidc:',
      '  issuer: https://issuer.enforce.dev',
      '  audience: customer',
      '  subject: "webhook:UIDP"   # change me',
    ],
    steps: [
      'chainctl events subscriptions create {url} (the subject of its tokens is webhook: and the UIDP of your organization)',
    ],
  }),
  pulp: guide({ ways: ['poll'], steps: POLLED }),
};

function OWN_EVENT(): readonly string[] {
  return [
    'Whatever pushes an image announces it: a POST of the event dev.lazaret.image.pushed.v1 to {url} with',
    'Authorization: Bearer <content of {secret}>. docs/events.md has it ready for curl.',
  ];
}

function guide(more: Partial<RegistryGuide>): RegistryGuide {
  return {
    url: 'https://registry.example.com',
    repositories: ['acme/**'],
    ways: ['webhook', 'poll'],
    dialect: 'distribution',
    proof: bearer,
    steps: POLLED,
    ...more,
  };
}
