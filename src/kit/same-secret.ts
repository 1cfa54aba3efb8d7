import { hash, timingSafeEqual } from 'node:crypto';

/** Whether two texts are equal, in a time that depends on neither. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(sha256(given), sha256(expected));
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
