/**
 * The one place where text becomes a word of a shell command. Inside single quotes POSIX sh interprets nothing, so only
 * the quote itself has to leave them (POSIX 2.2.2). A null character cannot be part of any argument.
 */
export function quote(word: string): string {
  if (word.includes("\0")) throw new RangeError("A shell word cannot hold a null character.");
  return /^[A-Za-z0-9_@%+:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
