import { z } from 'zod';
import { type MskLogin, parseMskRegion } from '../domain/kafka-topic.ts';
import { addFault } from '../kit/schema-fields.ts';
import { createMapFields, mapOf } from './event-map-schema.ts';
import { ALWAYS, fileField, secretFileField, textField } from './fields.ts';
import { createLoginSchema } from './kafka-login-schema.ts';
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
      sasl: createLoginSchema(outside).optional(),
    })
    .superRefine(({ brokers, tls, sasl }, context) => {
      if (sasl?.mechanism !== 'aws-msk-iam') return;
      if (tls === false) addFault(context, { message: 'aws-msk-iam goes by TLS alone', hint: 'Remove it.' }, ['tls']);
      if (findRegion(brokers, sasl) !== undefined) return;
      const hint = 'The names of the brokers do not say it.';
      addFault(context, { message: 'missing key "region"', hint }, ['sasl']);
    })
    .transform(({ registry, tls, sasl, map, mapFile, ...rest }): KafkaSourceConfig => {
      const source = { ...rest, registryIds: registry, ...mapOf({ map, mapFile }) };
      if (sasl?.mechanism !== 'aws-msk-iam') {
        return { ...source, ...(tls !== undefined && { tls }), ...(sasl !== undefined && { sasl }) };
      }
      // Port 9098 of MSK speaks nothing but TLS.
      return { ...source, tls: tls ?? true, sasl: { ...sasl, region: findRegion(rest.brokers, sasl) ?? '' } };
    });
}

function findRegion(brokers: readonly string[], { region }: MskLogin): string | undefined {
  return region === '' ? brokers.map(parseMskRegion).find((each) => each !== undefined) : region;
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
