import assert from 'node:assert/strict';
import { InvalidInputError } from '../../src/kit/errors.ts';
import { Refusal } from '../../src/verification/check/refusal.ts';

/** Words of ours about an input, in one error: far below what they are about. */
const MOST_WORDS = 16 * 1024;

/** What `read` returns, or `undefined` where it refuses the input as bad; any other error is a broken promise. */
export function readOrRefuse<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InvalidInputError) && !(error instanceof Refusal)) throw error;
    assertShort(error.message);
    if (error instanceof InvalidInputError) assertIssues(error);
    return undefined;
  }
}

// Whoever writes policies is told all that is wrong with them at once, however much that is.
function assertIssues({ code, issues }: InvalidInputError): void {
  if (code === 'POLICY_INVALID') issues.forEach(assertShort);
  else assertShort(issues);
}

/** What is said about an input stays small, whatever the input. @throws {assert.AssertionError} */
export function assertShort(said: unknown): void {
  const { length } = JSON.stringify(said) ?? '';
  assert.ok(length <= MOST_WORDS, `expected at most ${MOST_WORDS} characters about an input, got ${length}`);
}
