import { randomBytes } from 'node:crypto';

/**
 * User ids that no other test of the same server has, in the alphabetical order of their names: a test that shares its
 * server begins with `const [ann, ben] = freshUsers('Ann', 'Ben');`.
 */
export function freshUsers<const Names extends readonly string[]>(...names: Names): { [I in keyof Names]: string } {
  const mark = randomBytes(4).toString('hex');
  return names.map((name) => `${name}-${mark}`) as { [I in keyof Names]: string };
}
