import { z } from 'zod';
import { AWS_ACCOUNT, AWS_REGION, type EcrPlace, parseEcrHost } from '../domain/ecr-host.ts';
import type { RegistryCredentials } from '../domain/registry-credentials.ts';
import { REGISTRY_KIND_NAMES, type RegistryKindName } from '../domain/registry-kind.ts';
import { addFault } from '../kit/schema-fields.ts';
import { isNearby } from './nearby.ts';

type AwsCredentials = Extract<RegistryCredentials, { kind: 'aws' }>;

/** The name of a role, in full. */
export const roleField = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/,
    'expected a role such as arn:aws:iam::123456789012:role/lazaret',
  );

/** What only entries of `kind: ecr` have. */
export const ECR_FIELDS = {
  region: z
    .string()
    .regex(AWS_REGION, 'expected a region of AWS such as eu-central-1')
    .optional()
    .describe('Only `kind: ecr`: the region. Default: that of the `url`.'),
  registryId: z
    .string()
    .regex(AWS_ACCOUNT, 'expected the 12 digits of an account, between quotes')
    .optional()
    .describe(
      'Only `kind: ecr`: the account the registry belongs to, 12 digits between quotes. Default: that of the `url`.',
    ),
  roleArn: roleField
    .optional()
    .describe(
      'Only `kind: ecr`: a role to take on. Without it Lazaret is whom the SDK of AWS finds: environment, profile, SSO, web identity, container or instance.',
    ),
  endpoint: z
    .string()
    .optional()
    .describe('Only `kind: ecr`: one address for all of AWS, where it is not its own: for tests.'),
};

interface Written {
  readonly url: string;
  readonly kind: RegistryKindName;
  readonly region?: string | undefined;
  readonly registryId?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly credentials: { readonly kind: string };
  readonly writeCredentials?: { readonly kind: string } | undefined;
}

/** Checks what goes with which kind of registry, and that account and region are known and not two. */
export function checkKind(written: Written, context: z.core.$RefinementCtx): void {
  if (typeof written?.url !== 'string') return;
  if (written.kind === 'ecr') checkEcr(written, context);
  else if (REGISTRY_KIND_NAMES.includes(written.kind)) checkOthers(written, context);
}

function checkOthers(written: Written, context: z.core.$RefinementCtx): void {
  for (const name of Object.keys(ECR_FIELDS)) {
    if (Object.hasOwn(written, name)) addFault(context, { message: `\`${name}\` is for \`kind: ecr\` only` }, [name]);
  }
  for (const name of ['credentials', 'writeCredentials'] as const) {
    if (written[name]?.kind === 'aws')
      addFault(context, { message: 'expected credentials, got those of AWS', hint: OF_AWS }, [name]);
  }
}

const OF_AWS = '`aws` and roles are for `kind: ecr`.';

function checkEcr(written: Written, context: z.core.$RefinementCtx): void {
  const host = URL.parse(written.url)?.hostname;
  const named = host === undefined ? undefined : parseEcrHost(host);
  for (const name of ['region', 'registryId'] as const) {
    const value = written[name];
    if (value === undefined && named === undefined) {
      const hint =
        'The address https://ACCOUNT.dkr.ecr.REGION.amazonaws.com says both; with any other both are written.';
      addFault(context, { message: `missing key "${name}"`, hint });
    } else if (typeof value === 'string' && named !== undefined && value !== named[name]) {
      addFault(context, { message: `expected ${named[name]} as the url says, got ${value}` }, [name]);
    }
  }
  // Something that is no credentials at all is reported by its own schema.
  if (!['none', 'aws'].includes(written.credentials?.kind ?? 'none')) {
    const hint = 'Who reads is whom the SDK of AWS finds, in the role that `roleArn` names.';
    addFault(context, { message: 'no credentials are written for `kind: ecr`', hint }, ['credentials']);
  }
  if ((written.writeCredentials?.kind ?? 'aws') !== 'aws') {
    const hint = 'Write `aws` (who reads also writes) or `roleArn: …` below it.';
    addFault(context, { message: 'expected an identity of AWS that writes', hint }, ['writeCredentials']);
  }
  checkAddress(written, context);
}

function checkAddress({ url, endpoint }: Written, context: z.core.$RefinementCtx): void {
  const place = endpoint === undefined ? undefined : URL.parse(endpoint);
  const isRoot = place?.pathname === '/' && place.search === '' && place.hash === '' && place.username === '';
  if (place !== undefined && (!isRoot || !/^https?:$/.test(place?.protocol ?? ''))) {
    addFault(context, { message: 'expected an address such as http://127.0.0.1:5000' }, ['endpoint']);
  }
  for (const [name, each] of [
    ['url', URL.parse(url)],
    ['endpoint', place],
  ] as const) {
    if (each?.protocol !== 'http:' || isNearby(each.hostname)) continue;
    addFault(context, { message: `credentials of AWS would go to ${each.host} in clear text` }, [name]);
  }
}

/** What an entry of `kind: ecr` says that was checked, with its identities in the place of written credentials. */
export function parseEcr(written: Written): {
  readonly ecr: EcrPlace;
  readonly credentials: AwsCredentials;
  readonly writeCredentials?: AwsCredentials;
} {
  const named = parseEcrHost(new URL(written.url).hostname);
  const { region = named?.region ?? '', registryId = named?.registryId ?? '', endpoint, roleArn } = written;
  const reader: AwsCredentials = {
    kind: 'aws',
    ...(roleArn !== undefined && { roleArn }),
    ...(written.credentials.kind === 'aws' && { ...written.credentials, kind: 'aws' }),
  };
  const writer = written.writeCredentials;
  return {
    ecr: { region, registryId, ...(endpoint !== undefined && { endpoint: new URL(endpoint) }) },
    credentials: reader,
    ...(writer !== undefined && { writeCredentials: { ...reader, ...writer, kind: 'aws' } }),
  };
}
