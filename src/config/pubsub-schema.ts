import { z } from 'zod';
import { type GoogleIdentity, parseServiceAccountKey } from '../domain/pubsub-place.ts';
import { addFault } from '../kit/schema-fields.ts';
import { createMapFields, mapOf } from './event-map-schema.ts';
import { ALWAYS, secretFileField } from './fields.ts';
import { isNearby } from './nearby.ts';
import type { Outside } from './outside.ts';
import type { PubsubSourceConfig } from './source-config.ts';
import { sourceFields } from './source-fields.ts';

/** The schema of a source of the kind `pubsub`. */
export function createPubsubSchema(outside: Outside) {
  return z
    .strictObject({
      kind: z
        .literal('pubsub')
        .describe('A subscription of Google Cloud Pub/Sub, pulled; several daemons may read one.'),
      ...sourceFields,
      ...createMapFields(outside),
      dialect: sourceFields.dialect.default('gar'),
      subscription: z
        .string()
        .regex(
          /^projects\/[a-z][a-z0-9:.-]{4,62}\/subscriptions\/[A-Za-z][\w.~+%-]{2,254}$/,
          'expected projects/PROJECT/subscriptions/NAME',
        )
        .describe('Its whole name: `projects/PROJECT/subscriptions/NAME`.'),
      credentials: createIdentitySchema(outside).describe(
        'Who pulls: `serviceAccountFile` with a key of a service account, `metadata` on a machine of Google Cloud, or `none` for an emulator.',
      ),
      endpoint: z.string().optional().describe('Address of the API, where it is not Google: for emulators and tests.'),
    })
    .superRefine(checkEndpoint, ALWAYS)
    .transform(
      ({ registry, credentials, endpoint, map, mapFile, ...rest }): PubsubSourceConfig => ({
        ...rest,
        registryIds: registry,
        ...mapOf({ map, mapFile }),
        identity: credentials,
        ...(endpoint !== undefined && { endpoint: new URL(endpoint) }),
      }),
    );
}

function createIdentitySchema(outside: Outside) {
  const file = z
    .strictObject({ serviceAccountFile: secretFileField(outside, 'a key of a service account, as JSON') })
    .transform(({ serviceAccountFile: key }, context): GoogleIdentity => {
      if (parseServiceAccountKey(key.reveal()) !== undefined) return { kind: 'key', key };
      const hint = 'Make one with `gcloud iam service-accounts keys create`.';
      addFault(context, { message: 'expected the JSON of a key of a service account', hint }, ['serviceAccountFile']);
      return z.NEVER;
    });
  return z.union([z.enum(['metadata', 'none']).transform((kind): GoogleIdentity => ({ kind })), file]);
}

interface Written {
  readonly endpoint?: unknown;
  readonly credentials?: unknown;
}

function checkEndpoint({ endpoint, credentials }: Written, context: z.core.$RefinementCtx): void {
  const isNobody =
    typeof credentials === 'object' && credentials !== null && Reflect.get(credentials, 'kind') === 'none';
  if (typeof endpoint !== 'string') {
    if (!isNobody) return;
    const hint = 'Google lets nobody in without: write `serviceAccountFile`, or `metadata`.';
    addFault(context, { message: '`none` is for an `endpoint` of an emulator', hint }, ['credentials']);
    return;
  }
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.username !== '') {
    addFault(context, { message: 'expected an address such as http://127.0.0.1:8085' }, ['endpoint']);
  } else if (url.protocol === 'http:' && !isNobody && !isNearby(url.hostname)) {
    addFault(context, { message: `credentials of Google would go to ${url.host} in clear text` }, ['endpoint']);
  }
}
