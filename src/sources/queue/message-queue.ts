/** A message as it was received; the handle stands for this receiving of it. */
export interface QueueMessage {
  readonly id: string;
  readonly handle: string;
  readonly body: string;
  /** What the queue says of it, as headers in small letters. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A queue whose messages are held while they are taken in, and removed once they are stored. All of it throws `FaultError`. */
export interface MessageQueue {
  /** Messages that nobody else gets for `holdS`; waits up to `waitS` for the first. */
  receive(
    options: { readonly waitS: number; readonly holdS: number },
    signal: AbortSignal,
  ): Promise<readonly QueueMessage[]>;
  /** Takes messages from the queue; those that another reader has by now stay, and are named where the queue tells. */
  remove(messages: readonly QueueMessage[]): Promise<readonly QueueMessage[]>;
  /** Holds them for so many seconds from now on; 0 gives them back. */
  hold(messages: readonly QueueMessage[], seconds: number): Promise<void>;
  close(): Promise<void>;
}
