import type { HttpReply, HttpTransport } from '../http/http-transport.ts';

/**
 * ECR refuses a token that has ended with 403, without a challenge and at times in plain text
 * (https://github.com/flipt-io/flipt/issues/3043): what would be 401 elsewhere is made one, so that another is fetched.
 */
export function renewExpired(transport: HttpTransport): HttpTransport {
  return {
    async exchange(request, signal) {
      const reply = await transport.exchange(request, signal);
      return request.headers['authorization'] !== undefined && isExpired(reply) ? asChallenge(reply) : reply;
    },
    close: transport.close,
  };
}

const EXPIRED = /authorization token (?:has expired|is (?:invalid|expired))/i;

function isExpired({ status, body }: HttpReply): boolean {
  return (status === 403 || status === 400) && EXPIRED.test(Buffer.from(body).toString('latin1'));
}

function asChallenge(reply: HttpReply): HttpReply {
  const challenge = 'Basic realm="Amazon ECR"';
  return { ...reply, status: 401, header: (name) => (name === 'www-authenticate' ? challenge : reply.header(name)) };
}
