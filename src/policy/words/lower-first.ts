/** A sentence as the rest of another one. A name at its beginning keeps its letter. */
export function lowerFirst(text: string): string {
  return text.replace(/^[A-Z](?=[a-z]*[\s,'])/, (letter) => letter.toLowerCase());
}
