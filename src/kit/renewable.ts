/** A value of the configuration that may be exchanged while it is in use, for all that hold it, and is no secret. */
export class Renewable<T> {
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value as it is now. Ask when it is used, and keep nothing of it. */
  get current(): T {
    return this.#value;
  }

  /** Takes the value of another. */
  renew(by: Renewable<T>): void {
    this.#value = by.#value;
  }

  toJSON(): string {
    return '[renewable]';
  }
}
