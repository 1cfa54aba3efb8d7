import type { Secret } from '../kit/secret.ts';

/** How to reach a mail server. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /**
   * `tls`: TLS from the first byte. `starttls`: refuse to go on without STARTTLS. `none`: clear text, even if TLS is
   * offered. `auto`: `tls` on port 465, `starttls` where a password is sent, else STARTTLS if it is offered.
   */
  readonly security: 'auto' | 'tls' | 'starttls' | 'none';
  /** How we call ourselves at EHLO; default: the domain of the sender, which relays know, else the machine's name. */
  readonly name?: string;
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string;
  readonly username?: string;
  readonly password?: Secret;
}

/** From whom to whom mail goes, and by which server. */
export interface MailDelivery {
  readonly smtp: MailServer;
  readonly from: string;
  /** At least one. */
  readonly to: readonly string[];
}
