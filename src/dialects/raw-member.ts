import { JsonScanner } from './json-scanner.js';

/**
 * The text of a member of a JSON text, exactly as it stands there: what a client sent goes on byte for byte. Of members
 * with the same name the last one counts, as with `JSON.parse`.
 *
 * @param text must be one that `JSON.parse` has accepted
 * @param path names of members, from the outermost object inwards
 * @returns undefined where there is no such member
 */
export function rawMember(text: string, path: readonly string[]): string | undefined {
  return find(new JsonScanner(text), path);
}

/** All members of a JSON object by their names, each as it stands there. The text must be one that `JSON.parse` has accepted. */
export function rawMembers(text: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  const scanner = new JsonScanner(text);
  scanner.enter();
  while (scanner.next()) members.set(scanner.takeName(), scanner.takeValue());
  return members;
}

/** The elements of a JSON array, each as it stands there. The text must be one that `JSON.parse` has accepted. */
export function rawElements(text: string): readonly string[] {
  const elements: string[] = [];
  const scanner = new JsonScanner(text);
  scanner.enter();
  while (scanner.next()) elements.push(scanner.takeValue());
  return elements;
}

/** Steps behind the value at which the scanner is, whatever is found in it. */
function find(scanner: JsonScanner, [name, ...inner]: readonly string[]): string | undefined {
  if (name === undefined) return scanner.takeValue();
  let found: string | undefined;
  if (!scanner.isAtObject()) {
    scanner.skipValue();
    return found;
  }
  scanner.enter();
  while (scanner.next()) {
    if (scanner.takeNameIf(name)) found = find(scanner, inner);
    else scanner.skipValue();
  }
  return found;
}
