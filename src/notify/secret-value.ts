/** A value that is not printed by accident; the configuration's `Secret` is one. */
export interface SecretValue {
  reveal(): string;
}
