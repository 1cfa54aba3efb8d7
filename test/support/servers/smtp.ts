import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { makeCertificate } from '../certificate.ts';
import { waitFor } from '../wait-for.ts';

export interface SmtpOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Only this user may send; without it nobody needs to sign in. */
  readonly auth?: { readonly username: string; readonly password: string };
  /** `required` refuses mail in clear text, `off` does not offer it; default `offered`, with a throw-away certificate. */
  readonly startTls?: 'off' | 'offered' | 'required';
  /** PEM key and certificate for STARTTLS; without them throw-away ones. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Answer each message with this SMTP code and text instead of accepting it; may change while running. */
  readonly refuse?: SmtpRefusal;
}

export interface SmtpRefusal {
  /** 4xx is temporary, 5xx final. */
  readonly code: number;
  readonly text: string;
  /** Refuse at the sender, at a recipient or after the body; default `data`. */
  readonly at?: SmtpStep;
}

/** After the sender, after a recipient, after the body. */
export type SmtpStep = 'mail' | 'recipient' | 'data';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Signed-in user, if any. */
  readonly username: string | undefined;
  /** Whether it came over TLS. */
  readonly secure: boolean;
  readonly raw: string;
  readonly parsed: ParsedMail;
  /** When the last of it had come. */
  readonly receivedAt: Date;
}

export interface SmtpServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Messages accepted so far, oldest first. */
  readonly messages: readonly ReceivedMail[];
  /** What each delivery called itself at EHLO. */
  readonly names: readonly string[];
  /** Deliveries tried so far (MAIL FROM), accepted or not. */
  attempts(): number;
  /** Refuse from now on, or accept again with `undefined`. */
  setRefusal(refusal: SmtpRefusal | undefined): void;
  /** Never answer again from this step on (`true`: from the sender on), or answer as before. */
  setHanging(hanging: boolean | SmtpStep): void;
  /** Waits until there are that many messages. */
  waitForMessages(count: number, timeoutMs?: number): Promise<readonly ReceivedMail[]>;
  stop(): Promise<void>;
}

/** Starts a real SMTP server on 127.0.0.1 that keeps what it receives. */
export async function startSmtp(options: SmtpOptions = {}): Promise<SmtpServer> {
  const state: State = { messages: [], names: [], attempts: 0, refusal: options.refuse, hanging: false };
  const server = new SMTPServer(serverOptions(options, state));
  server.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve());
  });
  const { port } = server.server.address() as AddressInfo;
  return {
    host: '127.0.0.1',
    port,
    messages: state.messages,
    names: state.names,
    attempts: () => state.attempts,
    setRefusal: (refusal) => {
      state.refusal = refusal;
    },
    setHanging: (hanging) => {
      state.hanging = hanging;
    },
    waitForMessages: (count, timeoutMs = 10_000) =>
      waitFor(() => state.messages.length >= count && state.messages, {
        what: `${count} mails (there are ${state.messages.length})`,
        timeoutMs,
      }),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

interface State {
  readonly messages: ReceivedMail[];
  readonly names: string[];
  attempts: number;
  refusal: SmtpRefusal | undefined;
  hanging: boolean | SmtpStep;
}

function serverOptions(options: SmtpOptions, state: State): SMTPServerOptions {
  const { auth, startTls = 'offered', tls } = options;
  const disabled = [...(startTls === 'off' ? ['STARTTLS'] : []), ...(auth === undefined ? ['AUTH'] : [])];
  return {
    disabledCommands: disabled,
    authOptional: auth === undefined,
    allowInsecureAuth: startTls !== 'required',
    disableReverseLookup: true,
    closeTimeout: 1_000,
    ...(tls ?? makeCertificate()),
    onAuth: (given, _session, done) => {
      if (given.username === auth?.username && given.password === auth?.password) done(null, { user: given.username });
      else done(refusalError({ code: 535, text: '5.7.8 wrong user name or password' }));
    },
    onMailFrom: (_address, session, done) => {
      state.attempts += 1;
      state.names.push(session.hostNameAppearsAs);
      if (startTls === 'required' && !session.secure) {
        done(refusalError({ code: 530, text: '5.7.0 say STARTTLS first' }));
        return;
      }
      answer(state, 'mail', done);
    },
    onRcptTo: (_address, _session, done) => answer(state, 'recipient', done),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        answer(state, 'data', (error) => {
          if (error) done(error);
          else keep(Buffer.concat(chunks), session, state).then(() => done(), done);
        });
      });
    },
  };
}

function answer(state: State, step: SmtpStep, done: (error?: Error | null) => void): void {
  if (state.hanging === true || state.hanging === step) return;
  const { refusal } = state;
  if (refusal !== undefined && (refusal.at ?? 'data') === step) done(refusalError(refusal));
  else done();
}

function refusalError(refusal: SmtpRefusal): Error {
  return Object.assign(new Error(refusal.text), { responseCode: refusal.code });
}

async function keep(
  bytes: Buffer,
  session: Parameters<NonNullable<SMTPServerOptions['onData']>>[1],
  state: State,
): Promise<void> {
  const { mailFrom, rcptTo } = session.envelope;
  const receivedAt = new Date();
  state.messages.push({
    from: mailFrom ? mailFrom.address : '',
    to: rcptTo.map((recipient) => recipient.address),
    username: typeof session.user === 'string' ? session.user : undefined,
    secure: session.secure,
    raw: bytes.toString('utf8'),
    parsed: await simpleParser(bytes),
    receivedAt,
  });
}
