import { describe, expect, it } from 'vitest';
import { FaultError } from '../../../src/kit/errors.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createRedactText } from '../../../src/telemetry/redact-text.ts';

const CANARY = 'c4nary/+s"cret';

describe('E8: secrets never reach the log', () => {
  it.each([
    [
      'the userinfo of a URL',
      'GET https://robot:c4nary@registry.example.com/v2/ failed',
      'GET https://[redacted]@registry.example.com/v2/ failed',
    ],
    [
      'the query of a URL',
      'at https://cdn.example.com/blob?X-Amz-Signature=c4nary&x=1 now',
      'at https://cdn.example.com/blob?[redacted] now',
    ],
    ['a bearer token', 'header Authorization: Bearer c4nary.c4nary-c4nary', 'header Authorization: Bearer [redacted]'],
    ['a postgres URL', 'postgres://lazaret:c4nary@db:5432/lazaret', 'postgres://[redacted]@db:5432/lazaret'],
  ])('redacts %s', (_what, text, expected) => {
    expect(createRedactText()(text)).toBe(expected);
  });

  it('leaves a URL without secrets and an image name as they are', () => {
    const text = 'https://registry.example.com/v2/acme/app/manifests/v1 registry.example.com:5000/acme/app@sha256:abc';
    expect(createRedactText()(text)).toBe(text);
  });

  it('redacts in every place an entry can carry it, and keeps the line JSON', async () => {
    const { lines, logger } = await capture();
    const error = Object.assign(new Error(`refused ${CANARY}`, { cause: new Error(`https://u:${CANARY}@h/`) }), {
      config: { auth: CANARY },
      request: { headers: { authorization: CANARY } },
    });
    logger.info(
      {
        headers: { authorization: `Basic ${CANARY}` },
        password: CANARY,
        deep: { more: { token: CANARY } },
        url: `https://hooks.example.com/services/${encodeURIComponent(CANARY)}`,
      },
      `with ${CANARY}`,
    );
    logger.child({ token: CANARY }).error({ err: error, error }, 'failed');
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain('c4nary');
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['with [redacted]', 'failed']);
  });

  it('writes an error with its code, hint and causes, and none of its other members', async () => {
    const { lines, logger } = await capture();
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', args: ['AUTH', 'hunter2'] });
    logger.error(
      { err: new FaultError('REGISTRY_UNREACHABLE', 'no answer', { retryable: true, cause, hint: 'is it up?' }) },
      'x',
    );
    const { err } = JSON.parse(lines[0]!);
    expect(err).toMatchObject({ code: 'REGISTRY_UNREACHABLE', hint: 'is it up?', cause: { code: 'ECONNREFUSED' } });
    expect(lines[0]).not.toContain('hunter2');
  });

  it('survives an error that is its own cause', async () => {
    const { lines, logger } = await capture();
    const error = new Error('again');
    error.cause = error;
    logger.error({ err: error }, 'x');
    expect(lines).toHaveLength(1);
  });

  it('keeps a log line one line, whatever an event holds', async () => {
    const { lines, logger } = await capture();
    logger.info({ tag: 'v1\n{"level":"fatal"}' }, 'x\ny');
    expect(lines[0]!.trimEnd().split('\n')).toHaveLength(1);
  });

  it('is pretty and redacted on a terminal', async () => {
    const { lines, logger } = await capture(true);
    logger.info({ password: CANARY }, 'hello');
    expect(lines.join('')).toMatch(/INFO.*hello/);
    expect(lines.join('')).not.toContain('c4nary');
  });
});

async function capture(pretty = false) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { lines, logger: await createLogger({ level: 'trace', pretty, destination, secrets: new Set([CANARY]) }) };
}
