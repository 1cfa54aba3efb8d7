import { backOff } from '../../kit/back-off.ts';
import { FaultError } from '../../kit/errors.ts';
import { wait } from '../../kit/io/wait.ts';
import { parseRetryAfter } from '../../kit/retry-after.ts';
import { isTooMany } from '../registry-fault.ts';
import type { HttpReply, HttpRequest } from './http-transport.ts';
import type { RequestGate } from './request-gate.ts';

export interface RetryOptions {
  readonly method: HttpRequest['method'];
  /** How often a request is repeated before its caller hears of it. */
  readonly retries: number;
  readonly signal: AbortSignal;
}

/** First wait before a request is repeated, ms; doubled for the next. */
const RETRY_MS = 100;
/** A "too many" without `Retry-After`, ms; doubled for the next. */
const PAUSE_MS = 1_000;

/**
 * Makes a request, and makes it again when the registry was busy: any request after "too many" (it was not looked at),
 * a read also after a broken connection or a 5xx. A write whose answer was lost may have happened: that is for the
 * caller to sort out.
 */
export async function retryRequest(
  options: RetryOptions,
  once: (attempt: number) => Promise<HttpReply>,
): Promise<HttpReply> {
  const { method, retries, signal } = options;
  const isRead = method === 'GET' || method === 'HEAD';
  for (let attempt = 0; ; attempt++) {
    const isLast = attempt >= retries;
    const reply = await once(attempt).catch((error: unknown) => {
      if (isLast || !isRead || !isBroken(error)) throw error;
      return undefined;
    });
    if (reply !== undefined && isTooMany(reply)) {
      if (isLast) return reply;
      continue;
    }
    if (reply !== undefined && (isLast || !isRead || !isServerError(reply))) return reply;
    await wait(backOff(RETRY_MS, attempt) * (1 + Math.random()), signal);
  }
}

/**
 * Tells the gate what an answer says of how much the registry bears. To be called before the request leaves the gate, or
 * the next goes out before the pause begins.
 */
export function heedReply(gate: RequestGate, reply: HttpReply, attempt: number): void {
  if (isTooMany(reply))
    gate.pause(parseRetryAfter(reply.header('retry-after'), new Date()) ?? backOff(PAUSE_MS, attempt));
  else if (!isServerError(reply)) gate.recover();
}

/** After a failed connection a second try may work at once; after a time-out it would only take as long again. */
function isBroken(error: unknown): boolean {
  return error instanceof FaultError && error.code === 'REGISTRY_UNREACHABLE' && error.retryable;
}

/** 501 is an answer: it will be the same the next time. */
function isServerError({ status }: HttpReply): boolean {
  return status >= 500 && status !== 501;
}
