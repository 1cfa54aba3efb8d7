import { Readable } from 'node:stream';
import type { MailDelivery } from '../../domain/mail-delivery.ts';
import { classifySmtpError } from './classify-smtp-error.ts';
import { smtpConnection, withoutPassword } from './email-sink.ts';

/**
 * Goes as far as a delivery without a message: connects, logs in, names the sender and the recipients, and closes the
 * connection where the message would begin, so that there is nothing to deliver.
 * @throws {FaultError} `SINK_*` that says what is wrong and what to do.
 */
export async function probeSmtp({ smtp, from, to }: MailDelivery): Promise<void> {
  const { default: SmtpConnection } = await import('nodemailer/lib/smtp-connection/index.js');
  const connection = new SmtpConnection(smtpConnection(smtp, from));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const orFail =
    (go: () => void) =>
    (error?: Error | null): void =>
      error ? reject(error) : go();
  const nameAll = (): void => {
    const body = new Readable({
      read: () => {
        // The server has accepted all recipients and waits for the message.
        connection.close();
        resolve();
      },
    });
    connection.send({ from: bareAddress(from), to: to.map(bareAddress) }, body, orFail(resolve));
  };
  const logIn = (): void => {
    const { username, password } = smtp;
    if (username === undefined || password === undefined) nameAll();
    else connection.login({ user: username, pass: password.reveal() }, orFail(nameAll));
  };
  connection.on('error', reject);
  connection.connect(orFail(logIn));
  try {
    await promise;
  } catch (error) {
    const server = `${smtp.host}:${smtp.port}`;
    throw classifySmtpError({ error: withoutPassword(error, smtp), messageSent: false, server });
  } finally {
    connection.close();
  }
}

function bareAddress(address: string): string {
  return /<([^<>]+)>$/.exec(address)?.[1] ?? address;
}
