import { classifySmtpError } from './classify-smtp-error.ts';
import { type SmtpOptions, smtpConnection, withoutPassword } from './email-sink.ts';

/**
 * Connects to the mail server and logs in, as a delivery would, and sends nothing.
 * @throws {FaultError} `SINK_*` that says what is wrong and what to do.
 */
export async function probeSmtp(smtp: SmtpOptions): Promise<void> {
  const { createTransport } = await import('nodemailer');
  const transport = createTransport(smtpConnection(smtp));
  try {
    await transport.verify();
  } catch (error) {
    const server = `${smtp.host}:${smtp.port ?? 587}`;
    throw classifySmtpError({ error: withoutPassword(error, smtp), messageSent: false, server });
  } finally {
    transport.close();
  }
}
