import { type Reach, REACHED_NOBODY } from '../chats/message-status.js';

/** How far a member other than the author has got. */
export interface OtherMember {
  /** Messages up to this number were there before its joining. */
  readonly joinedNumber: number;
  readonly dlvrdTo: number;
  readonly readTo: number;
}

/** Whom an author's messages are for, and how many of them each has reached. */
export class Audience {
  /** The least that all of them have reached. */
  readonly reach: Reach;
  private readonly joined: readonly number[];
  private readonly dlvrd: readonly number[];
  private readonly read: readonly number[];

  constructor(others: readonly OtherMember[]) {
    this.joined = sorted(others.map((other) => other.joinedNumber));
    this.dlvrd = sorted(others.map((other) => other.dlvrdTo));
    this.read = sorted(others.map((other) => other.readTo));
    const [since] = this.joined;
    const [dlvrdTo] = this.dlvrd;
    const [readTo] = this.read;
    const isEmpty = since === undefined || dlvrdTo === undefined || readTo === undefined;
    this.reach = isEmpty ? REACHED_NOBODY : { since, dlvrdTo, readTo };
  }

  /**
   * How many of those who were there have the message, and have read it. Who joined later has its marks above the
   * message, and so is among those counted: it is taken off again.
   */
  countsOf(number: number): { readonly dlvrd: number; readonly read: number } {
    const joinedLater = countFrom(this.joined, number);
    return {
      dlvrd: countFrom(this.dlvrd, number) - joinedLater,
      read: countFrom(this.read, number) - joinedLater,
    };
  }
}

function sorted(numbers: number[]): readonly number[] {
  return numbers.sort((a, b) => a - b);
}

/** How many are at least `least`. */
function countFrom(ascending: readonly number[], least: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return ascending.length - low;
}
