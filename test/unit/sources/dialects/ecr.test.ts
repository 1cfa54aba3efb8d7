import { describe, expect, it } from 'vitest';
import type { RegistryEvent } from '../../../../src/domain/registry-event.ts';
import { InvalidInputError } from '../../../../src/kit/errors.ts';
import { parseEcr } from '../../../../src/sources/dialects/ecr.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const DETAIL = {
  result: 'SUCCESS',
  'repository-name': 'acme/app',
  'image-digest': DIGEST,
  'action-type': 'PUSH',
  'image-tag': 'v1',
};
const EVENT = {
  id: 'e-1',
  'detail-type': 'ECR Image Action',
  source: 'aws.ecr',
  account: '123456789012',
  region: 'eu-central-1',
  time: '2026-11-01T08:00:00Z',
  detail: DETAIL,
};

function parse(body: unknown): RegistryEvent {
  const [event] = parseEcr({ body: Buffer.from(JSON.stringify(body)), headers: {} });
  if (event === undefined) throw new Error('no event');
  return event;
}

function errorOf(body: unknown): InvalidInputError {
  try {
    parse(body);
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
  }
  throw new Error('expected an InvalidInputError');
}

describe('events of ECR', () => {
  it('are read of each action that leaves an image in a repository, and of no other', () => {
    const kindOf = (type: string, detail: object) => {
      const { kind, reason } = parse({ ...EVENT, 'detail-type': type, detail: { ...DETAIL, ...detail } });
      return reason ?? kind;
    };
    expect(kindOf('ECR Image Action', {})).toBe('push');
    expect(kindOf('ECR Image Action', { 'action-type': 'DELETE' })).toBe('delete');
    expect(kindOf('ECR Referrer Action', {})).toBe('push');
    expect(kindOf('ECR Replication Action', { 'action-type': 'REPLICATE' })).toBe('push');
    expect(kindOf('ECR Pull Through Cache Action', { 'sync-status': 'SUCCESS', result: undefined })).toBe('push');
    expect(kindOf('ECR Image Action', { 'action-type': 'UPDATE_STORAGE_CLASS' })).toBe(
      'its action is "UPDATE_STORAGE_CLASS", not a push',
    );
    expect(kindOf('ECR Image Action', { result: 'FAILURE' })).toBe('its result is "FAILURE", not SUCCESS');
    expect(kindOf('ECR Pull Through Cache Action', { 'sync-status': 'FAILURE' })).toContain('"FAILURE"');
    expect(kindOf('ECR Image Scan', {})).toBe('its type is "ECR Image Scan", not a push');
    expect(kindOf('constructor', {})).toBe('its type is "constructor", not a push');
  });

  it('name the registry in the domain of its partition', () => {
    expect(parse({ ...EVENT, region: 'cn-north-1' }).host).toBe('123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn');
    expect(parse({ ...EVENT, region: 'eusc-de-east-1' }).host).toBe('123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu');
    expect(parse({ ...EVENT, region: 'us-gov-west-1' }).host).toBe('123456789012.dkr.ecr.us-gov-west-1.amazonaws.com');
  });

  it('name no registry where they do not say the account, as those of moto', () => {
    const { account: _, ...event } = EVENT;
    expect(parse(event)).toMatchObject({ kind: 'push', host: null, digest: DIGEST });
    expect(parse({ ...EVENT, account: '12' }).host).toBeNull();
  });

  it('are no events of ECR when somebody else sends them', () => {
    expect(parse({ ...EVENT, source: 'my.app' })).toMatchObject({
      kind: 'ignored',
      reason: 'its source is "my.app", not aws.ecr',
    });
  });

  it('are told without a digest, and by their tag, where what stands for it is none', () => {
    const short = { ...EVENT, detail: { ...DETAIL, 'image-digest': DIGEST.slice(0, -4) } };
    expect(parse(short)).toMatchObject({ kind: 'push', tag: 'v1', digest: null });
  });

  it('are read inside of a notification of SNS, whose faults name the message', () => {
    const notification = { Type: 'Notification', Message: JSON.stringify(EVENT) };
    expect(parse(notification)).toEqual(parse(EVENT));
    expect(errorOf({ Type: 'Notification' }).message).toContain('body.Message');
    expect(errorOf({ Type: 'Notification', Message: 'hello' }).message).toContain('Message: ');
    expect(errorOf({ Type: 'Notification', Message: '{}' }).message).toContain('Message.detail-type');
  });

  it.each([
    [{}, 'body.detail-type'],
    [{ Type: 'SubscriptionConfirmation', Message: 'x' }, 'body.detail-type'],
    [{ ...EVENT, detail: undefined }, 'body.detail'],
    [{ ...EVENT, detail: { ...DETAIL, 'action-type': 5 } }, 'body.detail.action-type'],
    [{ ...EVENT, detail: { ...DETAIL, 'repository-name': '' } }, 'body.detail.repository-name'],
    [[EVENT], 'body'],
  ])('refuses what is none with EVENT_MALFORMED and the place: %j', (body, where) => {
    const error = errorOf(body);
    expect(error.code).toBe('EVENT_MALFORMED');
    expect(error.issues[0]?.where).toBe(where);
  });
});
