import { z } from 'zod';
import { addFault } from '../kit/schema-fields.ts';
import { createMapFields, mapOf } from './event-map-schema.ts';
import { ALWAYS, checkOneOf, fileField, secretFileField, secretVariableField, textField } from './fields.ts';
import type { Outside } from './outside.ts';
import type { KafkaSourceConfig } from './source-config.ts';
import { sourceFields } from './source-fields.ts';

/** The schema of a source of the kind `kafka`. */
export function createKafkaSchema(outside: Outside) {
  return z
    .strictObject({
      kind: z.literal('kafka').describe('A Kafka topic, read as a member of a consumer group.'),
      ...sourceFields,
      ...createMapFields(outside),
      brokers: z.array(brokerField).min(1).describe('Brokers to begin with, each `host:port`.'),
      topic: textField('Topic with one event a record.'),
      group: textField('Consumer group; a new one reads the topic from its beginning.').default('lazaret'),
      tls: z
        .union([z.boolean(), createTlsSchema(outside)])
        .optional()
        .describe('`true`: TLS with the certificates of the system; or files of your own. Always checked.'),
      sasl: createSaslSchema(outside).optional(),
    })
    .transform(({ registry, tls, sasl, map, mapFile, ...rest }): KafkaSourceConfig => {
      return {
        ...rest,
        registryIds: registry,
        ...mapOf({ map, mapFile }),
        ...(tls !== undefined && { tls }),
        ...(sasl !== undefined && { sasl }),
      };
    });
}

const brokerField = z.string().superRefine((broker, context) => {
  const port = /^[^\s/@:]+:(\d{1,5})$|^\[[0-9a-fA-F:.]+\]:(\d{1,5})$/.exec(broker);
  if (port !== null && Number(port[1] ?? port[2]) <= 65_535) return;
  addFault(context, { message: 'expected a broker such as kafka:9092' });
});

function createTlsSchema(outside: Outside) {
  return z
    .strictObject({
      caFile: fileField(outside, 'PEM file of certificates to trust instead of those of the system.').optional(),
      certFile: fileField(outside, 'PEM file of our own certificate, where brokers ask for one.').optional(),
      keyFile: secretFileField(outside, 'the key of our own certificate (PEM)').optional(),
    })
    .superRefine((written, context) => {
      if (typeof written !== 'object' || written === null) return;
      if (Object.hasOwn(written, 'certFile') === Object.hasOwn(written, 'keyFile')) return;
      addFault(context, {
        message: 'expected `certFile` and `keyFile` together',
        hint: 'Add the other, or remove it.',
      });
    }, ALWAYS)
    .transform(({ caFile, certFile, keyFile }) => ({
      ...(caFile !== undefined && { ca: caFile }),
      ...(certFile !== undefined && { cert: certFile }),
      ...(keyFile !== undefined && { key: keyFile }),
    }));
}

function createSaslSchema(outside: Outside) {
  return z
    .strictObject({
      mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).describe('How the password is proved.'),
      username: textField('User of the brokers.'),
      passwordFile: secretFileField(outside, 'the password').optional(),
      passwordEnv: secretVariableField(outside, 'the password').optional(),
    })
    .superRefine(
      (written, context) =>
        checkOneOf(written, context, ['passwordFile', 'passwordEnv'], { required: true, what: 'the password' }),
      ALWAYS,
    )
    .describe('Who we are to the brokers.')
    .transform(({ mechanism, username, passwordFile, passwordEnv }, context) => {
      const password = passwordFile ?? passwordEnv;
      if (password !== undefined) return { mechanism, username, password };
      addFault(context, { message: 'expected a password' });
      return z.NEVER;
    });
}
