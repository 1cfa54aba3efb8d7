import type { X509Certificate } from 'node:crypto';

/** The headers of a request, each with every value it was sent with. */
export type HeaderValues = NodeJS.Dict<string[]>;

/** What is known of who sends, before a byte of the body is read. */
export interface Sender {
  readonly headers: HeaderValues;
  /** His certificate, if he has one of an authority that is configured. */
  readonly certificate: X509Certificate | undefined;
}

/** Whether a sender proved himself; if not, why, for our log and not for him. */
export type SenderJudgement = { readonly isKnown: true } | { readonly isKnown: false; readonly why: string };

export const KNOWN: SenderJudgement = { isKnown: true };

export function unknown(why: string): SenderJudgement {
  return { isKnown: false, why };
}

/** Knows the sender by what came with the request: a stranger is refused before his body is read. */
export interface SenderCheck {
  readonly kind: 'sender';
  /** Whether a stranger's tries cost enough to be counted. */
  readonly isCostly?: boolean;
  judge(sender: Sender): SenderJudgement | Promise<SenderJudgement>;
}

/** Knows the sender by his signature over the body. */
export interface SignatureCheck {
  readonly kind: 'signature';
  /** Whether these headers can be right with any body; if not, the body is not read. */
  mayAccept(headers: HeaderValues): boolean;
  start(): BodyCheck;
}

/** Checks the signature over a body while it comes in: it is neither kept for that nor read again. */
export interface BodyCheck {
  update(bytes: Uint8Array): void;
  /** Whether the headers hold the signature of the whole body. */
  accepts(headers: HeaderValues): boolean;
}

/** A header sent twice proves nothing: which of the two counts would depend on who reads it. */
export function onlyValue(headers: HeaderValues, name: string): string | null {
  const values = headers[name];
  return values?.length === 1 ? (values[0] ?? null) : null;
}
