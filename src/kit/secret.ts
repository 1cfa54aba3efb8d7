import { inspect } from 'node:util';

const HIDDEN = '[secret]';

/** A value that is not printed by accident: only {@link Secret.reveal} gives it out. */
export class Secret {
  #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Call this at the last moment, where it is used. */
  reveal(): string {
    return this.#value;
  }

  /** Takes the value of another, for all that hold this one: how a secret is exchanged while it is in use. */
  renew(by: Secret): void {
    this.#value = by.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
