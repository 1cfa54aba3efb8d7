import { describe, expect, it } from 'vitest';
import { errorCode } from '../../../src/kit/error-code.ts';

const coded = (code: string, cause?: unknown) => Object.assign(new Error('it failed', { cause }), { code });

describe('the code of an error', () => {
  it('is its own before that of its cause', () => {
    expect(errorCode(coded('EPIPE', coded('ECONNRESET')))).toBe('EPIPE');
  });

  it('is that of what caused it, however deep', () => {
    const wrapped = new Error('no answer', { cause: new Error('fetch failed', { cause: coded('ENOTFOUND') }) });
    expect(errorCode(wrapped)).toBe('ENOTFOUND');
  });

  it('is the first that has one, where several addresses were tried', () => {
    expect(errorCode(new AggregateError([new Error('odd'), coded('ECONNREFUSED'), coded('EHOSTUNREACH')]))).toBe(
      'ECONNREFUSED',
    );
  });

  it.each([
    undefined,
    null,
    'ENOENT',
    { code: 'ENOENT' },
    new Error('plain'),
    Object.assign(new Error('n'), { code: 5 }),
  ])('is none for %o', (error) => {
    expect(errorCode(error)).toBeUndefined();
  });
});
