import type { Config } from '../../config/config.ts';
import type { SourceConfig } from '../../config/source-config.ts';
import { chooseProxy } from '../../domain/proxy-rules.ts';
import { proxyName } from '../../egress/egress.ts';
import { listMaterials } from '../../policy/judge/list-materials.ts';
import { readPackagedSeed } from '../../trust/packaged-seed.ts';
import { type Check, ok } from './check.ts';

/** Which way registries, trust roots and Slack are reached: whether each answers that way, its own check says. */
export function checkProxy(
  config: Pick<Config, 'proxy' | 'registries' | 'trust' | 'policies' | 'notify' | 'sources'>,
): Check {
  return { name: 'way out', run: async () => ok(describe(config)) };
}

function describe(config: Parameters<typeof checkProxy>[0]): string {
  const { proxy } = config;
  if (proxy === undefined) return 'no proxy is configured, and the environment names none: all is reached directly';
  const ways = new Map<string, string[]>();
  for (const { name, url } of placesOf(config)) {
    const chosen = chooseProxy(proxy, url);
    const way = chosen === undefined ? 'directly' : `by the proxy ${proxyName(chosen)}`;
    ways.set(way, [...(ways.get(way) ?? []), name]);
  }
  const said = proxy.origin === 'environment' ? 'as the environment says' : 'as `proxy` says';
  return `${[...ways].map(([way, names]) => `${way}: ${names.join(', ')}`).join('; ')} (${said})`;
}

interface Place {
  readonly name: string;
  readonly url: URL;
}

function placesOf({
  registries,
  trust,
  policies,
  notify,
  sources,
}: Parameters<typeof checkProxy>[0]): readonly Place[] {
  const used = new Set(listMaterials(policies.policies).trust);
  return [
    ...registries.map(({ id, url }) => ({ name: `registry ${id}`, url })),
    ...trust.flatMap(({ name, origin }): readonly Place[] => {
      if (!used.has(name) || origin.kind === 'file') return [];
      if (origin.kind === 'tuf') return [{ name: `trust root ${name}`, url: origin.url }];
      return origin.refresh ? [{ name: `trust root ${name}`, url: readPackagedSeed(origin.instance).url }] : [];
    }),
    ...sources.flatMap((source) => askedBy(source).map((url) => ({ name: `source ${source.id}`, url }))),
    ...notify.flatMap((sink): readonly Place[] =>
      sink.kind === 'slack' ? [{ name: `sink ${sink.id}`, url: new URL(sink.url.reveal().trim()) }] : [],
    ),
  ];
}

/** Who is asked on behalf of a source: for keys of tokens, or for a token. */
function askedBy(source: SourceConfig): readonly URL[] {
  if (source.kind === 'sqs') return [source.queueUrl];
  if (source.kind === 'webhook') {
    return source.authentication.kind === 'oidc' ? [new URL(source.authentication.issuer)] : [];
  }
  if (source.kind !== 'kafka' || source.sasl?.mechanism !== 'oauthbearer') return [];
  return source.sasl.from === 'endpoint' ? [source.sasl.tokenEndpoint] : [];
}
