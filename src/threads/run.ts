/** Why a thread gave no answer: it took too long, it wanted too much memory, or it ended for another reason. */
export type LossReason = 'deadline' | 'memory' | 'crash';

/** The result of one task that was given to a thread. */
export type Run<Reply> =
  | { readonly kind: 'answered'; readonly reply: Reply }
  /** The thread is gone, and so is all it was doing. */
  | { readonly kind: 'lost'; readonly why: LossReason; readonly cause?: Error };
