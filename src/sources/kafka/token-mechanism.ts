import kafkajs, { type Mechanism } from 'kafkajs';
import { shortText } from '../../kit/short-text.ts';

/** Gives a token that is valid now. */
export type ReadToken = () => Promise<string>;

/** RFC 7628 §3.1: fields end with it, and so does the message. */
const SEPARATOR = '\u0001';

/**
 * SASL OAUTHBEARER (RFC 7628), asked for a token with each login. The library's own takes whatever a broker answers for
 * a welcome, and only fails at the next request, without the broker's reason; this one reads the answer.
 */
export function createTokenMechanism(readToken: ReadToken, extensions: Readonly<Record<string, string>>): Mechanism {
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ saslAuthenticate }) => ({
      async authenticate() {
        const message = firstMessage(await readToken(), extensions);
        const refusal = await saslAuthenticate({
          request: { encode: () => withLength(message) },
          response: { decode: withoutLength, parse: (answer) => answer.toString() },
        });
        // RFC 7628 §3.2.2: an answer that is not empty says why not.
        if (refusal === undefined || refusal === '') return;
        throw new kafkajs.KafkaJSNonRetriableError(`SASL: the broker refused the token: ${shortText(refusal)}`);
      },
    }),
  };
}

function firstMessage(token: string, extensions: Readonly<Record<string, string>>): string {
  const fields = Object.entries(extensions).map(([name, value]) => `${name}=${value}${SEPARATOR}`);
  return `n,,${SEPARATOR}auth=Bearer ${token}${SEPARATOR}${fields.join('')}${SEPARATOR}`;
}

// As the library's own mechanisms do: bytes with their length in front.
function withLength(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function withoutLength(bytes: Buffer): Buffer {
  return bytes.subarray(4);
}
