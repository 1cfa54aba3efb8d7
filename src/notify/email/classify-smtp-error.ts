import { FaultError } from '../../kit/errors.ts';
import { cleanText } from '../render/clean-text.ts';

/** What is known about a failed delivery. The fields of `error` are those of nodemailer's errors. */
export interface SmtpFailure {
  readonly error: unknown;
  /** Whether the whole message had been handed over when it failed. */
  readonly messageSent: boolean;
  /** `host:port`, for the message. */
  readonly server: string;
}

/**
 * Translates a failed delivery by the server's reply code (RFC 5321 §4.2.1: 4yz is temporary, 5yz final), or, without
 * a reply, by whether the message had been sent. Pure.
 */
export function classifySmtpError({ error, messageSent, server }: SmtpFailure): FaultError {
  const failure = fieldsOf(error);
  const { code, command, responseCode, response } = failure;
  const cause = new Error(`${code}${command === '' ? '' : ` at ${command}`}`);
  const said = cleanText(response);
  if (responseCode >= 400) {
    const message = `the mail server ${server} answered "${said}"${command === '' ? '' : ` to ${command}`}`;
    const remoteCode = String(responseCode);
    const known = keyFor(failure);
    const details = { remoteCode, cause, ...(known !== undefined && { hint: known }) };
    if (responseCode < 500) return new FaultError('SINK_UNREACHABLE', message, { retryable: true, ...details });
    return new FaultError('SINK_REFUSED', message, { retryable: false, hint: hintFor(code), ...details });
  }
  if (messageSent) {
    const message = `the message went to the mail server ${server}, but no answer came: it may have arrived`;
    return new FaultError('SINK_REPLY_UNKNOWN', message, { retryable: true, cause });
  }
  if (code === 'EAUTH' || code === 'ENOAUTH' || code === 'EENVELOPE' || code === 'EMESSAGE') {
    const message = `the message cannot be given to the mail server ${server} (${code})`;
    return new FaultError('SINK_REFUSED', message, { retryable: false, cause, hint: hintFor(code) });
  }
  const message = `could not reach the mail server ${server} (${code})`;
  const hint =
    keyFor(failure) ??
    'Check host, port, TLS settings and network, and that the certificate is one this machine trusts.';
  return new FaultError('SINK_UNREACHABLE', message, { retryable: true, cause, hint });
}

/** The key of the configuration that mends it, where the server's words or its silence say which. */
function keyFor({ code, command, response }: ReturnType<typeof fieldsOf>): string | undefined {
  // Many servers check the name only when the recipient is named.
  if (/^(?:EHLO|HELO)/.test(command) || /\b(?:helo|ehlo)\b/i.test(response)) {
    return 'The server does not take the name we say at EHLO: set `smtp.name` to a full name it knows, such as that of this machine (default: the domain of `from`).';
  }
  if (/^STARTTLS/.test(command)) {
    return 'The server offers no STARTTLS: set `smtp.security` to `tls` (mostly with port 465), or to `none` for a server next door that takes mail in clear text.';
  }
  if (/^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$|^EPROTO$/.test(code)) {
    return 'That port does not begin with TLS: set `smtp.security` to `starttls`, or to `none` for a server next door (TLS from the first byte is mostly on port 465).';
  }
  if (code === 'GREETING_TIMEOUT') {
    return 'That port says nothing to clear text: if it begins with TLS, set `smtp.security` to `tls`.';
  }
  return undefined;
}

function hintFor(code: string): string {
  return code === 'EAUTH' || code === 'ENOAUTH'
    ? 'Check the user name and the password of the mail sink.'
    : 'Check the sender and the recipients of the mail sink, and whether the server lets this machine send.';
}

function fieldsOf(error: unknown): { code: string; command: string; responseCode: number; response: string } {
  const fields: Readonly<Record<string, unknown>> = typeof error === 'object' && error !== null ? { ...error } : {};
  const { code, originalCode, command, responseCode, response } = fields;
  return {
    code: [originalCode, code].find((value) => typeof value === 'string') ?? 'no code',
    command: typeof command === 'string' && command !== 'CONN' && command !== 'API' ? cleanText(command, 40) : '',
    responseCode: typeof responseCode === 'number' ? responseCode : 0,
    response: typeof response === 'string' ? response : '',
  };
}
