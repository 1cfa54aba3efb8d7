/**
 * Members of deliveries that hold a URL, a code or a token with which anybody who reads it can act: Docker Hub's
 * callback, a subscription of Amazon SNS, the handshake of Azure Event Grid.
 */
const CAPABILITIES = [
  'callback_url',
  'SubscribeURL',
  'UnsubscribeURL',
  'Token',
  'validationUrl',
  'validationCode',
] as const;

// Without a parser, for what is parked is often no JSON, cut short, or JSON within a text of JSON: from the name over all
// that is neither letter nor digit (quotes, colon, backslashes) to where the text ends.
const VALUE = new RegExp(`(?<![A-Za-z])(${CAPABILITIES.join('|')})([^A-Za-z0-9]{1,16})[^\\s"'<>]*[^\\s"'<>\\\\]`, 'g');

/** The same body with what is in those members taken out, so that what is kept of it gives nobody any right. */
export function hideCapabilities(body: Uint8Array): Uint8Array {
  // A character for each byte, whatever they are.
  const text = Buffer.from(body).toString('latin1');
  const hidden = text.replace(VALUE, '$1$2(not kept)');
  return hidden === text ? body : Buffer.from(hidden, 'latin1');
}
