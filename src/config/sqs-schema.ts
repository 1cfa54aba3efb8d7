import { z } from 'zod';
import { AWS_REGION } from '../domain/ecr-host.ts';
import { parseSqsRegion } from '../domain/sqs-place.ts';
import { addFault } from '../kit/schema-fields.ts';
import { roleField } from './ecr-fields.ts';
import { createMapFields, mapOf } from './event-map-schema.ts';
import { ALWAYS } from './fields.ts';
import { isNearby } from './nearby.ts';
import type { Outside } from './outside.ts';
import type { SqsSourceConfig } from './source-config.ts';
import { sourceFields } from './source-fields.ts';

/** The schema of a source of the kind `sqs`. */
export function createSqsSchema(outside: Outside) {
  return z
    .strictObject({
      kind: z.literal('sqs').describe('A queue of Amazon SQS; several daemons may read one (docs/ecr.md).'),
      ...sourceFields,
      ...createMapFields(outside),
      dialect: sourceFields.dialect.default('ecr'),
      queueUrl: z.string().describe('URL of the queue, as `aws sqs get-queue-url` tells it.'),
      region: z
        .string()
        .regex(AWS_REGION, 'expected a region of AWS such as eu-central-1')
        .optional()
        .describe('Region of the queue. Default: that of `queueUrl`.'),
      roleArn: roleField
        .optional()
        .describe('A role to take on. Without it Lazaret is whom the SDK of AWS finds, as for `kind: ecr`.'),
      endpoint: z.string().optional().describe('One address for all of AWS, where it is not its own: for tests.'),
    })
    .superRefine(checkQueue, ALWAYS)
    .transform(({ registry, queueUrl, region, roleArn, endpoint, map, mapFile, ...rest }): SqsSourceConfig => {
      const url = new URL(queueUrl);
      return {
        ...rest,
        registryIds: registry,
        ...mapOf({ map, mapFile }),
        queueUrl: url,
        region: region ?? parseSqsRegion(url.hostname) ?? '',
        ...(roleArn !== undefined && { roleArn }),
        ...(endpoint !== undefined && { endpoint: new URL(endpoint) }),
      };
    });
}

interface Written {
  readonly queueUrl?: unknown;
  readonly region?: unknown;
  readonly endpoint?: unknown;
}

// With `/queue/` in emulators; names have at most 80 characters, `.fifo` among them.
const PATH = /^(?:\/queue)?\/\d{12}\/[\w-]{1,80}(?:\.fifo)?$/;
const EXAMPLE = 'Such as https://sqs.eu-central-1.amazonaws.com/123456789012/ecr-events';

function checkQueue(written: Written, context: z.core.$RefinementCtx): void {
  if (typeof written?.queueUrl !== 'string') return;
  const { queueUrl, region, endpoint } = written;
  const url = URL.parse(queueUrl);
  const isPlain = url !== null && url.search === '' && url.hash === '' && url.username === '';
  if (url === null || !/^https?:$/.test(url.protocol) || !isPlain || !PATH.test(url.pathname)) {
    addFault(context, { message: 'expected the URL of a queue', hint: EXAMPLE }, ['queueUrl']);
    return;
  }
  const named = parseSqsRegion(url.hostname);
  if (region === undefined && named === undefined) {
    addFault(context, { message: 'missing key "region"', hint: 'The host of `queueUrl` does not say it.' });
  } else if (typeof region === 'string' && named !== undefined && region !== named) {
    addFault(context, { message: `expected ${named} as the queueUrl says, got ${region}` }, ['region']);
  }
  checkAddress(url, 'queueUrl', context);
  if (typeof endpoint !== 'string') return;
  const place = URL.parse(endpoint);
  if (place === null || !/^https?:$/.test(place.protocol) || place.pathname !== '/' || place.username !== '') {
    addFault(context, { message: 'expected an address such as http://127.0.0.1:5000' }, ['endpoint']);
  } else checkAddress(place, 'endpoint', context);
}

function checkAddress(url: URL, name: string, context: z.core.$RefinementCtx): void {
  if (url.protocol !== 'http:' || isNearby(url.hostname)) return;
  addFault(context, { message: `credentials of AWS would go to ${url.host} in clear text` }, [name]);
}
