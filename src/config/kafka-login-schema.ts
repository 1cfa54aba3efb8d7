import { z } from 'zod';
import { AWS_REGION } from '../domain/ecr-host.ts';
import type { KafkaLogin } from '../domain/kafka-topic.ts';
import { addFault } from '../kit/schema-fields.ts';
import type { Secret } from '../kit/secret.ts';
import { roleField } from './ecr-fields.ts';
import { ALWAYS, checkOneOf, fileField, pathField, secretFileField, secretVariableField, textField } from './fields.ts';
import type { Outside } from './outside.ts';

/** The schema of `sasl`. The region of `aws-msk-iam` is empty where it is not written. */
export function createLoginSchema(outside: Outside) {
  return z
    .strictObject({
      mechanism: z
        .enum(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer', 'aws-msk-iam'])
        .describe('How we prove who we are: by a password, by a token, or with credentials of AWS.'),
      username: textField('Of passwords: user of the brokers.').optional(),
      passwordFile: secretFileField(outside, 'the password').optional(),
      passwordEnv: secretVariableField(outside, 'the password').optional(),
      tokenFile: pathField(
        outside,
        'Of `oauthbearer`: file that holds a token, read again for each login; somebody else keeps it fresh.',
      ).optional(),
      tokenEndpoint: z
        .string()
        .superRefine(checkEndpoint)
        .optional()
        .describe('Of `oauthbearer`, instead of a file: https URL of the service that gives tokens to clients.'),
      clientId: textField('Id of this client there.').optional(),
      clientSecretFile: secretFileField(outside, 'its secret').optional(),
      clientSecretEnv: secretVariableField(outside, 'its secret').optional(),
      scope: textField('Scope to ask for.').optional(),
      audience: textField('Audience to ask for, where the service wants one.').optional(),
      caFile: fileField(outside, 'PEM file of certificates to trust besides those of the system, for it.').optional(),
      extensions: z
        .record(z.string().regex(/^[A-Za-z]+$/), z.string().regex(/^[\x20-\x7e]+$/))
        .optional()
        .describe('Of `oauthbearer`: extensions of SASL, such as `logicalCluster` and `identityPoolId` of Confluent.'),
      region: z
        .string()
        .regex(AWS_REGION, 'expected a region of AWS such as eu-central-1')
        .optional()
        .describe('Of `aws-msk-iam`: region of the cluster. Default: that of the brokers.'),
      roleArn: roleField
        .optional()
        .describe('Of `aws-msk-iam`: a role to take on. Default: whom the SDK of AWS finds.'),
    })
    .superRefine(checkMembers, ALWAYS)
    .describe('Who we are to the brokers.')
    .transform((written, context): KafkaLogin => {
      const login = toLogin(written);
      if (login !== undefined) return login;
      // What is missing was said above.
      addFault(context, { message: 'expected a whole login' });
      return z.NEVER;
    });
}

interface Written {
  readonly mechanism: KafkaLogin['mechanism'];
  readonly username?: string | undefined;
  readonly passwordFile?: Secret | undefined;
  readonly passwordEnv?: Secret | undefined;
  readonly tokenFile?: string | undefined;
  readonly tokenEndpoint?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecretFile?: Secret | undefined;
  readonly clientSecretEnv?: Secret | undefined;
  readonly scope?: string | undefined;
  readonly audience?: string | undefined;
  readonly caFile?: string | undefined;
  readonly extensions?: Readonly<Record<string, string>> | undefined;
  readonly region?: string | undefined;
  readonly roleArn?: string | undefined;
}

function toLogin(written: Written): KafkaLogin | undefined {
  const { mechanism, username, tokenFile, tokenEndpoint, clientId, extensions = {} } = written;
  if (mechanism === 'aws-msk-iam') {
    const { region = '', roleArn } = written;
    return { mechanism, region, ...(roleArn !== undefined && { roleArn }) };
  }
  if (mechanism === 'oauthbearer') {
    if (tokenFile !== undefined) return { mechanism, from: 'file', tokenFile, extensions };
    const clientSecret = written.clientSecretFile ?? written.clientSecretEnv;
    if (tokenEndpoint === undefined || clientId === undefined || clientSecret === undefined) return undefined;
    const { scope, audience, caFile: ca } = written;
    const asked = { ...(scope !== undefined && { scope }), ...(audience !== undefined && { audience }) };
    const endpoint = { tokenEndpoint: new URL(tokenEndpoint), clientId, clientSecret, ...asked };
    return { mechanism, from: 'endpoint', ...endpoint, extensions, ...(ca !== undefined && { ca }) };
  }
  const password = written.passwordFile ?? written.passwordEnv;
  return username === undefined || password === undefined ? undefined : { mechanism, username, password };
}

const PASSWORD = ['username', 'passwordFile', 'passwordEnv'];
const ENDPOINT = ['tokenEndpoint', 'clientId', 'clientSecretFile', 'clientSecretEnv', 'scope', 'audience', 'caFile'];
/** What belongs to each mechanism. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  plain: PASSWORD,
  'scram-sha-256': PASSWORD,
  'scram-sha-512': PASSWORD,
  oauthbearer: ['tokenFile', ...ENDPOINT, 'extensions'],
  'aws-msk-iam': ['region', 'roleArn'],
};

function checkMembers(written: unknown, context: z.core.$RefinementCtx): void {
  if (typeof written !== 'object' || written === null || !('mechanism' in written)) return;
  const mechanism = String(written.mechanism);
  const members = MEMBERS[mechanism];
  if (members === undefined) return;
  for (const name of Object.keys(written).filter((each) => each !== 'mechanism' && !members.includes(each))) {
    if (Object.values(MEMBERS).flat().includes(name)) {
      const hint = `With it go: ${members.map((each) => `\`${each}\``).join(', ')}.`;
      addFault(context, { message: `\`${name}\` does not go with ${mechanism}`, hint }, [name]);
    }
  }
  if (members === PASSWORD) requirePassword(written, context);
  if (mechanism === 'oauthbearer') requireToken(written, context);
}

function requirePassword(written: object, context: z.core.$RefinementCtx): void {
  if (!Object.hasOwn(written, 'username')) addFault(context, { message: 'missing key "username"' });
  checkOneOf(written, context, ['passwordFile', 'passwordEnv'], { required: true, what: 'the password' });
}

function requireToken(written: object, context: z.core.$RefinementCtx): void {
  checkOneOf(written, context, ['tokenFile', 'tokenEndpoint'], { required: true, what: 'where tokens come from' });
  if (!Object.hasOwn(written, 'tokenEndpoint')) return;
  if (!Object.hasOwn(written, 'clientId')) addFault(context, { message: 'missing key "clientId"' });
  checkOneOf(written, context, ['clientSecretFile', 'clientSecretEnv'], { required: true, what: 'the secret' });
}

function checkEndpoint(endpoint: string, context: z.core.$RefinementCtx): void {
  const url = URL.parse(endpoint);
  if (url?.protocol === 'https:' && url.username === '' && url.hash === '') return;
  const hint = 'Our secret goes there: it begins with https:// and has no user.';
  addFault(context, { message: 'expected the URL of a token service', hint });
}
