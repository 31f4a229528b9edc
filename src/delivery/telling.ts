import type { Change } from '../domain/changes.js';
import type { EncodeOnce } from './encode-once.js';
import type { Feed } from './feed.js';
import { viewOf, type PushableChange } from './view-of.js';

/** A change, and what it looks like once somebody has to see it. */
export interface Telling {
  readonly change: PushableChange;
  readonly encoded: EncodeOnce;
}

/** @param base the user's, once the change is made */
export function tell({ change, encoded }: Telling, feeds: readonly Feed[], base: number): void {
  const [first] = feeds;
  const view = first && viewOf(change, first.userId, base);
  for (const feed of feeds) {
    if (view) feed.offer(change, encoded, view);
    else feed.pass(change);
  }
}

export function pass(change: Change, feeds: readonly Feed[]): void {
  for (const feed of feeds) feed.pass(change);
}

export function defer(change: Change, feeds: readonly Feed[]): void {
  for (const feed of feeds) feed.defer(change);
}
