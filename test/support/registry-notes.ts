import type { RegistryKindName } from '../../src/domain/registry-kind.ts';

/** What a page of a registry says that no table of the program does. */
export interface RegistryNotes {
  /** The right it takes to read, and to write quarantine tags. */
  readonly rights: readonly [read: string, write: string];
  /** What one must know. */
  readonly notes: readonly string[];
  /** Where it is said. */
  readonly sources: readonly string[];
  /** A file of `test/fixtures/events`. */
  readonly event?: string;
}

export const REGISTRY_NOTES: Readonly<Record<RegistryKindName, RegistryNotes>> = {
  oci: {
    rights: ['pull', 'push; delete of tags, so that release takes ours off'],
    notes: [
      'Any registry with the OCI distribution API. Whether it deletes tags, lists referrers and tells what it holds is found out.',
      'A registry that can send JSON of any shape to a webhook is read by the dialect [`generic`](../events.md#any-other-registry).',
      'Where it can send nothing, let whatever pushes announce it by [Lazaret’s own event](../events.md#lazarets-own-event), or sweep it.',
    ],
    sources: ['https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md'],
    event: 'lazaret-pushed-structured.json',
  },
  distribution: {
    rights: ['pull', 'push; `delete.enabled: true` in its configuration, so that release takes our tag off'],
    notes: [
      'Its queue of events is in memory: what it had not sent is lost with a restart. A [sweep](../sweeps.md) finds it.',
      'It sends a refused event again for ever and holds back all that come after it, so an unreadable one is accepted after three refusals.',
      'Version 2.8 deletes no tags (400 `DIGEST_INVALID`): release points ours to an artifact without content. Version 3 does.',
      'It has no referrers API (2.8.2, 3.1.2): evidence is found by its tags. The host in its events is the one the pusher typed.',
    ],
    sources: ['https://distribution.github.io/distribution/about/notifications/'],
    event: 'distribution-3.1.2-push-tag.json',
  },
  zot: {
    rights: ['read', 'create, update and delete'],
    notes: [
      'It tries an event once and then only logs it: [sweep](../sweeps.md) it too. Events come in any order.',
      '`retention.policies[].keepTags` removes what no pattern names: give our tags a pattern (`quarantined-.*`).',
      'Moving a tag removes the old manifest at once; deleting a tag keeps it (main branch of August 2026).',
      'Its events name no host: give each zot a source of its own.',
    ],
    sources: ['https://zotregistry.dev/latest/articles/events/'],
    event: 'zot-2026.08-image-updated-tag.json',
  },
  harbor: {
    rights: [
      'a robot account with `list repository`, `pull repository`, `read artifact`, `list artifact`',
      'another with `push repository`, `create tag` and `delete tag`',
    ],
    notes: [
      'A webhook is one project’s: add it to each. Three tries are made for each event.',
      'A tag made by its API sends no event (goharbor/harbor#22640): the sweep finds it.',
      'Tag immutability answers 412 to the second write of a name: exclude `quarantined-*`. Tag retention: keep it always.',
    ],
    sources: ['https://goharbor.io/docs/latest/working-with-projects/project-configuration/configure-webhooks/'],
    event: 'harbor-pushed-default.json',
  },
  gitlab: {
    rights: ['a deploy token with `read_registry`, and `read_api` for what lies in it', 'one with `write_registry`'],
    notes: [
      'GitLab.com sends no events of its registry: it is swept. Its list of tags tells no digests, so a sweep costs a HEAD a tag.',
      'A GitLab of your own sends the events of distribution where `registry["notifications"]` is set.',
      'Clean-up policies: "keep tags matching" `quarantined-.*`.',
    ],
    sources: [
      'https://docs.gitlab.com/administration/packages/container_registry/#configure-container-registry-notifications',
    ],
    event: 'distribution-gitlab-push-tag.json',
  },
  quay: {
    rights: ['a robot account with Read', 'another with Write'],
    notes: [
      'Notifications prove nothing: the path of the receiver is the secret, or a client certificate on a Quay of your own.',
      'They name no digest: each tag is resolved once. A push by digest sends nothing.',
      'After three failures in a row Quay switches a notification off, until somebody switches it on again.',
    ],
    sources: ['https://docs.quay.io/guides/notifications.html'],
    event: 'quay-repo_push.json',
  },
  dockerhub: {
    rights: ['a personal access token with Read-only', 'one with Read & Write'],
    notes: [
      'Webhooks prove nothing and name no digest: the path is the secret, each tag is resolved once.',
      'Tags cannot be deleted by the distribution API: release points ours to an artifact without content.',
      'It tells nobody what lies in it: name the repositories in full. Pulls are limited: see `requestsPerMinute`.',
      '`docker.io`, `index.docker.io` and `registry-1.docker.io` are one registry; `alpine` is `docker.io/library/alpine`.',
    ],
    sources: ['https://docs.docker.com/docker-hub/repos/manage/webhooks/'],
    event: 'dockerhub-pushed.json',
  },
  ghcr: {
    rights: ['a personal access token (classic) with `read:packages`', 'one with `write:packages`'],
    notes: [
      'GitHub never sends an event again by itself: redeliver by hand or by its API what it shows as failed, or sweep.',
      'Tags cannot be deleted (405): release points ours to an artifact without content. There is no referrers API.',
      'It tells nobody what lies in it: name the repositories in full, owner in lower case.',
    ],
    sources: ['https://docs.github.com/en/webhooks/webhook-events-and-payloads#package'],
    event: 'github-package-published.json',
  },
  ecr: {
    rights: ['[deploy/aws](../../deploy/aws) has both policies ready: reader', 'and writer'],
    notes: ['[docs/ecr.md](../ecr.md) says all of it: roles, rights, the queue, tags, limits.'],
    sources: ['https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html'],
    event: 'ecr-image-action-push.json',
  },
  gar: {
    rights: [
      '`roles/artifactregistry.reader`',
      '`roles/artifactregistry.repoAdmin` on the repository: it removes tags',
    ],
    notes: [
      'By a push subscription (`kind: webhook`, `oidc`), or [pulled](../events.md#pulled-from-google-pubsub) (`kind: pubsub`).',
      'The topic is called `gcr`, whatever the repository. It delivers at least once, in no order.',
      'In a repository with immutable tags no tag can be taken off again, and the mark is permanent: read that flag first.',
    ],
    sources: ['https://docs.cloud.google.com/artifact-registry/docs/configure-notifications'],
    event: 'gar-pushed-envelope.json',
  },
  acr: {
    rights: [
      'a token with the scope map `_repositories_pull_metadata_read`',
      'one with content/write and content/delete',
    ],
    notes: [
      'Its own webhooks carry the headers you set; by Event Grid (dialect `eventgrid`) take tokens of Microsoft Entra.',
      'Event Grid drops what is answered with 400, 401, 403 or 413, unless it has a dead-letter destination.',
      'A tag with `writeEnabled: false` cannot be moved or deleted.',
    ],
    sources: ['https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference'],
    event: 'acr-webhook-push.json',
  },
  artifactory: {
    rights: ['a user with Read', 'one with Deploy/Cache and Delete/Overwrite'],
    notes: [
      'Choose "use secret for payload signing"; without it the plain secret is sent, which is configured as `header`.',
      'The host of its events is right only where Custom Base URL is set. One repository is `repo-key/image`.',
      'What a remote repository caches is announced under the name of the cache.',
    ],
    sources: ['https://jfrog.com/help/r/jfrog-platform-administration-documentation/domain-docker'],
    event: 'artifactory-docker-pushed.json',
  },
  nexus: {
    rights: ['a role with `nx-repository-view-docker-*-read` and `-browse`', 'one with `-add`, `-edit` and `-delete`'],
    notes: [
      'It signs with HMAC-SHA1 and nothing else, so that is taken for this dialect alone.',
      'Events name no digest, and come several times for one upload, in any order. Its host is not in them.',
      'Read where it uses path-based routing; behind a connector of its own use [`generic`](../events.md#any-other-registry).',
    ],
    sources: ['https://help.sonatype.com/en/repository-manager-webhooks.html'],
    event: 'nexus-docker-created.json',
  },
  gitea: {
    rights: ['a token with `read:package`', 'one with `write:package`'],
    notes: [
      'Gitea and Forgejo send the same event; the signature is in `X-Hub-Signature-256`.',
      'Events get lost (go-gitea/gitea#22791): sweep it too. They name no digest but for images without a tag.',
      'Seen with Gitea 1.26.0: a tag pushed as `V1` is kept as `v1`; it deletes tags (202, the digest stays) and has no referrers API; every list links to a next page, the last one too, which is empty.',
    ],
    sources: ['https://docs.gitea.com/usage/webhooks', 'https://forgejo.org/docs/latest/user/webhooks/'],
    event: 'gitea-package-created.json',
  },
  chainguard: {
    rights: ['a pull token (`chainctl auth configure-docker --pull-token`)', 'the role `registry.push`'],
    notes: [
      'Every subscription has the audience `customer`: it is the subject that says whose it is.',
      'Tokens are checked by the keys of its issuer ([tokens](../authentication.md#tokens-of-an-oidc-issuer)).',
    ],
    sources: ['https://edu.chainguard.dev/platform/administration/cloudevents/events-reference/'],
    event: 'chainguard-registry-push-v1.json',
  },
  pulp: {
    rights: ['the role `container.containerdistribution_consumer`', '`container.containerdistribution_collaborator`'],
    notes: ['It announces no images (pulp/pulpcore#5337): it is swept.'],
    sources: ['https://pulpproject.org/pulp_container/'],
  },
};
