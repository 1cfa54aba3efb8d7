// The room `notify/email`: messages by e-mail.

import type { MailDelivery, MailServer } from '../../domain/mail-delivery.ts';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import type { Sink } from '../../ports/sink.ts';
import { classifySmtpError } from './classify-smtp-error.ts';
import { renderEmail } from './render-email.ts';

export interface EmailSinkOptions extends MailDelivery {
  readonly id: string;
  /** The whole delivery; default 60 s. */
  readonly timeoutMs?: number;
}

const IMPLICIT_TLS_PORT = 465;
const TIMEOUT_MS = 60_000;
/** Finding, connecting and greeting are quick or broken. */
const SETUP_TIMEOUT_MS = 10_000;
/** A server may scan a message before it answers, but rarely for longer. */
const SILENCE_TIMEOUT_MS = 30_000;

/**
 * Sends each announcement as one mail, plain text with an HTML alternative, by SMTP (RFC 5321) with nodemailer.
 * nodemailer is loaded with the first message, so that a start does not wait for it.
 * @throws {InvalidInputError} `CONFIG_INVALID` for addresses that are none.
 */
export function createEmailSink(options: EmailSinkOptions): Sink {
  assertAddresses(options);
  const server = `${options.smtp.host}:${options.smtp.port}`;
  return {
    id: options.id,
    kind: 'email',
    notify: async (announcement, signal) => {
      const { createTransport } = await import('nodemailer');
      const deadline = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
      let messageSent = false;
      const transport = createTransport({
        ...smtpConnection(options.smtp, options.from),
        // nodemailer reports the end of the message body here and nowhere else.
        logger: { info: (entry: unknown) => (messageSent ||= isEndOfMessage(entry)) },
      });
      const { subject, text, html, messageKey, threadKey } = renderEmail(announcement);
      const headers = { 'Auto-Submitted': 'auto-generated', 'X-Lazaret-Notice': headerSafe(announcement.id) };
      try {
        const { from, to } = options;
        const messageId = `<${messageKey}@${domainOf(from)}>`;
        // All mails about one image refer to the same message id, which was never sent, so that mail readers show them
        // as a thread.
        const references = `<${threadKey}@${domainOf(from)}>`;
        const mail = { from, to: [...to], subject, text, html, messageId, references, headers };
        const sent = await transport.sendMail({ ...mail, signal: AbortSignal.any([signal, deadline]) });
        assertAllTaken(sent, server);
      } catch (error) {
        if (error instanceof FaultError) throw error;
        if (signal.aborted) throw stopped(signal);
        throw classifySmtpError({ error: withoutPassword(error, options.smtp), messageSent, server });
      } finally {
        transport.close();
      }
    },
  };
}

/** What nodemailer is told about the server. */
export function smtpConnection(smtp: MailServer, from: string): object {
  const { host, port, username, password, ca, security } = smtp;
  const name = smtp.name ?? helloName(from);
  const hasPassword = username !== undefined && password !== undefined;
  return {
    host,
    port,
    ...(name !== undefined && { name }),
    secure: security === 'tls' || (security === 'auto' && port === IMPLICIT_TLS_PORT),
    requireTLS: security === 'starttls' || (security === 'auto' && hasPassword),
    ignoreTLS: security === 'none',
    ...(hasPassword && { auth: { user: username, pass: password.reveal() } }),
    ...(ca !== undefined && { tls: { ca } }),
    connectionTimeout: SETUP_TIMEOUT_MS,
    greetingTimeout: SETUP_TIMEOUT_MS,
    dnsTimeout: SETUP_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

// RFC 5321 §4.1.1.1 wants a full name or an address in brackets, and many relays refuse what has no dot.
function helloName(from: string): string | undefined {
  const domain = domainOf(from);
  return /[.[]/.test(domain) ? domain : undefined;
}

function isEndOfMessage(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'tnx' in entry && entry.tnx === 'message';
}

// Trying again would send the mail again to those who have it already, so a person must repair this.
function assertAllTaken(sent: { readonly rejected?: readonly unknown[] }, server: string): void {
  const refused = sent.rejected?.length ?? 0;
  if (refused === 0) return;
  throw new FaultError('SINK_REFUSED', `the mail server ${server} refused ${refused} of the recipients`, {
    retryable: false,
    hint: 'Check the recipients of the mail sink; the others have got the message.',
  });
}

function stopped(signal: AbortSignal): Error {
  return Object.assign(new DOMException('sending the message was stopped', 'AbortError'), { cause: signal.reason });
}

/** The error without the password: some servers repeat what they were told. */
export function withoutPassword(error: unknown, { password }: MailServer): unknown {
  const fields: Record<string, unknown> = typeof error === 'object' && error !== null ? { ...error } : {};
  const secret = password?.reveal();
  if (typeof fields['response'] !== 'string' || secret === undefined || secret === '') return fields;
  const forms = [secret, Buffer.from(secret).toString('base64')];
  const response = forms.reduce((text, form) => text.replaceAll(form, '[password]'), fields['response']);
  return { ...fields, response };
}

const ADDRESS = /^(?:[^\p{Cc}<>]*<)?[^\s<>@,;]+@([A-Za-z0-9.-]+|\[[0-9A-Fa-f.:]+\])>?$/u;

function assertAddresses({ id, from, to }: EmailSinkOptions): void {
  const wrong = [from, ...to].find((address) => !ADDRESS.test(address));
  if (wrong !== undefined || to.length === 0) {
    const got = wrong === undefined ? 'no recipient' : JSON.stringify(wrong);
    throw new InvalidInputError(
      'CONFIG_INVALID',
      `expected mail addresses like oncall@acme.example for the sink "${id}", got ${got}`,
    );
  }
}

function domainOf(address: string): string {
  return ADDRESS.exec(address)?.[1] ?? 'localhost';
}

function headerSafe(id: string): string {
  return id.replace(/[^\w.:@/-]/g, '').slice(0, 200);
}
