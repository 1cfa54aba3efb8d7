/** Why a thread gave no answer: it took too long, it wanted too much memory, or it ended for another reason. */
export type LossReason = 'deadline' | 'memory' | 'crash';

/** The result of one task that a thread has begun. */
export type Run<Reply> =
  | { readonly kind: 'answered'; readonly reply: Reply }
  /** The thread is gone, and so is all it was doing. */
  | { readonly kind: 'lost'; readonly why: LossReason; readonly cause?: Error };

/** A task that a thread held, and that it did not begin: it was taken back, or the thread was lost over the one before. */
export interface Unbegun {
  readonly kind: 'unbegun';
}
