import { BadRequestError } from '../domain/errors.js';
import { isStorableText } from '../domain/ids.js';

interface Kinds {
  readonly text: string;
  readonly number: number;
}

/** Behind what the next page of a list begins: what the list is ordered by. */
type PlaceOf<K extends readonly (keyof Kinds)[]> = { readonly [I in keyof K]: Kinds[K[I]] };

/** The cursors of one list. Clients carry them without looking into them, so what they hold may change. */
export class Cursors<const K extends readonly (keyof Kinds)[]> {
  /**
   * @param list its name: a cursor of another one is none of this
   * @param kinds what its places are made of
   */
  constructor(
    private readonly list: string,
    private readonly kinds: K,
  ) {}

  write(place: PlaceOf<K>): string {
    return Buffer.from(JSON.stringify([this.list, ...place])).toString('base64url');
  }

  /**
   * @returns undefined: from the beginning
   * @throws BadRequestError for anything that was not written here
   */
  read(cursor: string | undefined): PlaceOf<K> | undefined {
    if (cursor === undefined) return undefined;
    const written = parsed(Buffer.from(cursor, 'base64url').toString());
    const [list, ...place] = Array.isArray(written) ? (written as readonly unknown[]) : [];
    const isOfThis = list === this.list && place.length === this.kinds.length;
    if (!isOfThis || !this.kinds.every((kind, index) => isOf(kind, place[index]))) {
      throw BadRequestError.at('cursor', 'the cursor is not one of this list');
    }
    return place as unknown as PlaceOf<K>;
  }
}

function isOf(kind: keyof Kinds, part: unknown): boolean {
  return kind === 'number' ? Number.isSafeInteger(part) : typeof part === 'string' && isStorableText(part);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
