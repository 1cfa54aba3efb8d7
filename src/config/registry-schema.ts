import { z } from 'zod';
import type { ApiKind } from '../domain/api-kind.ts';
import type { EcrPlace } from '../domain/ecr-host.ts';
import type { MarkMode } from '../domain/mark-name.ts';
import type { RegistryCredentials } from '../domain/registry-credentials.ts';
import { REGISTRY_KIND_NAMES, type RegistryKindName } from '../domain/registry-kind.ts';
import { addFault } from '../kit/schema-fields.ts';
import { API_FIELDS, checkApi, parseApi } from './api-fields.ts';
import { checkKind, ECR_FIELDS, parseEcr, roleField } from './ecr-fields.ts';
import {
  ALWAYS,
  checkOneOf,
  fileField,
  hostField,
  idField,
  pathField,
  secretFileField,
  secretVariableField,
  textField,
} from './fields.ts';
import { isNearby } from './nearby.ts';
import type { Outside } from './outside.ts';
import { registryQuarantineSchema } from './quarantine-schema.ts';
import { repositoriesField } from './repositories-field.ts';

/** One registry Lazaret stands in front of. */
export interface RegistryConfig {
  readonly id: string;
  readonly kind: RegistryKindName;
  /** Scheme and host only. */
  readonly url: URL;
  /** Where `kind` is `ecr`. */
  readonly ecr?: EcrPlace;
  /** Where it is a kind with an API of its own. */
  readonly api?: { readonly kind: ApiKind; readonly url?: URL };
  /** Globs over repositories, without the host. */
  readonly repositories: readonly string[];
  readonly credentials: RegistryCredentials;
  /** How its failing images are marked; absent: as those of all. */
  readonly mode?: MarkMode;
  /** Absent: Lazaret never writes to this registry. */
  readonly writeCredentials?: RegistryCredentials;
  /** PEM. */
  readonly ca?: string;
  readonly eventHosts: readonly string[];
  readonly realmHosts: readonly string[];
  /** Whether redirects may lead to private addresses; absent: decided by the registry's own host. */
  readonly private?: boolean;
  /** Most requests in any minute; absent: any number. */
  readonly requestsPerMinute?: number;
  readonly limits?: { readonly concurrency: number };
}

/** The schema of one entry of `registries`. */
export function createRegistrySchema(outside: Outside) {
  return z
    .strictObject({
      id: idField('Name of the registry in sources, messages, metrics and the API.'),
      url: urlField,
      kind: z
        .enum(REGISTRY_KIND_NAMES)
        .default('oci')
        .describe(
          'What it is, so that it is known beforehand [what can be done in it](registries/README.md). `oci`: any registry ' +
            'with the OCI distribution API. `ecr`, `harbor`, `gitlab` and `quay` are asked by an API of their own too.',
        ),
      ...ECR_FIELDS,
      ...API_FIELDS,
      repositories: repositoriesField,
      credentials: createCredentialsSchema(outside)
        .prefault('none')
        .describe('Who reads: `none`, a user with a password, or a Docker `config.json`.'),
      writeCredentials: createCredentialsSchema(outside)
        .optional()
        .describe(
          'Who writes quarantine tags; only these are used for it. `none`: the registry takes writes from anybody. ' +
            '`aws` or `roleArn: …` for `kind: ecr`: who reads, or another role. ' +
            'Without this key Lazaret never writes to the registry.',
        ),
      quarantine: registryQuarantineSchema.optional().describe('How failing images are marked there, if otherwise.'),
      requestsPerMinute: z
        .int()
        .min(1)
        .max(100_000)
        .optional()
        .describe(
          'Most requests in any minute, of verification and sweeps together; sweeps take three quarters at most, evenly ' +
            'spread. Default: as many as the registry takes without a "too many".',
        ),
      concurrency: z
        .int()
        .min(1)
        .max(256)
        .optional()
        .describe(
          'Most requests at once; sweeps take half of them at most, and only when nothing else waits. Default: 16.',
        ),
      caFile: fileField(outside, 'PEM file of certificates to trust besides those of the system.').optional(),
      plainHttp: z.boolean().default(false).describe('Speak HTTP without TLS; the URL then begins with `http://`.'),
      eventHosts: z
        .array(hostField)
        .default([])
        .describe(
          'Names (host or host:port) by which events call this registry, besides that of its `url`. They tell the ' +
            'registries of one source apart, and are only compared.',
        ),
      realmHosts: z
        .array(hostField)
        .default([])
        .describe('Hosts (host or host:port) of token services that may see the credentials, besides the registry.'),
      privateRedirects: z
        .boolean()
        .optional()
        .describe('Whether redirects may lead to private addresses. Default: whether the registry is at one itself.'),
    })
    .superRefine(checkTransport, ALWAYS)
    .superRefine(checkKind, ALWAYS)
    .superRefine(checkApi, ALWAYS)
    .transform((written): RegistryConfig => {
      const { id, url, kind, repositories, credentials, writeCredentials, caFile, eventHosts, realmHosts } = written;
      const { requestsPerMinute, concurrency } = written;
      return {
        id,
        kind,
        url: new URL(url),
        repositories,
        credentials,
        ...(writeCredentials !== undefined && { writeCredentials }),
        ...(written.quarantine !== undefined && { mode: written.quarantine.mode }),
        ...(caFile !== undefined && { ca: caFile }),
        eventHosts,
        realmHosts,
        ...(requestsPerMinute !== undefined && { requestsPerMinute }),
        ...(concurrency !== undefined && { limits: { concurrency } }),
        ...(written.privateRedirects !== undefined && { private: written.privateRedirects }),
        ...(kind === 'ecr' && parseEcr({ ...written, kind })),
        ...parseApi(written),
      };
    });
}

const urlField = z
  .string()
  .describe('Address of the registry: scheme, host and port, such as `https://registry.example.com`.')
  .superRefine((text, context) => {
    const url = URL.parse(text);
    const hint = 'For example: https://registry.example.com, or https://registry.example.com:5000';
    if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
      addFault(context, { message: 'expected a URL that begins with https://', hint });
    } else if (url.username !== '' || url.password !== '') {
      addFault(context, { message: 'expected a URL without a user', hint: 'Users belong under `credentials`.' });
    } else if (url.hostname.endsWith('.')) {
      addFault(context, { message: 'expected a host without a dot at its end', hint: 'Images are named without it.' });
    } else if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
      const message = 'expected scheme, host and port only: the distribution API always lies at the root';
      addFault(context, { message, hint: 'Say which repositories with `repositories`.' });
    }
  });

function createCredentialsSchema(outside: Outside) {
  const user = z
    .strictObject({
      username: textField('Name of the user, robot or token.').optional(),
      passwordFile: secretFileField(outside, 'the password or token').optional(),
      passwordEnv: secretVariableField(outside, 'the password or token').optional(),
      dockerConfig: pathField(
        outside,
        "Docker's `config.json` to take the credentials from: the most specific entry for a repository (`host/team` before `host`); credential helpers it names are run.",
      ).optional(),
      roleArn: roleField.optional().describe('Only `kind: ecr`: a role of its own.'),
    })
    .superRefine(checkCredentials, ALWAYS)
    .transform(({ username, passwordFile, passwordEnv, dockerConfig, roleArn }, context): RegistryCredentials => {
      if (roleArn !== undefined) return { kind: 'aws', roleArn };
      if (dockerConfig !== undefined) return { kind: 'docker-config', path: dockerConfig };
      const password = passwordFile ?? passwordEnv;
      if (username !== undefined && password !== undefined) return { kind: 'basic', username, password };
      addFault(context, { message: 'expected credentials', hint: CREDENTIALS });
      return z.NEVER;
    });
  return z.union([z.enum(['none', 'aws']).transform((kind): RegistryCredentials => ({ kind })), user]);
}

const CREDENTIALS = 'Write `none`, or `username` with `passwordFile` or `passwordEnv`, or `dockerConfig`.';

function checkCredentials(written: Readonly<Record<string, unknown>>, context: z.core.$RefinementCtx): void {
  if (typeof written !== 'object' || written === null) return;
  const has = (name: string): boolean => Object.hasOwn(written, name);
  const alone = ['roleArn', 'dockerConfig'].find(has);
  if (alone !== undefined) {
    for (const name of ['username', 'passwordFile', 'passwordEnv', 'dockerConfig']) {
      if (name !== alone && has(name))
        addFault(context, { message: `\`${name}\` does not go with \`${alone}\`` }, [name]);
    }
    return;
  }
  if (!has('username')) addFault(context, { message: 'missing key "username"', hint: CREDENTIALS });
  checkOneOf(written, context, ['passwordFile', 'passwordEnv'], { required: true, what: 'the password' });
}

/** `http:` is allowed only with `plainHttp`, and passwords in clear text only on this machine or its own network. */
function checkTransport(
  written: { readonly url: string; readonly plainHttp: boolean; readonly credentials?: unknown },
  context: z.core.$RefinementCtx,
): void {
  const url = typeof written?.url === 'string' ? URL.parse(written.url) : null;
  if (url === null) return;
  if (url.protocol === 'http:' && written.plainHttp !== true) {
    const hint = 'Write https://, or add `plainHttp: true` if the registry really has no TLS.';
    addFault(context, { message: 'expected https, got plain http', hint }, ['url']);
  }
  if (url.protocol === 'https:' && written.plainHttp === true) {
    const message = 'expected a URL that begins with http:// because of `plainHttp`';
    addFault(context, { message, hint: 'Remove `plainHttp`, or write http://' }, ['url']);
  }
  if (url.protocol !== 'http:' || isNearby(url.hostname)) return;
  for (const name of ['credentials', 'writeCredentials'] as const) {
    const credentials: unknown = Reflect.get(written, name);
    if (typeof credentials !== 'object' || credentials === null || Reflect.get(credentials, 'kind') === 'none')
      continue;
    const message = `credentials would go to ${url.host} in clear text`;
    addFault(context, { message, hint: 'Give the registry TLS (`caFile` for a private authority).' }, [name]);
  }
}
