/** Where every server hears the others' words and barriers. */
export const EVERY_BUS = 'bus';

/** What one server's bus alone is told. */
export function busSubject(serverId: string): string {
  return `bus.${serverId}`;
}

/** What a server says of itself. */
export type Word =
  /** It has just begun to hear. `hasMissed`: something that it published before was heard by nobody. */
  { readonly say: 'hello'; readonly hasMissed: boolean } | { readonly say: 'beacon' } | { readonly say: 'farewell' };
