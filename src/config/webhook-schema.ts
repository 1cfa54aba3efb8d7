import { z } from 'zod';
import type { WebhookAuthentication } from '../domain/webhook-authentication.ts';
import { addFault } from '../kit/schema-fields.ts';
import type { Secret } from '../kit/secret.ts';
import { clientCertificateSchema } from './client-certificate-schema.ts';
import { createMapFields, mapOf } from './event-map-schema.ts';
import {
  ALWAYS,
  checkOneOf,
  headerNameField,
  oneOrMore,
  secretFilesField,
  secretTextsField,
  secretVariableField,
  textField,
} from './fields.ts';
import { completeSignature, createHmacSchema } from './hmac-schema.ts';
import { createOidcSchema } from './oidc-schema.ts';
import type { Outside } from './outside.ts';
import type { WebhookSourceConfig } from './source-config.ts';
import { sourceFields } from './source-fields.ts';

/** The schema of a source of the kind `webhook`: exactly one way to know the sender. */
export function createWebhookSchema(outside: Outside) {
  return z
    .strictObject({
      kind: z.literal('webhook').describe('An HTTP receiver at `/webhooks/<id>`, on the port of `http`.'),
      ...sourceFields,
      ...createMapFields(outside),
      ...createWays(outside),
    })
    .superRefine(checkWays, ALWAYS)
    .transform((written, context): WebhookSourceConfig => {
      const { kind, id, registry, dialect, map, mapFile, ...ways } = written;
      const way = Object.values(ways).find((each) => each !== undefined);
      if (way === undefined) {
        addFault(context, NO_WAY);
        return z.NEVER;
      }
      const authentication = 'written' in way ? completeSignature(way, dialect, context) : way;
      return { kind, id, registryIds: registry, dialect, ...mapOf({ map, mapFile }), authentication };
    });
}

/** One key for each way, each of which makes the whole authentication. */
function createWays(outside: Outside) {
  const authorization = 'the whole value of the `Authorization` header the sender sends';
  const bearer = 'the token the sender sends after `Authorization: Bearer`';
  const path = 'the secret path';
  return {
    authorizationFile: secretFilesField(outside, authorization).transform(asAuthorization).optional(),
    authorizationEnv: secretVariableField(outside, authorization)
      .transform((it) => asAuthorization([it]))
      .optional(),
    bearerFile: secretFilesField(outside, bearer).transform(asBearer).optional(),
    bearerEnv: secretVariableField(outside, bearer)
      .transform((it) => asBearer([it]))
      .optional(),
    header: createHeaderSchema(outside).optional(),
    basic: createBasicSchema(outside).optional(),
    hmac: createHmacSchema(outside).optional(),
    oidc: createOidcSchema(outside).optional(),
    clientCertificate: clientCertificateSchema.optional(),
    path: secretTextsField(
      'For registries that cannot authenticate: the receiver is at `/webhooks/<path>` instead, and the path is the ' +
        'secret: at least 16 random letters, digits, `_` or `-`. A list while the path is being changed.',
    )
      .transform(asPath)
      .optional(),
    pathFile: secretFilesField(outside, path).transform(asPath).optional(),
    pathEnv: secretVariableField(outside, path)
      .transform((it) => [it])
      .transform(asPath)
      .optional(),
  };
}

function createHeaderSchema(outside: Outside) {
  return z
    .strictObject({
      name: headerNameField.describe('Name of the header.'),
      valueFile: secretFilesField(outside, 'its whole value').optional(),
      valueEnv: secretVariableField(outside, 'its whole value').optional(),
    })
    .superRefine(
      (written, context) =>
        checkOneOf(written, context, ['valueFile', 'valueEnv'], { required: true, what: 'the value of the header' }),
      ALWAYS,
    )
    .describe('Another header with a fixed secret value.')
    .transform(({ name, valueFile, valueEnv }): WebhookAuthentication => {
      return { kind: 'header', name, values: oneOrMore(valueFile, valueEnv) };
    });
}

function createBasicSchema(outside: Outside) {
  return z
    .strictObject({
      username: textField('User the sender calls itself.'),
      passwordFile: secretFilesField(outside, 'the password').optional(),
      passwordEnv: secretVariableField(outside, 'the password').optional(),
    })
    .superRefine(
      (written, context) =>
        checkOneOf(written, context, ['passwordFile', 'passwordEnv'], { required: true, what: 'the password' }),
      ALWAYS,
    )
    .describe('HTTP Basic authentication.')
    .transform(({ username, passwordFile, passwordEnv }): WebhookAuthentication => {
      return { kind: 'basic', username, passwords: oneOrMore(passwordFile, passwordEnv) };
    });
}

function asAuthorization(values: readonly Secret[]): WebhookAuthentication {
  return { kind: 'header', name: 'Authorization', values };
}

function asBearer(tokens: readonly Secret[]): WebhookAuthentication {
  return { kind: 'bearer', tokens };
}

// A1: 16 characters of base64url hold 96 bits; nobody finds the path by trying.
const PATH_SECRET = /^[A-Za-z0-9_-]{16,200}$/;

function asPath(paths: readonly Secret[], context: z.core.$RefinementCtx): WebhookAuthentication {
  if (paths.every((path) => PATH_SECRET.test(path.reveal()))) return { kind: 'path', paths };
  addFault(context, {
    message: 'expected a path of 16 to 200 random letters, digits, "_" or "-"',
    hint: 'For example the output of: openssl rand -hex 24',
  });
  return z.NEVER;
}

const NO_WAY = {
  message: 'this receiver would believe anybody',
  hint:
    'Add `authorizationFile`, `bearerFile`, `header`, `basic`, `hmac`, `oidc` or `clientCertificate`; or `pathFile` with a long random path where ' +
    'the registry can do none of these.',
};

function checkWays(written: Readonly<Record<string, unknown>>, context: z.core.$RefinementCtx): void {
  if (typeof written !== 'object' || written === null) return;
  const [first, second] = Object.keys(written).filter((key) => WAYS.has(key));
  if (first === undefined) addFault(context, NO_WAY);
  if (second === undefined) return;
  const message = `\`${first}\` and \`${second}\` exclude each other`;
  addFault(context, { message, hint: 'Keep one way to know the sender.' }, [second]);
}

const WAYS: ReadonlySet<string> = new Set<keyof ReturnType<typeof createWays>>([
  'authorizationFile',
  'authorizationEnv',
  'bearerFile',
  'bearerEnv',
  'header',
  'basic',
  'hmac',
  'oidc',
  'clientCertificate',
  'path',
  'pathFile',
  'pathEnv',
]);
