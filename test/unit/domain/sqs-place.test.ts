import { expect, it } from 'vitest';
import { parseSqsRegion } from '../../../src/domain/sqs-place.ts';

it.each([
  ['sqs.eu-central-1.amazonaws.com', 'eu-central-1'],
  ['eu-central-1.queue.amazonaws.com', 'eu-central-1'],
  ['sqs-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
  ['sqs.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  ['vpce-0a1b-2c3d.sqs.eu-west-1.vpce.amazonaws.com', 'eu-west-1'],
  ['sqs.eu-west-1.api.aws', 'eu-west-1'],
  ['sqs.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
  ['sqs.eu-west-1.amazonaws.com.evil.example', undefined],
  ['127.0.0.1', undefined],
])('the host %s of a queue names the region %s', (host, region) => {
  expect(parseSqsRegion(host)).toBe(region);
});
