import { z } from 'zod';
import type { MailDelivery } from '../domain/mail-delivery.ts';
import { isLoopback } from '../kit/loopback.ts';
import { addFault } from '../kit/schema-fields.ts';
import type { Secret } from '../kit/secret.ts';
import {
  ALWAYS,
  checkOneOf,
  fileField,
  idField,
  secretFileField,
  secretTextField,
  secretVariableField,
  textField,
} from './fields.ts';
import { isNearby } from './nearby.ts';
import type { Outside } from './outside.ts';

/** A Slack incoming webhook. */
export interface SlackConfig {
  readonly kind: 'slack';
  readonly id: string;
  readonly url: Secret;
}

/** Mail by SMTP. */
export interface EmailConfig extends MailDelivery {
  readonly kind: 'email';
  readonly id: string;
}

export type NotifyConfig = SlackConfig | EmailConfig;

/** The schema of one entry of `notify`. */
export function createNotifySchema(outside: Outside) {
  return z.discriminatedUnion('kind', [createSlackSchema(outside), createEmailSchema(outside)]);
}

const idOfSink = idField('Name of the place in messages, metrics and `lazaret notify test`.');

function createSlackSchema(outside: Outside) {
  const what = "the webhook's address";
  return z
    .strictObject({
      kind: z.literal('slack').describe('A Slack incoming webhook.'),
      id: idOfSink,
      url: secretTextField("The webhook's address; whoever has it can post, so rather use `urlFile`.")
        .superRefine(checkWebhookAddress)
        .optional(),
      urlFile: secretFileField(outside, what).superRefine(checkWebhookAddress).optional(),
      urlEnv: secretVariableField(outside, what).superRefine(checkWebhookAddress).optional(),
    })
    .superRefine(
      (written, context) =>
        checkOneOf(written, context, ['urlFile', 'urlEnv', 'url'], { required: true, what: "the webhook's address" }),
      ALWAYS,
    )
    .transform(({ kind, id, url, urlFile, urlEnv }, context): SlackConfig => {
      const address = urlFile ?? urlEnv ?? url;
      if (address !== undefined) return { kind, id, url: address };
      addFault(context, { message: 'expected an address' });
      return z.NEVER;
    });
}

function checkWebhookAddress(address: Secret, context: z.core.$RefinementCtx): void {
  const url = URL.parse(address.reveal().trim());
  const hint = 'For example https://hooks.slack.com/services/… as Slack shows it under "Incoming Webhooks".';
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return;
  const message = 'expected the https address of an incoming webhook';
  addFault(context, { message: url?.protocol === 'http:' ? `${message}, got plain http` : message, hint });
}

function createEmailSchema(outside: Outside) {
  return z
    .strictObject({
      kind: z.literal('email').describe('Mail by SMTP.'),
      id: idOfSink,
      smtp: createSmtpSchema(outside),
      from: senderField,
      to: z.array(addressField).min(1).describe('Receivers.'),
    })
    .transform((written): EmailConfig => written);
}

const NAMED = /^(?:"[^"<>\p{Cc}]+"|[^"<>,;:@\p{Cc}]+) <[^\s@<>",;]+@[^\s@<>",;]+>$/u;

const senderField = z
  .string()
  .describe('Sender: an address, or a name and an address, such as `Lazaret <lazaret@acme.example>`.')
  .superRefine((sender, context) => {
    if (/^[^\s@<>",;]+@[^\s@<>",;]+$/.test(sender) || NAMED.test(sender)) return;
    addFault(context, {
      message: 'expected a mail address such as lazaret@acme.example, or Lazaret <lazaret@acme.example>',
    });
  });

const addressField = z.string().superRefine((address, context) => {
  if (/^[^\s@<>",;]+@[^\s@<>",;]+$/.test(address)) return;
  addFault(context, { message: 'expected a mail address such as lazaret@acme.example' });
});

function createSmtpSchema(outside: Outside) {
  return z
    .strictObject({
      host: textField('Mail server.').regex(/^[^\s/:@]+$|^[0-9a-fA-F:.]+$/, 'expected a host without a port'),
      port: z.int().min(1).max(65_535).default(587).describe('Its port.'),
      security: z
        .enum(['auto', 'tls', 'starttls', 'none'])
        .default('auto')
        .describe(
          '`tls`: TLS from the first byte; `starttls`: nothing without STARTTLS; `none`: clear text; `auto`: `tls` on ' +
            'port 465, `starttls` where a password is sent, else STARTTLS if the server offers it.',
        ),
      name: z
        .string()
        .regex(/^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Za-z.:]+\])$/, 'expected a host name')
        .optional()
        .describe('How Lazaret calls itself at EHLO: a full name. Default: the domain of `from`.'),
      caFile: fileField(outside, 'PEM file of certificates to trust instead of those of the system.').optional(),
      username: textField('User of the mail server.').optional(),
      passwordFile: secretFileField(outside, "the user's password").optional(),
      passwordEnv: secretVariableField(outside, "the user's password").optional(),
    })
    .superRefine(checkSmtp, ALWAYS)
    .describe('How mail is sent.')
    .transform(({ name, caFile, username, passwordFile, passwordEnv, ...rest }) => {
      const password = passwordFile ?? passwordEnv;
      return {
        ...rest,
        ...(name !== undefined && { name }),
        ...(caFile !== undefined && { ca: caFile }),
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
      };
    });
}

function checkSmtp(written: Readonly<Record<string, unknown>>, context: z.core.$RefinementCtx): void {
  if (typeof written !== 'object' || written === null) return;
  const passwords = ['passwordFile', 'passwordEnv'];
  const hasPassword = passwords.some((name) => Object.hasOwn(written, name));
  const hasUser = Object.hasOwn(written, 'username');
  checkOneOf(written, context, passwords, { required: hasUser, what: "the user's password" });
  if (hasPassword && !hasUser) addFault(context, { message: 'a password without `username`', hint: 'Add the user.' });
  const host = written['host'];
  if (!hasPassword || written['security'] !== 'none' || typeof host !== 'string' || isNearby(host)) return;
  const message = 'the password would be sent in clear text';
  addFault(context, { message, hint: 'Use `starttls` or `tls`.' }, ['security']);
}
