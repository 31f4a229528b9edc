import type { CoreState } from './core.js';
import { type DialectWords, hasWordsFor } from './inabilities.js';
import type { Place } from './place.js';
import { codeIn, type Scenario } from './scenario.js';
import type { Speaker } from './speaker.js';

/** In whose words each of the people speaks. */
export interface Casting {
  readonly name: string;
  readonly words: Readonly<Record<string, DialectWords>>;
}

export const allIn = (words: DialectWords): Casting['words'] => ({ Ann: words, Ben: words, Mod: words });

export function isPlayedBy({ steps, except = {} }: Scenario, { words }: Casting): boolean {
  return steps.every(({ doing: { by, deed } }) => {
    const spoken = words[by];
    return spoken !== undefined && except[spoken] === undefined && hasWordsFor(spoken, deed);
  });
}

const EMPTY: CoreState = { changes: 0, messages: [], reactions: [], marks: [], members: [], threads: [] };

export function endOf({ ends }: Scenario): CoreState {
  return { ...EMPTY, ...ends };
}

/** Does all in turn, and expects of each step that it is refused as the table says, or done. */
export async function play(
  { steps }: Scenario,
  speakers: ReadonlyMap<string, Speaker>,
  { words }: Casting,
  places: { readonly here: Place; readonly nowhere: Place },
): Promise<void> {
  const codes: unknown[] = [];
  const expected: unknown[] = [];
  for (const { doing, refusal, isNowhere } of steps) {
    const code = await speakers.get(doing.by)?.perform(doing, isNowhere ? places.nowhere : places.here);
    codes.push([doing.by, doing.deed, code ?? 'done']);
    expected.push([doing.by, doing.deed, codeIn(refusal, words[doing.by] ?? 'rest') ?? 'done']);
  }
  expect(codes).toEqual(expected);
}
