/** What stands in quotes, to the end where they are not closed, or a word, with what stands before it to keep it out. */
const PART = /"[^"]*"?|(-*)([^\s"]+)/g;

/**
 * Puts words with a slash into quotes. PostgreSQL's `websearch_to_tsquery` takes bare words apart at each `:` and `&`, where
 * `to_tsvector` has kept an address whole; what is quoted both read in the same way.
 */
export function quoteAddresses(query: string): string {
  return query.replace(PART, (part, minus?: string, word?: string) =>
    word?.includes('/') === true ? `${minus ?? ''}"${word}"` : part,
  );
}
