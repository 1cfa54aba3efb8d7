import { isReadOnly } from '../domain/mark-name.ts';
import { registryName } from '../domain/registry-name.ts';
import type { InputIssue } from '../kit/errors.ts';
import { globsOverlap } from '../kit/glob-overlap.ts';
import { isLoopback } from '../kit/loopback.ts';
import type { YamlDocument } from '../kit/strict-yaml.ts';
import { namesOf } from '../policy/judge/match-images.ts';
import type { Config } from './config.ts';
import { findUnlisted } from './find-unlisted.ts';
import type { RegistryConfig } from './registry-schema.ts';
import type { WebhookSourceConfig } from './source-config.ts';

/** What a configuration may say but probably does not mean. */
export function findWarnings(config: Omit<Config, 'warnings'>, document: YamlDocument): readonly InputIssue[] {
  const at = (...path: readonly PropertyKey[]): string => document.locate(path);
  return [
    ...findIdlePolicies(config),
    ...config.registries.flatMap((registry, index) => warnOfRegistry(registry, config, at('registries', index))),
    ...findUnlisted(config, (index) => at('registries', index)),
    ...config.sources.flatMap((source, index) => warnOfSource(source, at('sources', index))),
    ...warnIf(config.sources.length === 0, {
      where: at(),
      message: 'nothing announces pushes: there are no `sources`',
      hint: 'Images are judged only when asked for, by `lazaret verify`.',
    }),
    ...warnIf(config.notify.length === 0, {
      where: at(),
      message: 'nobody is told of failures: there is no `notify`',
      hint: 'Add a Slack webhook or mail.',
    }),
    ...warnIf(!isLoopback(config.http.host) && config.http.token === undefined, {
      where: at('http'),
      message: 'the API answers nobody: it listens on more than loopback and has no token',
      hint: 'Add `tokenFile` to `http`.',
    }),
  ];
}

function warnIf(condition: boolean, issue: InputIssue): readonly InputIssue[] {
  return condition ? [issue] : [];
}

function findIdlePolicies({ policies, registries }: Omit<Config, 'warnings'>): readonly InputIssue[] {
  const covered = registries.flatMap(({ url, repositories }) =>
    repositories.map((glob) => `${registryName(url)}/${glob}`),
  );
  return policies.policies
    .filter((policy) => !policy.images.some((image) => covered.some((glob) => globsOverlap(namesOf(image), glob))))
    .map((policy) => ({
      where: policy.file,
      message: `the policy "${policy.name}" covers no repository of any configured registry`,
      hint: `Its images are ${policy.images.join(', ')}; the registries have ${covered.join(', ')}.`,
    }));
}

function warnOfRegistry(registry: RegistryConfig, config: Omit<Config, 'warnings'>, where: string) {
  const { id, kind, url, credentials, writeCredentials } = registry;
  const needsWrites = !isReadOnly(registry.mode ?? config.quarantine.mode) && writeCredentials === undefined;
  const sends = [credentials, writeCredentials].some((entry) => entry !== undefined && entry.kind !== 'none');
  return [
    ...warnIf(needsWrites, {
      where,
      message: `nothing can be quarantined in "${id}": it has no \`writeCredentials\``,
      hint: `Add them (${kind === 'ecr' ? '`aws`, or `roleArn: …`' : '`none` if the registry takes writes from anybody'}), or set \`quarantine: { mode: observe }\` or \`rehearse\`.`,
    }),
    ...warnIf(sends && url.protocol === 'http:' && !isLoopback(url.hostname), {
      where,
      message: `the credentials of "${id}" cross the network in clear text`,
      hint: 'Give the registry TLS (`caFile` for a private authority).',
    }),
  ];
}

/** Logins that say the secret itself, to whoever listens. */
const SPOKEN = new Set(['plain', 'oauthbearer']);

function warnOfSource(source: Config['sources'][number], where: string) {
  if (source.kind === 'poll') return [];
  const isSpoken =
    source.kind === 'kafka' && SPOKEN.has(source.sasl?.mechanism ?? '') && (source.tls ?? false) === false;
  const isAway = source.kind === 'kafka' && !source.brokers.every((broker) => isLoopback(broker.replace(/:\d+$/, '')));
  const clear = warnIf(isSpoken && isAway, {
    where,
    message: `what "${source.id}" logs in with crosses the network in clear text`,
    hint: 'Give the brokers TLS (`tls: true`, or `tls: { caFile: … }`).',
  });
  const isMixed = source.dialect === 'distribution' && source.registryIds.length > 1;
  return [
    ...clear,
    ...warnIf(source.kind === 'webhook' && !canProve(source), {
      where,
      message: `${source.dialect} cannot prove itself to "${source.id}" in this way: it sends nothing but the event`,
      hint: 'Use `pathFile` with a long random path, or have a proxy in front add a secret `header` (docs/authentication.md).',
    }),
    ...warnIf(isMixed, {
      where,
      message: `whoever pushes chooses which registry of "${source.id}" he is judged at: distribution's host is what he typed`,
      hint: 'Give each registry a source of its own.',
    }),
  ];
}

/** Whether a sender of this dialect can do what is asked of it, by itself or by a proxy that adds a header of its own. */
function canProve({ dialect, authentication: way }: WebhookSourceConfig): boolean {
  if (way.kind === 'path' || (dialect !== 'dockerhub' && dialect !== 'quay')) return true;
  if (way.kind === 'header') return way.name.toLowerCase() !== 'authorization';
  return way.kind === 'clientCertificate' && dialect === 'quay';
}
