/** Quotes one word of a command that people paste into a shell, so that no part of it is run as a command. */
export function quoteForShell(word: string): string {
  return /^[A-Za-z0-9._/:@[\]-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
