import { type RawEnv, type Variable } from './env.js';

export interface Range {
  readonly min: number;
  readonly max: number;
}

const DAY_MS = 86_400_000;

/**
 * Turns text into values and collects what is wrong with it, so that one failed start shows every mistake. A value that
 * is wrong reads as its default, which nobody sees: the start fails.
 */
export class EnvReader {
  readonly problems: string[] = [];

  constructor(private readonly env: RawEnv) {}

  isSet(name: Variable): boolean {
    return this.env[name] !== undefined;
  }

  text(name: Variable): string | undefined {
    return this.env[name];
  }

  integer(name: Variable, fallback: number, range: Range): number {
    return this.number(name, fallback, range, /^\d+$/, 'a whole number');
  }

  /** Seconds, with decimals if need be, as milliseconds. A value that is not 0 never becomes 0. */
  seconds(name: Variable, fallback: number, range: Range): number {
    return this.duration(name, fallback, range, 1_000);
  }

  days(name: Variable, fallback: number, range: Range): number {
    return this.duration(name, fallback, range, DAY_MS);
  }

  /** A part of a whole: 0 to 1. */
  ratio(name: Variable, fallback: number): number {
    return this.number(name, fallback, { min: 0, max: 1 }, /^\d+(\.\d+)?$/, 'a number');
  }

  flag(name: Variable, fallback: boolean): boolean {
    return this.choice(name, fallback ? 'true' : 'false', ['true', 'false']) === 'true';
  }

  choice<T extends string>(name: Variable, fallback: T, choices: readonly T[]): T {
    const text = this.env[name];
    if (text === undefined) return fallback;
    const chosen = choices.find((choice) => choice === text);
    if (chosen === undefined) this.refuse(name, `must be one of ${choices.join(', ')}, not "${text}"`);
    return chosen ?? fallback;
  }

  /** `check` returns what to keep, or throws an error that completes the sentence "<name> …". */
  checked<T>(name: Variable, check: (text: string) => T): T | undefined {
    const text = this.env[name];
    if (text === undefined) return undefined;
    try {
      return check(text);
    } catch (error) {
      this.refuse(name, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  refuse(name: Variable, problem: string): void {
    this.problems.push(`${name} ${problem}`);
  }

  private duration(name: Variable, fallback: number, range: Range, unitMs: number): number {
    const units = this.number(name, fallback, range, /^\d+(\.\d+)?$/, 'a number');
    return units === 0 ? 0 : Math.max(1, Math.round(units * unitMs));
  }

  private number(name: Variable, fallback: number, range: Range, form: RegExp, kind: string): number {
    const text = this.env[name];
    if (text === undefined) return fallback;
    const value = form.test(text) ? Number(text) : Number.NaN;
    if (value >= range.min && value <= range.max) return value;
    this.refuse(name, `must be ${kind} from ${range.min} to ${range.max}, not "${text}"`);
    return fallback;
  }
}
