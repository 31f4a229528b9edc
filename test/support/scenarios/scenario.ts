import type { CoreState } from './core.js';
import type { DialectWords } from './inabilities.js';
import type { Doing } from './doing.js';

/** The code with which every dialect refuses it, or each dialect's own. Who is absent does it. */
export type Refusal = number | Partial<Readonly<Record<DialectWords, number>>>;

export interface Step {
  readonly doing: Doing;
  readonly refusal?: Refusal;
  /** In a channel that there is not. */
  readonly isNowhere?: true;
}

/** What is done, and what stands in the core afterwards, whatever dialect it was done in. */
export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly ends: Ending;
  /** What an onlooker is told in the messaging dialect: `new 1 Ann: hello`, `react 1 Ann +👍 {"👍":1}`, `typing Ann`. */
  readonly told: readonly string[];
  /** Beside those that have no words for one of its steps: who does something else in it, and what. */
  readonly except?: Partial<Readonly<Record<DialectWords, string>>>;
  /** Only for those who have joined the channel, or only for those who have not. */
  readonly only?: 'joined' | 'visiting';
}

/** What is left out is empty. */
export type Ending = Pick<CoreState, 'changes'> & Partial<CoreState>;

export function scenario(
  name: string,
  steps: readonly (Step | Doing)[],
  rest: Pick<Scenario, 'ends' | 'told'> & Partial<Scenario>,
): Scenario {
  return { name, steps: steps.map((step) => ('doing' in step ? step : { doing: step })), ...rest };
}

export function refused(doing: Doing, refusal: Refusal): Step {
  return { doing, refusal };
}

export function refusedNowhere(doing: Doing, refusal: Refusal): Step {
  return { doing, refusal, isNowhere: true };
}

export function codeIn(refusal: Refusal | undefined, words: DialectWords): number | undefined {
  return typeof refusal === 'object' ? refusal[words] : refusal;
}
