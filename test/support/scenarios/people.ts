import { freshUsers } from '../fresh-users.js';

/** Who is in the scenarios: Mod has the role of a moderator; Olga only looks, in the messaging dialect. */
export const CAST = ['Ann', 'Ben', 'Mod', 'Olga'] as const;

/** User ids by first names. */
export type People = ReadonlyMap<string, string>;

export function newPeople(): People {
  const ids = freshUsers(...CAST);
  return new Map(CAST.map((name, index) => [name, ids[index] ?? name]));
}

export function idOf(people: People, name: string): string {
  const id = people.get(name);
  if (id === undefined) throw new Error(`nobody is called ${name}`);
  return id;
}

/** The first name of whom the tests have made. */
export function plainName(userId: string): string {
  return userId.replace(/-[0-9a-f]{8}$/, '');
}

export function claimsOf(name: string): Record<string, unknown> {
  return name === 'Mod' ? { roles: ['moderator'] } : {};
}
