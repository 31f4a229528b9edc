/** Where every server hears the others' words and barriers. */
export const EVERY_BUS = 'bus';

/** What one server's bus alone is told. */
export function busSubject(serverId: string): string {
  return `bus.${serverId}`;
}

/** What a server says of itself. */
export type Word =
  /** It has just begun to hear, and has said so many beacons. `hasMissed`: something that it published before was heard by nobody. */
  | { readonly say: 'hello'; readonly hasMissed: boolean; readonly beacons: number }
  /** The answer to that. */
  | { readonly say: 'here'; readonly beacons: number }
  /** From 1 on, to all: who misses one has missed more. */
  | { readonly say: 'beacon'; readonly nth: number }
  | { readonly say: 'farewell' };
