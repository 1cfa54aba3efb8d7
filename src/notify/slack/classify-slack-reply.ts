import { FaultError } from '../../kit/errors.ts';
import { isJsonObject } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';
import { parseRetryAfter } from '../../kit/retry-after.ts';
import { type HttpReply, isRetryableStatus } from '../http-reply.ts';
import { cleanText, VALUE_LIMIT } from '../render/clean-text.ts';

/**
 * Reads Slack's answer to an incoming webhook; `null` means that the message was taken. Slack says so in two places:
 * the status, and the word `ok` alone in the body. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 * Pure.
 */
export function classifySlackReply(reply: HttpReply): FaultError | null {
  const { status } = reply;
  const retryAfterMs = reply.retryAfterMs ?? askedInBody(reply);
  const said = cleanText(reply.body, VALUE_LIMIT);
  const remote = { ...(said !== '' && { remoteCode: said }), ...(retryAfterMs !== undefined && { retryAfterMs }) };
  const answer = `Slack answered ${status}${said === '' ? '' : `, "${said}"`}`;
  if (status === 200 && said === 'ok') return null;
  if (status === 429) return new FaultError('SINK_RATE_LIMITED', answer, { retryable: true, ...remote });
  if (isRetryableStatus(status)) return new FaultError('SINK_UNREACHABLE', answer, { retryable: true, ...remote });
  return new FaultError('SINK_REFUSED', `${answer}; expected 200 with the body "ok"`, {
    retryable: false,
    ...remote,
    hint: hintFor(status),
  });
}

/** Slack's API and what imitates it also name the time in the body: `{"ok":false,"error":"rate_limited","retry_after":30}`. */
function askedInBody({ status, body }: HttpReply): number | undefined {
  if (status !== 429) return undefined;
  try {
    const answer = parseJson(body);
    const seconds = isJsonObject(answer) ? answer['retry_after'] : undefined;
    return typeof seconds === 'number' ? parseRetryAfter(String(Math.ceil(seconds)), new Date()) : undefined;
  } catch {
    return undefined;
  }
}

function hintFor(status: number): string {
  if (status === 404 || status === 410 || status === 403) {
    return 'The webhook or its channel was removed, archived or restricted: create a new incoming webhook and put its address into the configuration.';
  }
  if (status >= 300 && status < 400) return 'Redirects are not followed: configure the final address.';
  return 'Check that the address is that of a Slack incoming webhook.';
}
