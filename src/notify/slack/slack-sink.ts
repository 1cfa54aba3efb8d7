// The room `notify/slack`: messages to Slack.

import { InvalidInputError } from '../../kit/errors.ts';
import { isLoopback } from '../../kit/loopback.ts';
import type { Secret } from '../../kit/secret.ts';
import type { Sink } from '../../ports/sink.ts';
import { createJsonPoster, type JsonPosterOptions } from '../post-json.ts';
import { classifySlackReply } from './classify-slack-reply.ts';
import { renderSlackMessage } from './slack-message.ts';

export interface SlackSinkOptions extends JsonPosterOptions {
  readonly id: string;
  /** The incoming webhook's address, a secret as a whole. */
  readonly url: Secret;
}

/**
 * Sends each announcement to a Slack incoming webhook as one Block Kit message.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 * @throws {InvalidInputError} `CONFIG_INVALID` for an address that is no URL, or in clear text to another machine.
 */
export function createSlackSink(options: SlackSinkOptions): Sink {
  parseAddress(options);
  const poster = createJsonPoster(() => parseAddress(options), options);
  return {
    id: options.id,
    kind: 'slack',
    notify: async (announcement, signal) => {
      const fault = classifySlackReply(await poster.post(renderSlackMessage(announcement), signal));
      if (fault !== null) throw fault;
    },
    close: () => poster.close(),
  };
}

function parseAddress({ id, url }: SlackSinkOptions): URL {
  const address = URL.parse(url.reveal().trim());
  if (address === null || (address.protocol !== 'https:' && address.protocol !== 'http:')) {
    throw new InvalidInputError(
      'CONFIG_INVALID',
      `expected the address of an incoming webhook for the sink "${id}", like https://hooks.slack.com/services/…, got something that is no web address`,
    );
  }
  // Whoever reads the address may post in our name.
  if (address.protocol === 'http:' && !isLoopback(address.hostname)) {
    throw new InvalidInputError('CONFIG_INVALID', `expected an https address for the sink "${id}", got plain http`);
  }
  return address;
}
