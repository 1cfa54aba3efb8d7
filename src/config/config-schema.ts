import { z } from 'zod';
import { MAX_EVIDENCE_MIB } from '../domain/evidence.ts';
import { durationField } from '../kit/schema-fields.ts';
import { pathField, textField } from './fields.ts';
import { createKafkaSchema } from './kafka-schema.ts';
import { createKmsKeySchema } from './kms-key-schema.ts';
import { createNotifySchema } from './notify-schema.ts';
import type { Outside } from './outside.ts';
import { pollSchema } from './poll-schema.ts';
import { createProxySchema } from './proxy-schema.ts';
import { createPubsubSchema } from './pubsub-schema.ts';
import { quarantineSchema } from './quarantine-schema.ts';
import { createRegistrySchema } from './registry-schema.ts';
import { createHttpSchema, createServiceSchema } from './service-schema.ts';
import { createSqsSchema } from './sqs-schema.ts';
import { createTrustSchema } from './trust-schema.ts';
import { createWebhookSchema } from './webhook-schema.ts';

/** The schema of `lazaret.yaml`. Parsing with it also reads the files and environment variables that are named. */
export function createConfigSchema(outside: Outside) {
  return z.strictObject({
    registries: z.array(createRegistrySchema(outside)).min(1).describe('The registries Lazaret stands in front of.'),
    sources: z
      .array(
        z.discriminatedUnion('kind', [
          createWebhookSchema(outside),
          createKafkaSchema(outside),
          createSqsSchema(outside),
          createPubsubSchema(outside),
          pollSchema,
        ]),
      )
      .default([])
      .describe('Where pushes are announced, and which registries are swept for those that are not.'),
    policies: z
      .array(policyPathField)
      .min(1)
      .describe('Policy files, or globs over them, relative to this file; each must match a file.'),
    noMatch: z
      .enum(['alert', 'fail', 'ignore'])
      .default('alert')
      .describe(
        'What becomes of an image that no policy covers: `alert` tells people, `fail` quarantines, `ignore` passes over it.',
      ),
    onRejectedInput: z
      .enum(['alert', 'quarantine'])
      .default('quarantine')
      .describe(
        'What becomes of an image with more evidence than the limits allow, none of it satisfying. An image that had passed, or of which some of what is asked for is proved, is only announced in any case.',
      ),
    evidenceMiB: z
      .int()
      .min(1)
      .max(MAX_EVIDENCE_MIB)
      .default(16)
      .describe(
        'The most MiB of one piece of evidence, such as an attested bill of materials; a larger one counts as invalid.',
      ),
    trust: z
      .array(createTrustSchema(outside))
      .default([])
      .describe('Trust roots besides `sigstore`, the public-good instance, and `github`, which are always there.'),
    kmsKeys: z
      .array(createKmsKeySchema(outside))
      .default([])
      .describe('The public keys that stand for references to a KMS in policies of policy-controller.'),
    quarantine: quarantineSchema.prefault({}).describe('How failing images are marked.'),
    notify: z
      .array(createNotifySchema(outside))
      .default([])
      .describe('Where people hear of failures and of their end.'),
    http: createHttpSchema(outside)
      .prefault({})
      .describe('The HTTP server: webhooks, health, metrics and the API, on one port.'),
    dataDir: pathField(outside, 'Folder for the embedded PostgreSQL and the cache of trust roots.').optional(),
    postgres: createServiceSchema(outside, ['postgres:', 'postgresql:'], 'postgres://lazaret@db.example.com/lazaret')
      .optional()
      .describe(
        'A PostgreSQL (14 or newer) of your own for the record; behind PgBouncer, with `pool_mode=session`. Default: one that Lazaret brings and runs.',
      ),
    redis: createServiceSchema(outside, ['redis:', 'rediss:'], 'redis://redis.example.com:6379')
      .optional()
      .describe('A Redis (7 or newer, `noeviction`) or Valkey for the queue. Default: the queue lives in PostgreSQL.'),
    record: z
      .strictObject({
        // Everything that is looked back at is younger: messages are tried for a week, limits count an hour.
        keep: durationField({ least: '7d', most: '3650d' })
          .prefault('365d')
          .describe(
            'How long events, messages and verdicts that another has followed are kept. What an image stands on, and what Lazaret wrote into registries, is kept for good.',
          ),
      })
      .prefault({})
      .describe('What is kept of the record.'),
    proxy: createProxySchema(outside)
      .optional()
      .describe(
        'The HTTP proxy by which registries, token services, TUF repositories, AWS and Slack are reached; `none`: no proxy. ' +
          'Default: what `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of the environment say. Mail, Kafka and databases ' +
          'are always reached directly.',
      ),
    log: z
      .strictObject({
        level: z
          .enum(['trace', 'debug', 'info', 'warn', 'error'])
          .default('info')
          .describe('The least that is logged.'),
        format: z
          .enum(['auto', 'json', 'pretty'])
          .default('auto')
          .describe('`json`: one object a line; `pretty`: for people; `auto`: `pretty` on a terminal.'),
      })
      .prefault({})
      .describe('The log, on standard output.'),
    // 50 verdicts a second at 0.15 s each need 8 at a time; more only makes registries answer 429.
    concurrency: z
      .int()
      .min(1)
      .max(256)
      .default(8)
      .describe('Images of one repository judged at a time; of all together twice as many.'),
    sweepEvery: durationField({ least: '1s', most: '1h' })
      // The first re-check of an unsigned image is at 15 s: two more are not felt. A round is three indexed queries.
      .prefault('2s')
      .describe('How often the record is asked for what is due: re-checks, retries, and what the queue has lost.'),
    rescan: z
      .strictObject({
        every: durationField({ least: '10m', most: '30d' })
          .prefault('24h')
          .describe('How often each image is looked at again, spread evenly over the time by its digest.'),
      })
      .prefault({})
      .describe(
        'Fresh looks at what is on record: they notice evidence that was taken away, and images that are gone.',
      ),
  });
}

const policyPathField = textField('Path or glob.');
